"""The world of solutions carried on: matches and projects in every state, reached through the real operations."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.matching import operations
from app.matching.models import Match, MatchStatus, Objection
from app.projects import queries as project_queries
from app.projects.models import CountsFrom, Programme, Project
from app.scenarios.models import Scenario
from app.solutions import operations as solutions
from app.solutions.models import Solution
from app.taxonomy.models import Setting
from tests.factories.solutions import World

DAY = timedelta(days=1)


@dataclass
class MatchWorld(World):
    """Adds the staff and what happens after the closing; `later` is the moment of all that, unless another is given."""

    def reviewer(self, name: str = "reviewer") -> Any:
        return self.actor(name, "reviewer")

    def approver(self, name: str = "approver") -> Any:
        return self.actor(name, "approver")

    def notice_days(self, days: int) -> None:
        self.session.get_one(Setting, "notice_working_days").value = str(days)
        self.session.flush()

    def programme(self, code: str = "now", *, demo: bool = False, **changes: Any) -> Programme:
        """A programme that runs from a year before to a year after the opening."""
        values: dict[str, Any] = {
            "name_zh": code, "name_en": code, "target": 100, "counts_from": CountsFrom.ACCEPTED,
            "starts_on": date(self.now.year - 1, 1, 1), "ends_on": date(self.now.year + 1, 12, 31), **changes,
        }  # fmt: skip
        programme = Programme(code=code, demo=demo, **values)
        self.session.add(programme)
        self.session.flush()
        return programme

    def shortlisted(self, *firms: str, **changes: Any) -> list[Solution]:
        """Shortlisted solutions of these firms to one scenario that is being evaluated."""
        scenario = self.scenario(**changes)
        answers = [self.submitted(scenario, firm) for firm in firms]
        self.close()
        return [solutions.shortlist(self.session, answer, actor=self.anchor(), now=self.later) for answer in answers]

    def select(self, solution: Solution, now: datetime | None = None) -> Match:
        return operations.select_solution(self.session, solution, actor=self.anchor(), now=now or self.later)

    def unfilled(self, **changes: Any) -> Scenario:
        scenario = self.scenario(**changes)
        self.close()
        return scenario

    def direct(self, scenario: Scenario, firm: str = "direct") -> Match:
        product = self.product(firm)
        return operations.propose_direct(self.session, scenario, product, actor=self.reviewer("proposer"), now=self.later)

    def confirm(self, match: Match, *, local_new: bool = True) -> Match:
        """Both firms say yes, whoever has not yet."""
        if match.anchor_confirmed_at is None:
            operations.confirm(self.session, match, actor=self.anchor(), now=self.later)
        firm = next(name for name, row in self.firms.items() if row.id == match.firm_id)
        return operations.confirm(self.session, match, actor=self.chip(firm), now=self.later, local_new=local_new)

    def review(self, match: Match, *, local_new: bool = True) -> Match:
        return operations.review(self.session, match, local_new=local_new, actor=self.reviewer(), now=self.later)

    def approve(self, match: Match, now: datetime | None = None) -> Project:
        moment = now or match.notice_ends_at
        assert moment is not None
        operations.approve(self.session, match, actor=self.approver(), now=moment)
        project = project_queries.of_match(self.session, match.id)
        assert project is not None
        return project

    def object(self, match: Match, name: str = "citizen", now: datetime | None = None) -> Objection:
        return operations.raise_objection(
            self.session, match, uuid.uuid4(), text="Not new.", actor=self.actor(name), now=now or self.later
        )

    def match(self, status: MatchStatus, *, firm: str = "chip", local_new: bool = True, **changes: Any) -> Match:
        """A selected match in this state, on a scenario of its own."""
        match = self.select(self.shortlisted(firm, **changes)[0])
        if status in {MatchStatus.CONFIRMED, MatchStatus.NOTICED, MatchStatus.APPROVED}:
            self.confirm(match)
        if status in {MatchStatus.NOTICED, MatchStatus.APPROVED}:
            self.review(match, local_new=local_new)
        if status is MatchStatus.APPROVED:
            self.approve(match)
        if status is MatchStatus.REJECTED:
            self.confirm(match)
            operations.reject(self.session, match, reason="Not fit.", actor=self.reviewer(), now=self.later)
        if status is MatchStatus.DECLINED:
            operations.decline(self.session, match, reason="No capacity.", actor=self.chip(firm), now=self.later)
        if status is MatchStatus.LAPSED:
            operations.lapse_due(self.session, match.confirm_by)
        return match

    def project(self, *, firm: str = "chip", local_new: bool = True, **changes: Any) -> Project:
        """An active project, of a match approved at the end of its notice."""
        match = self.match(MatchStatus.APPROVED, firm=firm, local_new=local_new, **changes)
        project = project_queries.of_match(self.session, match.id)
        assert project is not None
        return project
