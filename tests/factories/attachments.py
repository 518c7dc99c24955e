"""Files to upload, and where they are kept."""

import zipfile
from io import BytesIO

import factory
from flask import current_app
from werkzeug.datastructures import FileStorage

from app import clock
from app.attachments.models import Attachment
from app.attachments.operations import Store
from tests.factories.base import Factory

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"


class AttachmentFactory(Factory):
    """The record of a file, without its content; give it its owner."""

    class Meta:
        model = Attachment

    name = "datasheet.pdf"
    media_type = "application/pdf"
    size = len(PDF)
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    uploaded_at = factory.LazyFunction(clock.utcnow)


def upload(content: bytes = PDF, name: str = "datasheet.pdf") -> FileStorage:
    """A file as a form sends it to an operation."""
    return FileStorage(BytesIO(content), filename=name)


def posted(content: bytes = PDF, name: str = "datasheet.pdf") -> tuple[BytesIO, str]:
    """A file as a test's browser sends it."""
    return BytesIO(content), name


def office(folder: str, *members: str) -> bytes:
    """An Office document, as far as one is recognised: `folder` is word, xl or ppt."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", f"{folder}/document.xml", *members):
            archive.writestr(name, "<xml/>")
    return buffer.getvalue()


def store_of_app() -> Store:
    """Where the application under test keeps uploads."""
    return Store(current_app.config["UPLOAD_DIR"], current_app.config["UPLOAD_LIMIT"])
