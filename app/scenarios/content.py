"""What a scenario says: its fields as plain values, what they may be, and what must be there before it can be submitted.

Plain values are a mapping from the names in `FIELDS`, `tracks` (codes), `requirements` and `criteria` (rows) to Python values;
money is in yuan, moments carry their zone. Forms, the API, the import and a new round all speak it.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import shanghai_day
from app.errors import Problems, Text
from app.scenarios.models import Confidentiality, Criterion, Operator, RequirementLine, Scenario
from app.taxonomy.models import Area, Domain, Track
from search_index.parameters import Requirement, prepare_requirement

LINES = ("title", "public_title", "ip_terms")
TEXTS = ("background", "need", "benefit")
TIMES = ("questions_close_at", "closes_at", "delivery_by")
FIELDS = (
    *LINES, *TEXTS, *TIMES, "domain_code", "area_code", "award_kind", "award_places", "budget_min", "budget_max",
    "confidentiality", "sealed",
)  # fmt: skip
TABLES = ("tracks", "requirements", "criteria")
PAIRS = (("budget_min", "budget_max"), ("questions_close_at", "closes_at"))
LINE_LENGTH = 200
TEXT_LENGTH = 20_000
MOST_ROWS = 50
PLACES = range(1, 6)
OF_FIGURES = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.WITHIN, Operator.COVERS})
NO_FIGURE = _l("This comparison needs a figure as its value.")
WHOLE = 100  # what the weights of the criteria add up to


@dataclass(frozen=True)
class RequirementRow:
    """A requirement line as plain values; `id` names the line that it changes, none makes a new one. Weight in percent."""

    name: str
    operator: Operator = Operator.AT_LEAST
    value: str = ""
    unit: str = ""
    must: bool = True
    weight: int = 10
    test_method: str = ""
    id: uuid.UUID | None = None


@dataclass(frozen=True)
class CriterionRow:
    """A criterion as plain values; `id` as above. Weight in percent."""

    name: str
    weight: int
    id: uuid.UUID | None = None


def requirement_row(line: RequirementLine) -> RequirementRow:
    """A stored line as plain values."""
    names = ("name", "operator", "value", "unit", "must", "weight", "test_method", "id")
    return RequirementRow(**{name: getattr(line, name) for name in names})


def content_of(scenario: Scenario) -> dict[str, Any]:
    """All that the scenario says, as plain values. Its tracks, requirements and criteria must be loaded."""
    content: dict[str, Any] = {name: getattr(scenario, name) for name in FIELDS}
    content["tracks"] = [track.code for track in scenario.tracks]
    content["requirements"] = [requirement_row(line) for line in scenario.requirements]
    content["criteria"] = [CriterionRow(row.name, row.weight, row.id) for row in scenario.criteria]
    return content


def as_json(content: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with rows as mappings, as the audit log and amendments keep them."""
    rows = {name: [asdict(row) for row in content[name]] for name in ("requirements", "criteria") if name in content}
    return {**content, **rows}


def put(session: Session, scenario: Scenario, values: Mapping[str, Any]) -> None:
    """Write plain values into the record; what is not named stays as it is."""
    for name in FIELDS:
        if name in values:
            setattr(scenario, name, values[name])
    if "tracks" in values:
        scenario.tracks = list(session.scalars(select(Track).where(Track.code.in_(values["tracks"])).order_by(Track.position)))
    if "requirements" in values:
        scenario.requirements = _lines(RequirementLine, scenario.requirements, values["requirements"])
    if "criteria" in values:
        scenario.criteria = _lines(Criterion, scenario.criteria, values["criteria"])


def _lines(kind: Any, present: Iterable[Any], rows: Iterable[Any]) -> list[Any]:
    by_id = {line.id: line for line in present}
    lines = []
    for position, row in enumerate(rows, 1):
        line = by_id.pop(row.id, None) or kind(id=uuid.uuid4())
        for name, value in asdict(row).items():
            if name != "id":
                setattr(line, name, value)
        line.position = position
        lines.append(line)
    return lines


def check(session: Session, problems: Problems, content: Mapping[str, Any]) -> None:
    """What even a draft must keep: a title, lengths, known codes, an order of amounts and times."""
    check_texts(problems, content)
    if content["award_places"] not in PLACES:
        problems.add("award_places", _l("From 1 to 5 places."))
    low, high = content["budget_min"], content["budget_max"]
    if low is not None and high is not None and low > high:
        problems.add("budget_max", _l("The upper end of the budget lies below the lower end."))
    questions, closes = content["questions_close_at"], content["closes_at"]
    if questions and closes and questions > closes:
        problems.add("questions_close_at", _l("Questions cannot end after the closing time."))
    _check_codes(session, problems, content)
    check_rows(problems, content["requirements"])
    _check_criteria_rows(problems, content["criteria"])


