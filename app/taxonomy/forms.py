"""Forms of what the operator keeps."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from wtforms import DateField, DecimalField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.forms import LINE, TEXT, VersionedForm, choices
from app.locales import localized
from app.taxonomy.labels import COMPARISON, TRACK_KIND
from app.taxonomy.models import Area, CalendarDay, Department, Indicator, Task, Technology, Term, Track
from app.taxonomy.queries import terms
from app.taxonomy.settings import ALL

MOST_POSITION = 9999


class TermForm(VersionedForm):
    """A word of a vocabulary; what only some vocabularies have is left out of the others' forms."""

    code = StringField(_l("Code"), [DataRequired(), Length(max=40)])
    name_zh = StringField(_l("Chinese name"), [DataRequired(), Length(max=LINE)])
    name_en = StringField(_l("English name"), [DataRequired(), Length(max=LINE)])
    position = IntegerField(_l("Place in lists"), [InputRequired(), NumberRange(0, MOST_POSITION)], default=0)

    def values(self) -> dict[str, Any]:
        """The columns typed, by name; the code, which never changes, is not among them."""
        return {field.name: field.data for field in self if field.name not in {"version", "code", "csrf_token"}}


class TrackForm(TermForm):
    """A track."""

    kind = SelectField(_l("Kind"), choices=choices(TRACK_KIND))


class TechnologyForm(TermForm):
    """A technology."""

    track_code = SelectField(_l("Track"))


class AreaForm(TermForm):
    """An area, with the role and the firms that the plan names."""

    role_zh = StringField(_l("Role in the plan"), [Length(max=LINE)])
    named_firms = TextAreaField(_l("Firms named by the plan, one a line"), [Length(max=TEXT)])

    def values(self) -> dict[str, Any]:
        """As of any word, the firms as a list."""
        return super().values() | {"named_firms": [line.strip() for line in self.named_firms.data.split("\n") if line.strip()]}


FORMS: dict[type[Term], type[TermForm]] = {Track: TrackForm, Technology: TechnologyForm, Area: AreaForm}


def term_form(session: Session, kind: type[Term], term: Term | None, *, fresh: bool = False) -> TermForm:
    """The form of a vocabulary, filled with a word; `fresh`: with what is saved, whatever the request holds."""
    data = None if term is None else {column.key: getattr(term, column.key) for column in inspect(kind).column_attrs}
    if data is not None and "named_firms" in data:
        data["named_firms"] = "\n".join(data["named_firms"])
    form = FORMS.get(kind, TermForm)(data=data, **({"formdata": None} if fresh else {}))
    if term is not None:
        del form.code
    if isinstance(form, TechnologyForm):
        chosen = getattr(term, "track_code", None)
        form.track_code.choices = choices((track.code, localized(track)) for track in terms(session, Track, keep=[chosen]))
    return form


class TaskForm(VersionedForm):
    """A task of the plan."""

    name_zh = StringField(_l("Chinese name"), [DataRequired(), Length(max=LINE)])
    departments = SelectMultipleField(
        _l("Responsible departments"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


def task_form(session: Session, task: Task, *, fresh: bool = False) -> TaskForm:
    """The form filled with a task."""
    chosen = [row.code for row in task.departments]
    data = {"version": task.version, "name_zh": task.name_zh, "departments": chosen}
    form = TaskForm(data=data, **({"formdata": None} if fresh else {}))
    form.departments.choices = choices((row.code, localized(row)) for row in terms(session, Department, keep=chosen))
    return form


class IndicatorForm(VersionedForm):
    """An indicator of the plan."""

    name_zh = StringField(_l("Chinese name"), [DataRequired(), Length(max=LINE)])
    comparison = SelectField(_l("Comparison"), choices=choices(COMPARISON))
    target = DecimalField(_l("Target"), [InputRequired(), NumberRange(0, 999_999_999)], places=None)
    unit_zh = StringField(_l("Unit"), [Length(max=20)])

    def values(self) -> dict[str, Any]:
        """The columns typed, by name."""
        return {"name_zh": self.name_zh.data, "comparison": self.comparison.data, "target": float(self.target.data),
                "unit_zh": self.unit_zh.data}  # fmt: skip


def indicator_form(indicator: Indicator, *, fresh: bool = False) -> IndicatorForm:
    """The form filled with an indicator."""
    return IndicatorForm(obj=indicator, **({"formdata": None} if fresh else {}))


class CalendarDayForm(VersionedForm):
    """A day that is declared working or free."""

    day = DateField(_l("Day"), [InputRequired()])
    working = RadioField(_l("This day is"), [InputRequired()], choices=choices({"no": _l("free"), "yes": _l("a working day")}))
    note = StringField(_l("Note"), [Length(max=LINE)])

    def values(self) -> dict[str, Any]:
        """What is said of the day, by name."""
        return {"working": self.working.data == "yes", "note": self.note.data or ""}


def calendar_day_form(row: CalendarDay, *, fresh: bool = False) -> CalendarDayForm:
    """The form filled with a declared day; the day itself stays as it is."""
    data = {"version": row.version, "working": "yes" if row.working else "no", "note": row.note}
    form = CalendarDayForm(data=data, **({"formdata": None} if fresh else {}))
    del form.day
    return form


class SettingsForm(VersionedForm):
    """All settings; each has a whole number between its bounds."""

    def values(self) -> dict[str, int]:
        """What was typed, by key."""
        return {definition.key: self[definition.key].data for definition in ALL}


for _definition in ALL:
    setattr(
        SettingsForm,
        _definition.key,
        IntegerField(_definition.label, [InputRequired(), NumberRange(_definition.least, _definition.most)]),
    )
