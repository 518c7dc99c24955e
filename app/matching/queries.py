"""Reading matches. Statements name their eager loads and row locks."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from app.actor import Actor
from app.errors import NotFound
from app.matching import policy
from app.matching.models import UNDER_WAY, Match, MatchStatus, Objection
from app.organizations.models import Organization, OrganizationStatus
from app.products.models import Product, ProductStatus
from app.projects import facts
from app.scenarios.models import Scenario
from app.scenarios.policy import Sight
from app.scenarios.queries import lock_scenario
from app.solutions.models import Solution
from app.solutions.policy import can_see_evaluations, standings_of
from app.solutions.queries import own_evaluations

BATCH = 20
HEAD: tuple[ORMOption, ...] = (
    contains_eager(Match.scenario).options(
        joinedload(Scenario.organization), joinedload(Scenario.domain), joinedload(Scenario.area)
    ),
    joinedload(Match.firm),
    selectinload(Match.objections),
)


@facts.has_match_under_way.answered_by
def has_match_under_way(session: Session, scenario_id: uuid.UUID) -> bool:
    """Whether a match of the scenario is neither approved nor ended."""
    return bool(session.scalar(select(exists().where(Match.scenario_id == scenario_id, Match.status.in_(UNDER_WAY)))))


def lock_match(session: Session, match_id: uuid.UUID) -> Match:
    """Lock a match's scenario, its solution, then the match itself, and read them anew, with scenario and objections.

    Every change of a match begins here, so the scenario's lock puts all changes of its matches in a line. Raises NotFound.
    """
    row = session.execute(select(Match.scenario_id, Match.solution_id).where(Match.id == match_id)).one_or_none()
    if row is None:
        raise NotFound
    scenario = lock_scenario(session, row.scenario_id)
    session.execute(select(Solution.id).where(Solution.id == row.solution_id).with_for_update())
    statement = select(Match).where(Match.id == match_id).options(selectinload(Match.objections))
    match = session.scalars(statement.with_for_update().execution_options(populate_existing=True)).one()
    set_committed_value(match, "scenario", scenario)
    return match


def scenario_matches(session: Session, scenario_id: uuid.UUID) -> Sequence[Match]:
    """All matches of a scenario, oldest first."""
    return session.scalars(select(Match).where(Match.scenario_id == scenario_id).order_by(Match.proposed_at, Match.id)).all()


def get(session: Session, match_id: uuid.UUID) -> Match | None:
    """The match with what its page shows: scenario with firm, domain, area and lines; firm; solution or product; objections."""
    statement = select(Match).join(Match.scenario).where(Match.id == match_id)
    return session.scalar(
        statement.options(
            contains_eager(Match.scenario).selectinload(Scenario.requirements),
            *HEAD,
            joinedload(Match.product).selectinload(Product.parameters),
        )
    )


def visible(session: Session, actor: Actor, match_id: uuid.UUID) -> tuple[Match, Sight]:
    """The match and how much of it this person sees. Raises NotFound where that is nothing."""
    match = get(session, match_id)
    seen = Sight.NOTHING if match is None else policy.sight_of(session, actor, match)
    if match is None or seen is Sight.NOTHING:
        raise NotFound
    return match, seen


def scored_for(session: Session, actor: Actor, matches: Sequence[Match], *, now: datetime) -> set[uuid.UUID]:
    """Those of the matches whose score, with its reasons, this person may see: a fixed number of statements.

    A direct match has its score from the match table; a selected one's are the evaluations of its solution, seen by whoever sees
    those.
    """
    ids = {match.solution_id for match in matches if match.solution_id is not None}
    solutions = session.scalars(select(Solution).where(Solution.id.in_(ids)).options(joinedload(Solution.scenario))).all()
    standings = standings_of(session, actor, {solution.scenario_id for solution in solutions})
    own = own_evaluations(session, actor.user_id, ids)
    judged = {
        solution.id
        for solution in solutions
        if can_see_evaluations(actor, solution, standings[solution.scenario_id], own.get(solution.id), now=now)
    }
    return {match.id for match in matches if match.is_direct or match.solution_id in judged}


def listed(actor: Actor, *, status: MatchStatus | None = None, mine: bool = False, words: str = "") -> Select[Match]:
    """The matches that this person sees, the latest first, with each of the words: a statement to be paged.

    Looked for is what the list shows of every match: its number, the title that may be shown, the two firms.
    """
    condition = policy.party_to(actor) if mine else policy.visible_to(actor)
    anchor, firm = aliased(Organization), aliased(Organization)
    statement = select(Match).join(Match.scenario).where(condition)
    if words.strip():
        statement = statement.join(anchor, Scenario.organization_id == anchor.id).join(firm, Match.firm_id == firm.id)
        shown_title = func.coalesce(func.nullif(Scenario.public_title, ""), Scenario.title)
        names = (name for each in (anchor, firm) for name in (each.name_zh, each.name_en, each.short_zh, each.short_en))
        columns = (Match.number, shown_title, *names)
        for word in words.split()[:10]:
            statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if status is not None:
        statement = statement.where(Match.status == status)
    return statement.order_by(Match.proposed_at.desc(), Match.id).options(*HEAD)


def waiting_for(session: Session, actor: Actor) -> Sequence[Match]:
    """Proposed matches that wait for the yes of one of this person's firms, the most urgent first."""
    statement = select(Match).join(Match.scenario).where(policy.waits_for(actor))
    return session.scalars(statement.order_by(Match.confirm_by, Match.id).options(*HEAD)).all()


