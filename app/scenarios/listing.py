"""The public list: filtered by words and facets, each row no further than its reader may see, with a count beside each choice."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from app.actor import Actor
from app.organizations.models import Organization
from app.scenarios import policy
from app.scenarios.models import AwardKind, Confidentiality, Scenario, ScenarioStatus, ScenarioTrack
from app.taxonomy.models import Area, Domain, Track

LISTED = (
    ScenarioStatus.OPEN, ScenarioStatus.EVALUATING, ScenarioStatus.MATCHED,
    ScenarioStatus.CLOSED, ScenarioStatus.UNFILLED, ScenarioStatus.CANCELLED,
)  # fmt: skip
CLOSING_DAYS = (7, 30)


class Sort(enum.StrEnum):
    """Orders of the list."""

    CLOSING = "closing"
    NEWEST = "newest"
    BUDGET = "budget"


@dataclass(frozen=True)
class Filter:
    """What a reader asks for. Within a facet any of the choices will do; facets, words and the rest must all hold.

    `closes_before` and `closing_days` (counted from now) keep only what is open.
    """

    words: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    track: tuple[str, ...] = ()
    status: tuple[ScenarioStatus, ...] = ()
    award: tuple[AwardKind, ...] = ()
    closing: int | None = None
    closes_before: datetime | None = None
    sort: Sort = Sort.CLOSING

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for beyond the order."""
        return replace(self, sort=Sort.CLOSING) != Filter()


class Counted(NamedTuple):
    """One choice of a facet: its value, names (None where the page knows them), and how many records have it."""

    facet: str
    value: str
    name_zh: str | None
    name_en: str | None
    records: int


def listed(actor: Actor, wanted: Filter, now: datetime) -> Select[Scenario]:
    """The scenarios that this person sees and asks for, with firm, domain and area: a statement to be paged."""
    seen = _seen(actor, wanted, now)
    statement = select(Scenario).join(seen, seen.c.id == Scenario.id).where(*_chosen(seen.c, wanted, now).values())
    statement = statement.options(joinedload(Scenario.organization), joinedload(Scenario.domain), joinedload(Scenario.area))
    return statement.order_by(*_order(wanted.sort, now), Scenario.id)


def _order(sort: Sort, now: datetime) -> list[ColumnElement[Any]]:
    waits = and_(Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at > now)
    if sort is Sort.NEWEST:
        return [Scenario.opened_at.desc()]
    if sort is Sort.BUDGET:
        # a sort tells about what is sorted: amounts that are not shown come last
        return [case((Scenario.confidentiality == Confidentiality.PUBLIC, Scenario.budget_max)).desc().nulls_last()]
    return [case((waits, 0), else_=1), case((waits, Scenario.closes_at)), Scenario.closes_at.desc()]


def _seen(actor: Actor, wanted: Filter, now: datetime) -> CTE:
    """What the facets look at: the scenarios that this person sees under the words asked for, and of each only what is shown.

    A filter tells about what it filters: area, form of cooperation and tracks of a scenario that is not read are not looked at.
    """
    readable = policy.readable_by(actor)
    conditions = [Scenario.status.in_(LISTED), policy.visible_to(actor), *(_mentions(word, readable) for word in wanted.words)]
    if wanted.closes_before is not None:
        conditions += [Scenario.status == ScenarioStatus.OPEN, Scenario.closes_at > now, Scenario.closes_at < wanted.closes_before]
    shown = (
        case((readable, Scenario.area_code)).label("area_code"),
        case((readable, Scenario.award_kind)).label("award_kind"),
        readable.label("readable"),
    )
    return select(Scenario.id, Scenario.domain_code, Scenario.status, Scenario.closes_at, *shown).where(*conditions).cte("seen")


