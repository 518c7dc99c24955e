"""Reading programmes and their figures: which projects each figure holds, and how many there are, in few statements.

A figure is one condition over projects: the progress page counts with it, and the list behind a figure filters with it.
"""

import enum
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, Select, and_, case, exists, func, literal, or_, select, true, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from app.clock import end_of_day, quarter, start_of_day
from app.errors import NotFound
from app.matching.models import Match
from app.matching.policy import PUBLIC
from app.organizations.models import Organization
from app.projects.models import CountsFrom, Programme, Project, ProjectStatus
from app.projects.transitions import ESTABLISHED, UNDER_WAY
from app.scenarios.models import Confidentiality, Scenario
from app.scenarios.policy import UNOPENED
from app.solutions.models import Solution
from app.solutions.policy import AFTER_CLOSING
from app.solutions.transitions import ANSWERED
from app.taxonomy.models import Area, Domain
from app.taxonomy.queries import terms

MONTHS_PER_QUARTER = 3


class Figure(enum.StrEnum):
    """What is counted of a programme's projects; `condition` says exactly which."""

    COUNTED = "counted"
    ESTABLISHED = "established"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    NOT_COUNTED = "not_counted"


class Rules(NamedTuple):
    """What of a programme decides which projects and scenarios its figures hold."""

    id: uuid.UUID
    counts_from: CountsFrom
    starts_on: date
    ends_on: date
    demo: bool


def rules_of(programme: Programme) -> Rules:
    """The rules of a programme, for which a statement is built once and kept."""
    return Rules(programme.id, programme.counts_from, programme.starts_on, programme.ends_on, programme.demo)


def condition(programme: Programme | Rules, figure: Figure) -> ColumnElement[bool]:
    """Which projects of the programme a figure holds (source: workflow.md, The count).

    `counted`: local-new ones that reached `counts_from` within the period; `not_counted`: the established that are not local-new.
    The verdict on local-new is the acceptance's, before it the review's.
    """
    established = Project.status.in_(ESTABLISHED)
    local_new = func.coalesce(Project.local_new_accepted, Project.local_new)
    of_figure: dict[Figure, ColumnElement[bool]] = {
        Figure.ESTABLISHED: established,
        Figure.ACCEPTED: Project.status == ProjectStatus.ACCEPTED,
        Figure.IN_PROGRESS: Project.status.in_(UNDER_WAY),
        Figure.NOT_COUNTED: and_(established, ~local_new),
        Figure.COUNTED: and_(
            established,
            local_new,
            _day(programme, Figure.COUNTED).between(programme.starts_on, programme.ends_on),
        ),
    }
    return and_(Project.programme_id == programme.id, of_figure[figure])


def _day(programme: Programme | Rules, figure: Figure) -> InstrumentedAttribute[date | None] | InstrumentedAttribute[date]:
    """The day on which a project reached a figure."""
    by_acceptance = figure is Figure.COUNTED and programme.counts_from is CountsFrom.ACCEPTED
    return Project.accepted_on if figure is Figure.ACCEPTED or by_acceptance else Project.approved_on


@dataclass(frozen=True)
class Cut:
    """A part of a figure: by field, area, anchor firm, and the quarter (such as `2026Q4`) in which it was reached."""

    domain: str | None = None
    area: str | None = None
    anchor: uuid.UUID | None = None
    quarter: str | None = None


def narrowed(statement: Select[Project], programme: Programme, figure: Figure, cut: Cut) -> Select[Project]:
    """The projects behind a figure: a list narrowed to them. Raises NotFound for a quarter that is none."""
    statement = statement.where(condition(programme, figure))
    if cut.domain is not None:
        statement = statement.where(Project.domain_code == cut.domain)
    if cut.area is not None:
        statement = statement.where(Project.area_code == cut.area)
    if cut.anchor is not None:
        statement = statement.where(Project.anchor_id == cut.anchor)
    if cut.quarter is not None:
        first, after = quarter_bounds(cut.quarter)
        day = _day(programme, figure)
        statement = statement.where(day >= first, day < after)
    return statement