def check_texts(problems: Problems, content: Mapping[str, Any]) -> None:
    """The texts that are named: a title is not empty, none is too long."""
    if not content.get("title", True):
        problems.add("title", _l("A title is needed."))
    for names, most in ((LINES, LINE_LENGTH), (TEXTS, TEXT_LENGTH)):
        for name in names:
            problems.limit(name, content.get(name, ""), most)


def _check_codes(session: Session, problems: Problems, content: Mapping[str, Any]) -> None:
    for name, kind in (("domain_code", Domain), ("area_code", Area)):
        if content[name] is not None and session.get(kind, content[name]) is None:
            problems.add(name, _l("Not one of the choices."))
    wanted = set(content["tracks"])
    if wanted and len(session.scalars(select(Track.code).where(Track.code.in_(wanted))).all()) != len(wanted):
        problems.add("tracks", _l("Not one of the choices."))


def check_rows(problems: Problems, rows: Iterable[RequirementRow]) -> None:
    """Bounds of requirement lines: number, lengths, weights from 0 to 100."""
    rows = list(rows)
    texts = [text for row in rows for text in (row.name, row.value, row.unit, row.test_method)]
    _check_table(problems, "requirements", len(rows), texts, [row.weight for row in rows])


def _check_criteria_rows(problems: Problems, rows: list[CriterionRow]) -> None:
    _check_table(problems, "criteria", len(rows), [row.name for row in rows], [row.weight for row in rows])


def _check_table(problems: Problems, field: str, count: int, texts: Iterable[str], weights: Iterable[int]) -> None:
    if count > MOST_ROWS:
        problems.add(field, _l("At most %(count)s rows.", count=MOST_ROWS))
    if any(len(text) > LINE_LENGTH for text in texts):
        problems.add(field, _l("At most %(count)s characters.", count=LINE_LENGTH))
    if any(not 0 <= weight <= WHOLE for weight in weights):
        problems.add(field, _l("Weights lie between 0 and 100."))


def bound_to(names: Iterable[str]) -> set[str]:
    """These fields, and those that are checked together with one of them."""
    named = set(names)
    return named.union(*(pair for pair in PAIRS if named & set(pair)))


def check_complete(problems: Problems, content: Mapping[str, Any], now: datetime) -> None:
    """What a scenario needs before it is submitted, beyond what a draft needs."""
    required = (
        "domain_code", "area_code", "tracks", "need", "benefit", "award_kind", "ip_terms", "questions_close_at", "closes_at",
        "delivery_by",
    )  # fmt: skip
    for name in required:
        if not content[name]:
            problems.add(name, _l("This is needed before submission."))
    if content["confidentiality"] is not Confidentiality.PUBLIC and not content["public_title"]:
        problems.add("public_title", _l("A scenario that is not public needs a title that may be shown."))
    _check_times(problems, content, now)
    check_complete_rows(problems, content["requirements"])
    _check_weights(problems, content["criteria"])


def missing(content: Mapping[str, Any], now: datetime) -> dict[str, list[Text]]:
    """What stands between a draft and its submission, by field."""
    problems = Problems()
    check_complete(problems, content, now)
    return problems.fields


def _check_times(problems: Problems, content: Mapping[str, Any], now: datetime) -> None:
    questions, closes, delivery = (content[name] for name in TIMES)
    if closes and closes <= now:
        problems.add("closes_at", _l("The closing time must lie in the future."))
    if questions and questions <= now:
        problems.add("questions_close_at", _l("The end of questions must lie in the future."))
    if closes and delivery and delivery <= shanghai_day(closes):
        problems.add("delivery_by", _l("Delivery comes after the closing time."))


def check_complete_rows(problems: Problems, rows: list[RequirementRow]) -> None:
    """At least one requirement line, each with a name of its own and a value that can be compared."""
    if not rows:
        problems.add("requirements", _l("At least one requirement line is needed."))
    if any(not row.name or not row.value for row in rows):
        problems.add("requirements", _l("Each requirement line needs a name and a value."))
    if len({row.name for row in rows}) != len(rows):
        problems.add("requirements", _l("Each name stands once in the table."))
    for row in rows:
        if lacks_figure(row):
            problems.add("requirements", _l("“%(name)s”: %(problem)s", name=row.name, problem=NO_FIGURE))


def lacks_figure(row: RequirementRow) -> bool:
    """Whether the comparison needs a figure (or, for “at least”, a grade), and the value states none: nobody could ever meet it."""
    if not row.value or row.operator not in OF_FIGURES:
        return False
    line = prepare_requirement(Requirement(row.name, row.operator.value, row.value, row.unit))
    return not (line.states_number or (row.operator is Operator.AT_LEAST and line.states_grade))


def _check_weights(problems: Problems, rows: list[CriterionRow]) -> None:
    total = sum(row.weight for row in rows)
    if total != WHOLE:
        problems.add("criteria", _l("The weights add up to %(total)s, not to 100.", total=total))
    if any(not row.name for row in rows):
        problems.add("criteria", _l("Each criterion needs a name."))
    if len({row.name for row in rows}) != len(rows):
        problems.add("criteria", _l("Each name stands once in the table."))