def to_review(session: Session) -> Sequence[Match]:
    """Matches to which both said yes, the oldest first: the reviewers' queue."""
    statement = select(Match).join(Match.scenario).where(Match.status == MatchStatus.CONFIRMED)
    return session.scalars(statement.order_by(Match.proposed_at, Match.id).options(*HEAD)).all()


def under_notice(session: Session) -> Sequence[Match]:
    """Matches under notice, the first to end first: the approvers' queue, those with an undecided objection among them."""
    statement = select(Match).join(Match.scenario).where(Match.status == MatchStatus.NOTICED)
    return session.scalars(statement.order_by(Match.notice_ends_at, Match.id).options(*HEAD)).all()


def overdue_ids(session: Session, now: datetime) -> Sequence[uuid.UUID]:
    """One batch of proposed matches whose time to confirm is over, in the order in which their scenarios are to be locked."""
    statement = select(Match.id).where(Match.status == MatchStatus.PROPOSED, Match.confirm_by <= now)
    return session.scalars(statement.order_by(Match.scenario_id, Match.id).limit(BATCH)).all()


def under_notice_count(session: Session, actor: Actor) -> int:
    """How many matches stand in the public notice now."""
    statement = select(func.count()).select_from(Match).join(Match.scenario).where(policy.visible_to(actor))
    return session.scalar(statement.where(Match.status == MatchStatus.NOTICED)) or 0


def objection_match_id(session: Session, objection_id: uuid.UUID) -> uuid.UUID:
    """To which match an objection belongs. Raises NotFound."""
    match_id = session.scalar(select(Objection.match_id).where(Objection.id == objection_id))
    if match_id is None:
        raise NotFound
    return match_id


def products_for(scenario: Scenario, words: str) -> Select[Product]:
    """Active products of verified chip firms other than the anchor firm that hold every word: a statement to be paged."""
    statement = (
        select(Product)
        .join(Product.organization)
        .where(
            Product.status == ProductStatus.ACTIVE,
            Organization.status == OrganizationStatus.VERIFIED,
            Organization.is_chip,
            Organization.id != scenario.organization_id,
        )
    )
    for word in words.split()[:10]:
        columns = (Product.name, Product.model, Product.description, Organization.name_zh, Organization.name_en)
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return statement.order_by(Product.name, Product.id).options(contains_eager(Product.organization), joinedload(Product.track))