def quarter_bounds(code: str) -> tuple[date, date]:
    """The first day of a quarter such as `2026Q4`, and the first day after it. Raises NotFound for anything else."""
    year, separator, number = code.partition("Q")
    if not separator or number not in {"1", "2", "3", "4"} or len(year) != 4 or not (year.isascii() and year.isdigit()):
        raise NotFound
    if not date.min.year <= int(year) < date.max.year:
        raise NotFound
    month = (int(number) - 1) * MONTHS_PER_QUARTER + 1
    first = date(int(year), month, 1)
    return first, date(first.year + 1, 1, 1) if number == "4" else date(first.year, month + MONTHS_PER_QUARTER, 1)


def quarters_of(programme: Programme, today: date) -> list[str]:
    """The quarters of a programme from its first to the present one, or to its last."""
    first, last = programme.starts_on, max(programme.starts_on, min(today, programme.ends_on))
    codes = []
    while first <= last:
        codes.append(quarter(first))
        first = quarter_bounds(codes[-1])[1]
    return codes


@dataclass(frozen=True)
class Row:
    """One row of a table of figures: a code or id, a name, and how many projects each figure holds (None: not kept)."""

    value: str
    label: str
    figures: Mapping[Figure, int | None]


@dataclass(frozen=True)
class Figures:
    """All figures of a programme. Where it keeps none, every number is None."""

    programme: Programme
    totals: Mapping[Figure, int | None]
    _facts: Mapping[Figure, Sequence[Cut]]

    def count(self, figure: Figure, **parts: str | uuid.UUID) -> int | None:
        """How many projects a figure holds in a part, such as `domain="ai", area="dushu"`."""
        if not self.programme.has_figures:
            return None
        return sum(all(getattr(cut, name) == value for name, value in parts.items()) for cut in self._facts[figure])

    def rows(self, part: str, values: Iterable[tuple[str, str]]) -> list[Row]:
        """A table by `domain`, `area`, `anchor` or `quarter`: a row for each (value, label)."""
        counters = {figure: Counter(str(getattr(cut, part)) for cut in self._facts[figure]) for figure in Figure}
        known = self.programme.has_figures
        return [
            Row(value, label, {figure: counters[figure][value] if known else None for figure in Figure}) for value, label in values
        ]

    def values(self, part: str) -> set[str]:
        """The codes or ids that occur in a part."""
        return {str(getattr(cut, part)) for cuts in self._facts.values() for cut in cuts}


def figures_of(session: Session, programme: Programme) -> Figures:
    """All figures of a programme, by one statement over its projects."""
    if not programme.has_figures:
        return Figures(programme, dict.fromkeys(Figure), {figure: [] for figure in Figure})
    facts: dict[Figure, list[Cut]] = {figure: [] for figure in Figure}
    count = len(Figure)
    for domain, area, anchor, *rest in session.execute(_facts(rules_of(programme))):
        for figure, holds, day in zip(Figure, rest[:count], rest[count:], strict=True):
            if holds:
                facts[figure].append(Cut(domain, area, anchor, quarter(day)))
    return Figures(programme, {figure: len(cuts) for figure, cuts in facts.items()}, facts)


@lru_cache
def _facts(rules: Rules) -> Select[*tuple[Any, ...]]:
    """Each project of a programme: its parts, whether each figure holds it, and the day on which it reached each."""
    flags = [type_coerce(func.coalesce(condition(rules, figure), literal(False)), Boolean) for figure in Figure]
    days = (_day(rules, figure) for figure in Figure)
    return select(Project.domain_code, Project.area_code, Project.anchor_id, *flags, *days).where(Project.programme_id == rules.id)


def by_code(session: Session, code: str) -> Programme:
    """The programme with this code. Raises NotFound."""
    programme = session.scalar(select(Programme).where(Programme.code == code))
    if programme is None:
        raise NotFound
    return programme


def get(session: Session, programme_id: uuid.UUID) -> Programme:
    """The programme with this id. Raises NotFound."""
    programme = session.get(Programme, programme_id)
    if programme is None:
        raise NotFound
    return programme


def lock_programmes(session: Session) -> Sequence[Programme]:
    """All programmes, locked in one order: what a change of one must not overlap.

    The plan's, which is there from the first migration on, lets in one change at a time; only behind it is read what another made.
    """
    session.execute(select(Programme.id).order_by(Programme.id).with_for_update())
    return session.scalars(select(Programme).order_by(Programme.code).execution_options(populate_existing=True)).all()


