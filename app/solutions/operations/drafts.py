"""Writing a solution: the first draft, and the working draft beside a submitted version.

Saving a draft is no change of state, and autosave does it every few seconds: the audit log hears of submissions.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.actor import Actor
from app.attachments import operations as attachments
from app.attachments.queries import attachments_of
from app.audit import operations as audit
from app.errors import Conflict, Problems, WrongState, collecting, require_allowed, require_fresh, require_visible
from app.products.models import Product
from app.scenarios.content import LINE_LENGTH, TEXT_LENGTH
from app.scenarios.models import RequirementLine, Scenario
from app.scenarios.policy import can_read
from app.scenarios.queries import lock_scenario
from app.solutions import policy, prefill, queries
from app.solutions.models import ComplianceLine, ComplianceStatus, Solution, SolutionStatus, SolutionVersion
from app.solutions.operations.access import lock_for_firm, seal_of
from app.solutions.transitions import SOLUTION

TEXTS = ("summary", "approach", "schedule", "team")
COPIED = (*TEXTS, "price", "local_new")
COPIED_OF_LINE = (
    "requirement_id", "status", "value", "evidence", "derived_verdict", "derived_value", "derived_evidence", "derived_note",
)  # fmt: skip
MOST_YUAN = Decimal(10) ** 12
MOST_PRODUCTS = 20


@dataclass(frozen=True)
class Answer:
    """A firm's response to one requirement line as plain values; without status, value and evidence the line is unanswered."""

    requirement_id: uuid.UUID
    status: ComplianceStatus | None = None
    value: str = ""
    evidence: str = ""


class Changes(TypedDict, total=False):
    """What a save writes; what is not named stays. Price in yuan. `compliance` changes the lines that it names.

    `follow` names requirement lines on which the firm leaves it at what its products' parameters say.
    """

    summary: str
    approach: str
    schedule: str
    team: str
    price: Decimal | None
    local_new: bool
    products: Sequence[uuid.UUID]
    compliance: Sequence[Answer]
    follow: Collection[uuid.UUID]


def start_solution(
    session: Session, scenario: Scenario, *, solution_id: uuid.UUID, organization_id: uuid.UUID | None, actor: Actor, now: datetime
) -> Solution:
    """Begin a verified chip firm's answer to an open scenario of another firm. Where the id is that of such an answer: that one.

    Raises WrongState once the closing time has come, and Conflict when the firm has a live answer already.
    """
    scenario = lock_scenario(session, scenario.id)
    require_visible(can_read(session, actor, scenario))
    require_allowed(policy.can_start(actor, scenario, organization_id))
    present = queries.get_solution(session, solution_id)
    if present is not None:
        require_visible(present.organization_id == organization_id and present.scenario_id == scenario.id)
        return present
    if not scenario.accepts_solutions(now):
        raise WrongState
    if queries.live_solution(session, scenario.id, organization_id) is not None:
        raise Conflict(_l("Your firm has an answer to this scenario already."))
    solution = Solution(
        id=solution_id,
        scenario=scenario,
        organization_id=organization_id,
        created_by=actor.user_id,
        created_at=now,
        status=SOLUTION.initial,
        versions=[SolutionVersion(number=1, updated_at=now, products=[], compliance=[])],
    )
    session.add(solution)
    session.flush()
    audit.record(session, "solutions.start", solution, actor=actor, now=now, seal=seal_of(scenario, now))
    return solution


def save_draft(
    session: Session, solution: Solution, changes: Changes, *, actor: Actor, now: datetime, version: int | None = None
) -> SolutionVersion:
    """Write into the working version and return it; `version` is the one that the editor read.

    Newly chosen products fill in the lines that the firm has not corrected. Raises WrongState where nothing is being written or the
    closing time has come, Stale, and Invalid for what not even a draft may hold.
    """
    solution = lock_for_firm(session, solution, actor, now)
    working = open_working_version(session, solution, now)
    require_fresh(working.version, version)
    products = _check(session, solution, working, changes)
    for name in COPIED:
        if name in changes:
            setattr(working, name, changes[name])  # type: ignore[literal-required]
    if products is not None and {product.id for product in products} != {product.id for product in working.products}:
        working.products = products
        _fill(working, solution.scenario.requirements)
    _answer(working, solution.scenario, changes.get("compliance", ()))
    _follow(working, solution.scenario, set(changes.get("follow", ())))
    working.updated_at = now
    flag_modified(working, "updated_at")  # a change of products or answers alone is a new version too
    session.flush()
    return working


def open_working_version(session: Session, solution: Solution, now: datetime) -> SolutionVersion:
    """The version that is being written. Raises WrongState where there is none, or it cannot be submitted any more."""
    working = queries.working_version(session, solution.id)
    if working is None or not SOLUTION.allows(solution.status, "submit") or not solution.scenario.accepts_solutions(now):
        raise WrongState
    return working


