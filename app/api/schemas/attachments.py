"""Files, as they are uploaded and listed."""

from app.api.fields import Choice, File, Id, Moment, Schema, Text, Whole
from app.attachments.models import Visibility

LARGEST = 2**53


class Upload(Schema):
    """A file for a record."""

    file = File(required=True)


class VisibleUpload(Upload):
    """A file for a scenario: for everyone who reads it, or for verified firms only."""

    visibility = Choice(Visibility, load_default=Visibility.RESTRICTED)


class AttachmentSchema(Schema):
    """A file. Its content is at `/attachments/{id}`."""

    id = Id(required=True)
    name = Text(required=True, metadata={"example": "datasheet.pdf"})
    media_type = Text(required=True, metadata={"example": "application/pdf"})
    size = Whole(0, LARGEST, required=True, metadata={"description": "Bytes.", "example": 48213})
    sha256 = Text(64, required=True)
    visibility = Choice(Visibility, required=True)
    uploaded_at = Moment(required=True)