def programmes(session: Session) -> Sequence[Programme]:
    """All programmes, the latest first."""
    return session.scalars(select(Programme).order_by(Programme.starts_on.desc(), Programme.code)).all()


def default_programme(rows: Sequence[Programme], today: date) -> Programme | None:
    """The programme shown unless another is asked for: the running one, a real one first; else the one that ended last."""
    running = [row for row in rows if row.runs_on(today)]
    if running:
        return min(running, key=lambda row: row.demo)
    return max((row for row in rows if row.ends_on < today or row.closed), key=lambda row: row.ends_on, default=None)


def anchors(session: Session, ids: Iterable[str]) -> Sequence[Organization]:
    """The firms with these ids, by name."""
    wanted = [uuid.UUID(value) for value in ids]
    return session.scalars(select(Organization).where(Organization.id.in_(wanted)).order_by(Organization.name_zh)).all()


def project_days(session: Session, programme: Programme) -> tuple[date | None, date | None]:
    """The first and the last day of the period on which a project was approved or accepted; None without projects."""
    reached = case((Project.accepted_on <= programme.ends_on, Project.accepted_on), else_=Project.approved_on)
    statement = select(func.min(Project.approved_on), func.max(reached)).where(Project.programme_id == programme.id)
    first, last = session.execute(statement).one()
    return first, last


def used_terms(session: Session, figures: Figures) -> tuple[Sequence[Domain], Sequence[Area]]:
    """The fields and areas of the tables: those on offer, and retired ones that still hold projects."""
    return terms(session, Domain, keep=figures.values("domain")), terms(session, Area, keep=figures.values("area"))


class Stage(enum.StrEnum):
    """How far a scenario has come, from its opening to an accepted project; each stage is part of the one before."""

    OPENED = "opened"
    ANSWERED = "answered"
    SELECTED = "selected"
    ESTABLISHED = "established"
    ACCEPTED = "accepted"


def at_stage(programme: Programme | Rules, stage: Stage) -> Select[Scenario]:
    """The scenarios opened in the programme's period that came this far: a statement to be paged.

    Whoever reads the list reads the public minimum. So a scenario for invited firms is in it only once a match of it has stood in
    the public notice, and an answer is told of only after the closing.
    """
    noticed = exists().where(Match.scenario_id == Scenario.id, Match.status.in_(PUBLIC))
    answered = exists().where(Solution.scenario_id == Scenario.id, Solution.status.in_(ANSWERED))
    reached: dict[Stage, ColumnElement[bool]] = {
        Stage.OPENED: true(),
        Stage.ANSWERED: or_(noticed, and_(Scenario.status.in_(AFTER_CLOSING), answered)),
        Stage.SELECTED: noticed,
        Stage.ESTABLISHED: exists().where(Project.scenario_id == Scenario.id, Project.status.in_(ESTABLISHED)),
        Stage.ACCEPTED: exists().where(Project.scenario_id == Scenario.id, Project.status == ProjectStatus.ACCEPTED),
    }
    statement = (
        select(Scenario)
        .join(Scenario.organization)
        .where(
            Scenario.status.not_in(UNOPENED),
            Scenario.opened_at >= start_of_day(programme.starts_on),
            Scenario.opened_at < end_of_day(programme.ends_on),
            Organization.demo == programme.demo,
            or_(Scenario.confidentiality != Confidentiality.INVITED, noticed),
            reached[stage],
        )
    )
    options = (contains_eager(Scenario.organization), joinedload(Scenario.domain), joinedload(Scenario.area))
    return statement.order_by(Scenario.opened_at.desc(), Scenario.id).options(*options)


def funnel(session: Session, programme: Programme) -> list[tuple[Stage, int | None]]:
    """How many scenarios of the programme reached each stage: one statement. None where no figures are kept."""
    if not programme.has_figures:
        return [(stage, None) for stage in Stage]
    return list(zip(Stage, session.execute(_stages(rules_of(programme))).one(), strict=True))


@lru_cache
def _stages(rules: Rules) -> Select[*tuple[Any, ...]]:
    of_stage = (at_stage(rules, stage).order_by(None).subquery() for stage in Stage)
    return select(*(select(func.count()).select_from(scenarios).scalar_subquery() for scenarios in of_stage))
