"""For each table of states: the operations behind its actions, whose they are, and the audit log's words for them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, KaijingError, NotFound
from app.matching import operations as matching
from app.matching.models import Match, MatchStatus
from app.matching.transitions import MATCH
from app.organizations import operations as organizations
from app.organizations.models import Organization
from app.organizations.transitions import ORGANIZATION
from app.products import operations as products
from app.products.models import Product
from app.products.transitions import PRODUCT
from app.projects import operations as projects
from app.projects.models import Milestone, Project
from app.projects.transitions import MILESTONE, PROJECT
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow
from app.scenarios.models import Amendment, Invitation, InvitationKind, Operator, Scenario, ScenarioStatus
from app.scenarios.transitions import AMENDMENT, INVITATION, SCENARIO
from app.solutions import operations as solutions
from app.solutions.models import Solution, SolutionStatus
from app.solutions.transitions import SOLUTION
from app.states import Machine
from tests.factories.organizations import organization_content

Attempts = Mapping[str, Callable[[], Any]]
AFTER_CLOSING = {ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED, ScenarioStatus.MATCHED, ScenarioStatus.CLOSED}


def of_scenario(session: Session, row: Scenario, by: dict[str, Any]) -> Attempts:
    """What may be tried with a scenario."""
    lines = [RequirementRow("power", Operator.AT_MOST, "3", "W")]
    later = timedelta(days=2)
    return {
        "submit": lambda: scenarios.submit(session, row, **by),
        "take_back": lambda: scenarios.take_back(session, row, **by),
        "return": lambda: scenarios.return_to_draft(session, row, reason="No", **by),
        "approve": lambda: scenarios.approve(session, row, **by),
        "cancel": lambda: scenarios.cancel(session, row, reason="No", **by),
        "end_selection": lambda: matching.end_selection(session, row, **by),
        "delete": lambda: scenarios.delete_draft(session, row, **by),
        "extend": lambda: scenarios.extend(session, row, closes_at=(row.closes_at or by["now"]) + later, reason="So", **by),
        "close_early": lambda: scenarios.close_early(session, row, reason="So", **by),
        "amend": lambda: scenarios.propose_requirements(session, row, rows=lines, reason="So", **by),
        "invite_evaluator": lambda: scenarios.invite_evaluator(session, row, email="expert@example.com", **by),
        "new_round": lambda: scenarios.new_round(session, row, **by),
    }


def of_amendment(session: Session, row: Amendment, by: dict[str, Any]) -> Attempts:
    """What may be tried with a changed table of requirements."""
    return {
        "approve": lambda: scenarios.approve_amendment(session, row, **by),
        "return": lambda: scenarios.return_amendment(session, row, reason="No", **by),
    }


def of_invitation(session: Session, row: Invitation, by: dict[str, Any]) -> Attempts:
    """What may be tried with an invitation."""
    return {
        "accept": lambda: scenarios.accept_invitation(session, row, **by),
        "decline": lambda: scenarios.decline_invitation(session, row, **by),
    }


def of_solution(session: Session, row: Solution, by: dict[str, Any]) -> Attempts:
    """What may be tried with a solution."""
    return {
        "submit": lambda: solutions.submit_solution(session, row, **by),
        "withdraw": lambda: solutions.withdraw(session, row, **by),
        "revise": lambda: solutions.begin_revision(session, row, **by),
        "discard": lambda: solutions.discard_draft(session, row, **by),
        "shortlist": lambda: solutions.shortlist(session, row, **by),
        "decline": lambda: solutions.decline(session, row, reason="No", **by),
        "select": lambda: matching.select_solution(session, row, **by),
    }


def of_match(session: Session, row: Match, by: dict[str, Any]) -> Attempts:
    """What may be tried with a match; decisions are about the objection raised last."""

    def decide(upheld: bool) -> Any:
        if not row.objections:
            raise NotFound
        return matching.decide_objection(session, row.objections[-1], upheld=upheld, reason="So", **by)

    return {
        "confirm": lambda: matching.confirm(session, row, local_new=True, **by),
        "decline": lambda: matching.decline(session, row, reason="No", **by),
        "review": lambda: matching.review(session, row, local_new=True, **by),
        "reject": lambda: matching.reject(session, row, reason="No", **by),
        "approve": lambda: matching.approve(session, row, **by),
        "uphold": lambda: decide(True),
        "dismiss": lambda: decide(False),
        "object": lambda: matching.raise_objection(session, row, uuid.uuid4(), text="Not new.", **by),
    }


def of_project(session: Session, row: Project, by: dict[str, Any]) -> Attempts:
    """What may be tried with a project."""
    milestone = {"name": "Samples", "due_on": date(2026, 9, 1)}
    return {
        "request_acceptance": lambda: projects.request_acceptance(session, row, **by),
        "accept": lambda: projects.accept(session, row, local_new=row.local_new, **by),
        "return": lambda: projects.return_acceptance(session, row, reason="No", **by),
        "revoke": lambda: projects.revoke_acceptance(session, row, reason="No", **by),
        "terminate": lambda: projects.terminate(session, row, reason="No", **by),
        "plan": lambda: projects.add_milestone(session, row, uuid.uuid4(), **milestone, **by),
    }


def of_milestone(session: Session, row: Milestone, by: dict[str, Any]) -> Attempts:
    """What may be tried with a milestone."""
    return {
        "submit": lambda: projects.submit_milestone(session, row, evidence="Report 7.", **by),
        "accept": lambda: projects.accept_milestone(session, row, **by),
        "return": lambda: projects.return_milestone(session, row, reason="No", **by),
        "remove": lambda: projects.remove_milestone(session, row, **by),
    }


def of_organization(session: Session, row: Organization, by: dict[str, Any]) -> Attempts:
    """What may be tried with a firm."""
    renamed = organization_content(name_zh=f"{row.name_zh}·新" if row else "")
    return {
        "verify": lambda: organizations.verify_organization(session, row.id, **by),
        "refuse": lambda: organizations.refuse_organization(session, row.id, reason="No", **by),
        "apply_again": lambda: organizations.apply_again(session, row.id, **by),
        "change_identity": lambda: organizations.edit_organization(session, row.id, renamed, version=None, **by),
    }


def of_product(session: Session, row: Product, by: dict[str, Any]) -> Attempts:
    """What may be tried with a product."""
    return {
        "retire": lambda: products.retire_product(session, row.id, **by),
        "reactivate": lambda: products.reactivate_product(session, row.id, **by),
    }


@dataclass(frozen=True)
class Table:
    """A machine with the operations behind it.

    `audited`: a word of the audit log, and the actions that it stands for. `useful`: what has no row of its own, and the states
    in which it is worth a try.
    """

    machine: Machine[Any]
    attempts: Callable[[Session, Any, dict[str, Any]], Attempts]
    audited: Mapping[str, tuple[str, ...]]
    useful: Mapping[str, tuple[str, ...]]

    @property
    def states(self) -> set[str]:
        """All states of the machine."""
        return {state for row in self.machine.rows for state in (*row.sources, row.target)}

    def possible(self, status: str) -> list[str]:
        """The actions worth a try in this state."""
        person = [action for action in self.machine.actions if action in self.names()]
        useful = [action for action, states in self.useful.items() if status in states]
        return [action for action in person if self.machine.allows(status, action) and action not in useful] + useful

    def forbidden(self, status: str) -> list[str]:
        """The actions of persons for which the table has no row in this state."""
        return [
            action
            for action in self.machine.actions
            if action in self.names() and action not in self.useful and not self.machine.allows(status, action)
        ]

    def names(self) -> Attempts:
        """Everything that may be tried."""
        return self.attempts(None, None, {})  # type: ignore[arg-type]


def words(machine: Machine[Any], pattern: str) -> dict[str, tuple[str, ...]]:
    """The words of an audit log that names an entry after the action."""
    return {pattern.format(action): (action,) for action in machine.actions}


SAID = {
    "submitted": ("submit",), "taken_back": ("take_back",), "returned": ("return",), "approved": ("approve",), "filled": ("fill",),
    "cancelled": ("cancel",), "closed": ("close", "close_empty"), "unfilled": ("end_unfilled",), "finished": ("finish",),
}  # fmt: skip
OPEN, JUDGED = ("open",), ("open", "evaluating")
TABLES: dict[type, Table] = {
    Scenario: Table(
        SCENARIO, of_scenario, {f"scenario.{word}": actions for word, actions in SAID.items()},
        {"delete": ("draft",), "extend": OPEN, "close_early": OPEN, "amend": OPEN, "invite_evaluator": JUDGED,
         "end_selection": ("evaluating",), "new_round": ("unfilled", "cancelled", "closed")},
    ),
    Amendment: Table(
        AMENDMENT, of_amendment,
        {"scenario.amendment_approved": ("approve",), "scenario.amendment_returned": ("return",),
         "scenario.amendment_ended": ("end",)},
        {},
    ),
    Invitation: Table(
        INVITATION, of_invitation,
        {"scenario.invitation_accepted": ("accept",), "scenario.invitation_declined": ("decline",)}, {},
    ),
    Solution: Table(
        SOLUTION, of_solution, words(SOLUTION, "solutions.{}"),
        {"revise": ("submitted",), "discard": ("draft", "submitted")},
    ),
    Match: Table(MATCH, of_match, words(MATCH, "matching.{}"), {"object": ("noticed",), "dismiss": ("noticed",)}),
    Project: Table(PROJECT, of_project, words(PROJECT, "projects.{}"), {"plan": ("active",)}),
    Milestone: Table(MILESTONE, of_milestone, words(MILESTONE, "projects.{}_milestone"), {"remove": ("planned",)}),
    Organization: Table(
        ORGANIZATION, of_organization,
        {"organization.verified": ("verify",), "organization.refused": ("refuse",), "organization.applied_again": ("apply_again",),
         "organization.edited": ("change_identity",)},
        {"change_identity": ("verified",)},
    ),
    Product: Table(PRODUCT, of_product, words(PRODUCT, "product.{}"), {}),
}  # fmt: skip

# entries that only sometimes tell of a transition: the first of two yeses, a record edited without its name or code
SOMETIMES = {"matching.confirm", "organization.edited"}

# whom the words of the tables mean, among the people of `marketplace`
FIRMS = {"one", "two", "three"}
ANCHOR = {"anchor", "insider"}
WHO = {
    "anchor firm": ANCHOR,
    "chip firm": FIRMS,
    "both firms": ANCHOR | FIRMS,
    "either firm": ANCHOR | FIRMS,
    "reviewer": {"reviewer", "second"},
    "approver": {"approver"},
    "anchor firm or approver": ANCHOR | {"approver"},
    "invited one": FIRMS | {"expert"},
    "owner": FIRMS | ANCHOR,
}
OF_ANCHOR = {"shortlist", "decline", "select"}


def sensible(row: Any) -> list[str]:
    """The actions worth a try with a record as it stands."""
    actions = TABLES[type(row)].possible(row.status)
    if isinstance(row, Match):
        undecided = not all(objection.decided_at for objection in row.objections)
        useless = {"object"} if row.objections else set()  # whoever may has objected
        return [action for action in actions if action not in useless and (undecided or action not in {"uphold", "dismiss"})]
    return actions


def rightful(row: Any, action: str, firms: Mapping[uuid.UUID, str]) -> str:
    """Whose action it is, so that a sequence gets somewhere. `firms`: the firms' names, which are those of their owners."""
    if isinstance(row, Scenario):
        return "reviewer" if action in {"approve", "return"} else "anchor"
    if isinstance(row, Amendment):
        return "reviewer"
    if isinstance(row, Invitation):
        return firms[row.organization_id] if row.kind is InvitationKind.FIRM and row.organization_id else "expert"
    if isinstance(row, Solution):
        return "anchor" if action in OF_ANCHOR else firms[row.organization_id]
    if isinstance(row, Match):
        return _of_match(row, action, firms)
    if isinstance(row, Project):
        return firms[row.firm_id] if action in {"request_acceptance", "plan"} else "approver"
    if isinstance(row, Milestone):
        return firms[row.project.firm_id] if action in {"submit", "remove"} else "anchor"
    if isinstance(row, Organization):
        return "reviewer" if action in {"verify", "refuse"} else firms[row.id]
    return firms[row.organization_id]


