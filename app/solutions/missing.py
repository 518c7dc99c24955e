"""What a version still lacks before it can be submitted, and what it may lack but should say."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from app.errors import Text
from app.scenarios.models import RequirementLine
from app.solutions.models import SolutionVersion
from app.solutions.queries import lines_by_requirement


def missing(version: SolutionVersion, requirements: Iterable[RequirementLine]) -> list[tuple[str, Text]]:
    """Rows of (field, reason). Products may be missing: the approach, which is always needed, explains the answer then."""
    needed: tuple[tuple[str, bool, Text], ...] = (
        ("summary", bool(version.summary), _l("The summary is missing.")),
        ("approach", bool(version.approach), _l("The approach is missing.")),
        ("price", version.price is not None, _l("The price is missing.")),
        ("schedule", bool(version.schedule), _l("The schedule is missing.")),
    )
    rows: list[tuple[str, Text]] = [
        ("compliance", _l("Say of “%(name)s” whether it is met: it is a must.", name=line.name))
        for line in unanswered(version, requirements)
        if line.must
    ]
    return rows + [(field, reason) for field, present, reason in needed if not present]


def unanswered(version: SolutionVersion, requirements: Iterable[RequirementLine]) -> list[RequirementLine]:
    """The requirement lines on which the firm has not given a verdict."""
    lines = lines_by_requirement(version)
    return [line for line in requirements if line.id not in lines or lines[line.id].status is None]
