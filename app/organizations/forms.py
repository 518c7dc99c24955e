"""Forms of organisations."""

from dataclasses import fields
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.orm import Session
from wtforms import BooleanField, EmailField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import URL, DataRequired, Email, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.forms import LINE, TEXT, Form, NewRecordForm, VersionedForm, choices
from app.locales import localized
from app.organizations.labels import CULTIVATION
from app.organizations.models import Organization
from app.organizations.operations import OrganizationContent
from app.taxonomy.models import Area, Track
from app.taxonomy.queries import terms


class OrganizationForm(VersionedForm, NewRecordForm):
    """An organisation, new or edited."""

    name_zh = StringField(_l("Registered name"), [DataRequired(), Length(max=LINE)])
    name_en = StringField(_l("English name"), [Length(max=LINE)])
    short_zh = StringField(_l("Short name"), [Length(max=40)])
    short_en = StringField(_l("English short name"), [Length(max=40)])
    credit_code = StringField(_l("Unified social credit code"), [DataRequired(), Length(max=40)])
    is_anchor = BooleanField(_l("Anchor firm: we open scenarios"))
    is_chip = BooleanField(_l("Chip firm: we answer with products"))
    area_code = SelectField(_l("Area"), [DataRequired()])
    track_codes = SelectMultipleField(_l("Tracks"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    cultivation = SelectMultipleField(
        _l("Cultivation programmes"),
        choices=choices(CULTIVATION),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    profile_zh = TextAreaField(_l("About the firm"), [Length(max=TEXT)])
    profile_en = TextAreaField(_l("English profile"), [Length(max=TEXT)])
    website = StringField(_l("Website"), [Optional(), URL(), Length(max=LINE)])
    contact_name = StringField(_l("Contact person"), [DataRequired(), Length(max=LINE)])
    contact_email = EmailField(_l("Contact e-mail"), [Optional(), Email(), Length(max=LINE)])
    contact_phone = StringField(_l("Contact phone"), [Length(max=40)])

    def offer(self, session: Session, organization: Organization | None = None) -> None:
        """Offer the areas and tracks in use, and those that the organisation has already."""
        areas = terms(session, Area, keep=[organization.area_code if organization else None])
        tracks = terms(session, Track, keep=[track.code for track in organization.tracks] if organization else [])
        self.area_code.choices = choices(((area.code, localized(area)) for area in areas), blank="—")
        self.track_codes.choices = choices((track.code, localized(track)) for track in tracks)

    def fill(self, organization: Organization) -> None:
        """Show what is saved of an organisation."""
        for field in self:
            if hasattr(organization, field.name):
                field.data = getattr(organization, field.name)
        self.track_codes.data = [track.code for track in organization.tracks]

    def content(self) -> OrganizationContent:
        """What was typed."""
        typed: dict[str, Any] = {field.name: self[field.name].data or "" for field in fields(OrganizationContent)}
        lists = {"track_codes": tuple(typed["track_codes"]), "cultivation": list(typed["cultivation"])}
        roles = {"is_anchor": bool(typed["is_anchor"]), "is_chip": bool(typed["is_chip"])}
        return OrganizationContent(**{**typed, **lists, **roles})


class RegistrationForm(OrganizationForm):
    """A new organisation, which comes with its licence."""

    licence = FileField(_l("Business licence"), [FileRequired(_l("Please upload the business licence."))])


class ColleagueForm(Form):
    """An invitation of a colleague."""

    email = EmailField(_l("E-mail"), [DataRequired(), Length(max=254)])
    owner = BooleanField(_l("As an owner, who keeps the firm's record and its people"))