def _check(session: Session, solution: Solution, working: SolutionVersion, changes: Changes) -> list[Product] | None:
    """Check what even a draft must keep. Returns the chosen products where they are named."""
    kept = {product.id for product in working.products}
    with collecting() as problems:
        _check_values(problems, changes)
        _check_answers(problems, changes.get("compliance", ()), {line.id for line in solution.scenario.requirements})
        if "products" not in changes:
            return None
        chosen = set(changes["products"])
        products = [p for p in queries.products_of(session, solution.organization_id, keep=kept) if p.id in chosen]
        if len(products) != len(chosen):
            problems.add("products", _l("Choose from your firm's own products."))
        if len(chosen) > MOST_PRODUCTS:
            problems.add("products", _l("At most %(count)s products.", count=MOST_PRODUCTS))
    return products


def _check_values(problems: Problems, changes: Mapping[str, Any]) -> None:
    for name in TEXTS:
        problems.limit(name, changes.get(name, ""), TEXT_LENGTH)
    price = changes.get("price")
    if price is not None and not (0 <= price <= MOST_YUAN and price == price.quantize(Decimal("0.01"))):
        problems.add("price", _l("An amount from 0, with at most two decimals of a yuan."))


def _check_answers(problems: Problems, answers: Iterable[Answer], requirement_ids: set[uuid.UUID]) -> None:
    for answer in answers:
        if answer.requirement_id not in requirement_ids:
            problems.add("compliance", _l("Not a requirement line of this scenario."))
        if max(len(answer.value), len(answer.evidence)) > LINE_LENGTH:
            problems.add("compliance", _l("At most %(count)s characters.", count=LINE_LENGTH))


def _answer(working: SolutionVersion, scenario: Scenario, answers: Iterable[Answer]) -> None:
    named = {answer.requirement_id: answer for answer in answers}
    present = queries.lines_by_requirement(working)
    _fill(working, [line for line in scenario.requirements if line.id in named and line.id not in present])
    for line in working.compliance:
        if line.requirement_id in named:
            answer = named[line.requirement_id]
            line.status, line.value, line.evidence = answer.status, answer.value, answer.evidence


def _fill(working: SolutionVersion, requirements: Sequence[RequirementLine]) -> None:
    """Write what the version's products say of requirement lines, without losing a correction."""
    lines, derived = queries.lines_by_requirement(working), prefill.derive(requirements, working.products)
    for requirement in requirements:
        line = lines.get(requirement.id)
        if line is None:
            line = ComplianceLine(requirement_id=requirement.id, value="", evidence="", derived_value="", derived_evidence="")
            working.compliance.append(line)
        prefill.fill(line, derived.get(requirement.id, prefill.NOTHING))


def _follow(working: SolutionVersion, scenario: Scenario, requirement_ids: Collection[uuid.UUID]) -> None:
    """Give up corrections of lines: what the products say by now is the answer."""
    _fill(working, [line for line in scenario.requirements if line.id in requirement_ids])
    for line in working.compliance:
        if line.requirement_id in requirement_ids:
            prefill.take(line)


def begin_revision(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> SolutionVersion:
    """A working draft that copies the submitted version, which stays as it is and counts until the draft is submitted.

    Where a draft is being written already: that one. Raises WrongState once the closing time has come.
    """
    solution = lock_for_firm(session, solution, actor, now)
    if not SOLUTION.allows(solution.status, "submit") or not solution.scenario.accepts_solutions(now):
        raise WrongState
    working = queries.working_version(session, solution.id)
    submitted = queries.submitted_version(session, solution.id)
    if working is not None or submitted is None:
        return open_working_version(session, solution, now)
    in_force = {line.id for line in solution.scenario.requirements}
    working = SolutionVersion(
        solution_id=solution.id,
        number=submitted.number + 1,
        updated_at=now,
        products=list(submitted.products),
        compliance=[
            ComplianceLine(**{name: getattr(line, name) for name in COPIED_OF_LINE})
            for line in submitted.compliance
            if line.requirement_id in in_force
        ],
        **{name: getattr(submitted, name) for name in COPIED},
    )
    answered = {line.requirement_id for line in working.compliance}
    _fill(working, [line for line in solution.scenario.requirements if line.id not in answered])
    session.add(working)
    session.flush()
    for file in attachments_of(session, solution_version_id=submitted.id):
        attachments.copy(session, file, owner={"solution_version_id": working.id})
    return working


def discard_draft(session: Session, solution: Solution, *, actor: Actor, now: datetime) -> Solution | None:
    """Throw away what is being written: the working draft, or (never submitted) the solution with it, and then return None.

    Possible whenever there is a draft, also after the closing time. Raises WrongState where there is none.
    """
    solution = lock_for_firm(session, solution, actor, now)
    working = queries.working_version(session, solution.id)
    if working is None:
        raise WrongState
    seal = seal_of(solution.scenario, now)
    audit.record(session, "solutions.discard", solution, actor=actor, now=now, before={"version": working.number}, seal=seal)
    session.delete(working)
    session.flush()
    if solution.status is not SolutionStatus.DRAFT:
        return solution
    session.delete(solution)
    session.flush()
    return None
