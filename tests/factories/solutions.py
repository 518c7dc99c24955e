"""An anchor firm, chip firms that answer its scenario, and everybody who might want to look."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.actor import Actor
from app.organizations.models import Organization
from app.products.models import Maturity, Product, ProductParameter
from app.scenarios import operations as scenarios
from app.scenarios.content import CriterionRow, RequirementRow
from app.scenarios.models import Invitation, InvitationKind, InvitationStatus, Operator, Scenario
from app.solutions import operations, queries
from app.solutions.models import ComplianceStatus, Evaluation, Solution
from app.solutions.operations import Answer, Score
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.factories.scenarios import open_scenario

HOUR = timedelta(hours=1)


@dataclass
class World:
    """Builds people, firms, scenarios and solutions; `now` is when the scenario opens, `closing` when it closes."""

    session: Session
    now: datetime
    users: dict[str, User] = field(default_factory=dict)
    firms: dict[str, Organization] = field(default_factory=dict)

    @property
    def closing(self) -> datetime:
        return self.now + timedelta(days=10)

    @property
    def later(self) -> datetime:
        return self.closing + timedelta(seconds=1)

    def user(self, name: str, *roles: str) -> User:
        if name not in self.users:
            flags = {f"is_{role}": True for role in roles}
            user = UserFactory(name=name, email=f"{name}@example.com", **flags)
            self.users[name] = user
        return self.users[name]

    def firm(self, name: str, *, anchor: bool = False, chip: bool = True, verified: bool = True) -> Organization:
        if name not in self.firms:
            status = {} if verified else {"unverified": True}
            firm = OrganizationFactory(name_zh=name, short_zh=name, is_anchor=anchor, is_chip=chip, **status)
            self.firms[name] = firm
            self.join(name, name)
        return self.firms[name]

    def join(self, user: str, firm: str) -> None:
        """Make somebody a member of a firm."""
        member_of(self.firms[firm], user=self.user(user))

    def actor(self, name: str, *roles: str) -> Actor:
        return actor_of(self.user(name, *roles))

    def anchor(self) -> Actor:
        self.firm("anchor", anchor=True, chip=False)
        return self.actor("anchor")

    def chip(self, name: str = "chip") -> Actor:
        self.firm(name)
        return self.actor(name)

    def product(self, firm: str = "chip", name: str = "KR7731", **parameters: str) -> Product:
        self.firm(firm)
        product = Product(
            organization_id=self.firms[firm].id, name=name, model=name, track_code="design", maturity=Maturity.VOLUME,
            created_at=self.now, updated_at=self.now, technologies=[],
            parameters=[ProductParameter(position=n, name=k, value=v) for n, (k, v) in enumerate(parameters.items(), 1)],
        )  # fmt: skip
        self.session.add(product)
        self.session.flush()
        return product

    def scenario(self, **changes: Any) -> Scenario:
        """An open scenario of the anchor firm: a must line `power`, a should line `noise`, criteria 60 and 40."""
        values: dict[str, Any] = {
            "questions_close_at": self.closing - 24 * HOUR, "closes_at": self.closing, "award_places": 2,
            "requirements": [
                RequirementRow("power", Operator.AT_MOST, "2", "W"),
                RequirementRow("noise", Operator.AT_MOST, "-93", "dBc/Hz", must=False),
            ],
            "criteria": [CriterionRow("Technology", 60), CriterionRow("Price", 40)],
            **changes,
        }  # fmt: skip
        return open_scenario(self.anchor(), self.actor("reviewer", "reviewer"), self.now, **values)

    def draft(self, scenario: Scenario, firm: str = "chip") -> Solution:
        actor = self.chip(firm)
        return operations.start_solution(
            self.session, scenario, solution_id=uuid.uuid4(), organization_id=actor.organization_id, actor=actor, now=self.now
        )

    def fill(self, solution: Solution, firm: str = "chip", now: datetime | None = None, **changes: Any) -> Solution:
        """Write everything that a submission needs."""
        lines = solution.scenario.requirements
        values: Any = {
            "summary": "A chip that fits.", "approach": "We take our chip.", "price": Decimal(1200000), "schedule": "Half a year.",
            "team": "Ten engineers.", "local_new": True, "compliance": [Answer(lines[0].id, ComplianceStatus.MET, "1.8", "p. 6")],
            **changes,
        }  # fmt: skip
        operations.save_draft(self.session, solution, values, actor=self.chip(firm), now=now or self.now)
        return solution

    def submitted(self, scenario: Scenario, firm: str = "chip", **changes: Any) -> Solution:
        solution = self.draft(scenario, firm)
        self.fill(solution, firm, **changes)
        return operations.submit_solution(self.session, solution, actor=self.chip(firm), now=self.now)

    def close(self) -> None:
        """Let the closing time pass, and the worker notice it."""
        scenarios.close_due(self.session, self.later)
        self.session.flush()

    def evaluator(self, scenario: Scenario, name: str = "expert") -> Actor:
        """Somebody who accepted the invitation to evaluate."""
        user = self.user(name, "evaluator")
        invitation = Invitation(
            scenario_id=scenario.id, kind=InvitationKind.EVALUATOR, status=InvitationStatus.ACCEPTED, user_id=user.id,
            email=user.email, invited_by=self.user("anchor").id, invited_at=self.now, answered_at=self.now,
        )  # fmt: skip
        self.session.add(invitation)
        self.session.flush()
        return self.actor(name)

    def scores(self, solution: Solution, *points: int) -> list[Score]:
        criteria = queries.criteria_of(self.session, solution.scenario_id)
        return [Score(criterion.id, score, "Because.") for criterion, score in zip(criteria, points, strict=True)]

    def evaluate(self, solution: Solution, *points: int) -> Evaluation:
        """The scores of an evaluator, who is invited for it."""
        actor, scores = self.evaluator(solution.scenario), self.scores(solution, *points)
        return operations.evaluate(self.session, solution, scores=scores, conflict=False, actor=actor, now=self.later)