def _of_match(row: Match, action: str, firms: Mapping[uuid.UUID, str]) -> str:
    if action in {"confirm", "decline"}:
        return firms[row.firm_id] if row.firm_confirmed_at is None else "anchor"
    if action == "object":
        return "stranger"
    first_look = action == "review" or (action == "reject" and row.status is not MatchStatus.NOTICED)
    return "second" if first_look else "approver"


def refusal(row: Any, action: str, now: datetime) -> type[KaijingError]:
    """How the rightful person is refused what the table does not allow: 404 before 403 before 409."""
    if isinstance(row, Scenario) and row.status is ScenarioStatus.DRAFT and action in {"approve", "return"}:
        return NotFound
    if isinstance(row, Solution) and action in OF_ANCHOR:
        scenario = row.scenario
        late = scenario.status is ScenarioStatus.OPEN and scenario.closes_at is not None and scenario.closes_at <= now
        closed = scenario.status in AFTER_CLOSING or late
        return NotFound if row.status in {SolutionStatus.DRAFT, SolutionStatus.WITHDRAWN} or not closed else Conflict
    if isinstance(row, Match) and action == "uphold" and not row.objections:
        return NotFound
    if isinstance(row, Product) and not row.organization.is_verified:
        return Forbidden
    return Conflict


# combinations that are always refused by 404: what does not exist for a person cannot be in a wrong state
UNSEEN = {
    *(("scenario", action, "draft") for action in ("approve", "return")),
    *(("solution", action, state) for action in OF_ANCHOR for state in ("draft", "withdrawn")),
    # no objection can have been raised, or (approved) one was dismissed long before
    *(("match", "uphold", state) for state in ("proposed", "confirmed", "declined", "lapsed", "approved")),
}
