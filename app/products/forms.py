"""Forms of the product catalogue."""

import re

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import FieldList, FormField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.forms import LINE, TEXT, NewRecordForm, PartForm, VersionedForm, choices, strip
from app.locales import localized
from app.products.labels import MATURITY
from app.products.models import Maturity, Product
from app.products.operations import MOST_PARAMETERS, Parameter, ProductContent
from app.taxonomy.models import Technology, Track
from app.taxonomy.queries import terms


class ParameterForm(PartForm):
    """A row of the data sheet."""

    name = StringField(_l("Parameter"), [Length(max=LINE)], filters=[strip])
    value = StringField(_l("Value"), [Length(max=LINE)], filters=[strip])
    unit = StringField(_l("Unit"), [Length(max=LINE)], filters=[strip])


class ProductForm(VersionedForm, NewRecordForm):
    """A product, new or edited."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=LINE)])
    model = StringField(_l("Model"), [Length(max=LINE)])
    track_code = SelectField(_l("Track"), [DataRequired()])
    technology_codes = SelectMultipleField(_l("Technologies"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    maturity = SelectField(_l("Maturity"), choices=choices(MATURITY))
    description = TextAreaField(_l("Description"), [Length(max=TEXT)])
    parameters = FieldList(FormField(ParameterForm), _l("Parameters"), max_entries=MOST_PARAMETERS)
    certifications = TextAreaField(_l("Certifications"), [Length(max=2000)])

    def offer(self, session: Session, product: Product | None = None) -> None:
        """Offer the tracks and technologies in use, and those that the product has already."""
        tracks = terms(session, Track, keep=[product.track_code if product else None])
        kept = [technology.code for technology in product.technologies] if product else []
        names = {track.code: localized(track) for track in tracks}
        self.track_code.choices = choices(names, blank="—")
        self.technology_codes.choices = choices(
            (technology.code, f"{names.get(technology.track_code, technology.track_code)} · {localized(technology)}")
            for technology in terms(session, Technology, keep=kept)
        )

    def fill(self, product: Product) -> None:
        """Show what is saved of a product."""
        for name in ("name", "model", "track_code", "description", "version"):
            self[name].data = getattr(product, name)
        self.maturity.data = product.maturity.value
        self.technology_codes.data = [technology.code for technology in product.technologies]
        self.certifications.data = "\n".join(product.certifications)
        for row in product.parameters:
            self.parameters.append_entry({"name": row.name, "value": row.value, "unit": row.unit})

    def content(self) -> ProductContent:
        """What was typed; rows left empty are dropped, certifications stand one a line or between commas."""
        rows = [entry.form for entry in self.parameters]
        certifications = [strip(part) for part in re.split(r"[\n,，;；]", self.certifications.data or "")]
        return ProductContent(
            name=self.name.data,
            model=self.model.data or "",
            track_code=self.track_code.data,
            maturity=Maturity(self.maturity.data),
            description=self.description.data or "",
            technology_codes=tuple(self.technology_codes.data or ()),
            certifications=[part[:LINE] for part in certifications if part],
            parameters=tuple(
                Parameter(row.name.data or "", row.value.data or "", row.unit.data or "")
                for row in rows
                if row.name.data or row.value.data or row.unit.data
            ),
        )