def _chosen(seen: Any, wanted: Filter, now: datetime) -> dict[str, ColumnElement[bool]]:
    """The condition of each facet that is asked for, over the columns of `_seen`."""
    columns = {"domain": seen.domain_code, "status": seen.status, "area": seen.area_code, "award": seen.award_kind}
    asked = {name: getattr(wanted, name) for name in columns}
    conditions = {name: columns[name].in_(values) for name, values in asked.items() if values}
    if wanted.track:
        of_track = exists().where(ScenarioTrack.scenario_id == seen.id, ScenarioTrack.track_code.in_(wanted.track))
        conditions["track"] = and_(seen.readable, of_track)
    if wanted.closing is not None:
        conditions["closing"] = _closing(seen, wanted.closing, now)
    return conditions


def _closing(seen: Any, days: int, now: datetime) -> ColumnElement[bool]:
    within = and_(seen.closes_at > now, seen.closes_at <= now + timedelta(days=days))
    return and_(seen.status == ScenarioStatus.OPEN, within)


def _mentions(word: str, readable: ColumnElement[bool]) -> ColumnElement[bool]:
    firm = exists().where(
        Organization.id == Scenario.organization_id,
        or_(*(column.icontains(word, autoescape=True) for column in (
            Organization.name_zh, Organization.short_zh, Organization.name_en, Organization.short_en,
        ))),
    )  # fmt: skip
    texts = (Scenario.title, Scenario.number, Scenario.background, Scenario.need, Scenario.benefit)
    inside = or_(*(column.icontains(word, autoescape=True) for column in texts), firm)
    return or_(and_(readable, inside), Scenario.public_title.icontains(word, autoescape=True))


def facets(session: Session, actor: Actor, wanted: Filter, now: datetime) -> dict[str, list[Counted]]:
    """For each facet its choices in order, with how many records each would show under the other facets: one statement."""
    seen = _seen(actor, wanted, now)

    def others(facet: str) -> list[ColumnElement[bool]]:
        return [condition for name, condition in _chosen(seen.c, wanted, now).items() if name != facet]

    def by_term(facet: str, kind: type[Domain | Area | Track], joined: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        statement = select(
            literal(facet), kind.code, kind.name_zh, kind.name_en, func.count(seen.c.id), kind.position, kind.retired
        )
        statement = statement.select_from(kind).outerjoin(seen, and_(joined, *others(facet)))
        return statement.group_by(*statement.selected_columns[1:4], kind.position, kind.retired)

    def by_column(facet: str, column: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        counted = (literal(facet), column, null(), null(), func.count(), literal(0), literal(False))
        return select(*counted).where(column.is_not(None), *others(facet)).group_by(column)

    def closing(days: int) -> Select[*tuple[Any, ...]]:
        counted = (literal("closing"), literal(str(days)), null(), null(), func.count(seen.c.id), literal(days), literal(False))
        return select(*counted).where(_closing(seen.c, days, now), *others("closing"))

    of_track = exists().where(ScenarioTrack.scenario_id == seen.c.id, ScenarioTrack.track_code == Track.code)
    rows = session.execute(
        union_all(
            by_term("domain", Domain, seen.c.domain_code == Domain.code),
            by_term("area", Area, seen.c.area_code == Area.code),
            by_term("track", Track, and_(seen.c.readable, of_track)),
            by_column("status", seen.c.status),
            by_column("award", seen.c.award_kind),
            *(closing(days) for days in CLOSING_DAYS),
        )
    ).all()
    return _arranged(rows)


def _arranged(rows: Sequence[Any]) -> dict[str, list[Counted]]:
    """Facets in the order of the page. A retired word is offered only while records have it; each state and form always is."""
    named = [row for row in rows if row[0] not in {"status", "award"} and (row[4] or not row[6])]
    counts = {(row[0], str(row[1])): row[4] for row in rows}
    fixed = [(facet, member.value) for facet, members in (("status", LISTED), ("award", AwardKind)) for member in members]
    choices = [Counted(facet, value, None, None, counts.get((facet, value), 0)) for facet, value in fixed]
    choices += [Counted(*row[:5]) for row in sorted(named, key=lambda row: row[5])]
    return {
        facet: [choice for choice in choices if choice.facet == facet]
        for facet in ("status", "domain", "track", "award", "area", "closing")
    }
