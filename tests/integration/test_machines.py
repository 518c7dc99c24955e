"""Any sequence of actions by anybody: only what the tables allow, refusals change nothing, seals hold, counts are right."""

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app.audit import queries as audit
from app.audit.verification import verify
from app.errors import KaijingError
from app.matching import operations as matching
from app.matching.models import UNDER_WAY, Match, MatchStatus
from app.matching.transitions import MATCH
from app.projects import operations as projects
from app.projects.models import Project
from app.projects.transitions import PROJECT
from app.scenarios import operations as scenarios
from app.scenarios.models import Scenario, ScenarioStatus
from app.scenarios.transitions import SCENARIO
from app.solutions import operations as solutions
from app.solutions import policy
from app.solutions import queries as solution_queries
from app.solutions.models import Solution
from app.solutions.transitions import SOLUTION
from tests.factories import scenarios as make
from tests.factories.matching import MatchWorld
from tests.integration.test_programme_count import check_count

# a Monday: the weeks after it hold no holiday
OPENING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CHIPS = ("one", "two")
STAFF = {
    "reviewer": "reviewer", "second": "reviewer", "approver": "approver", "operator": "operator", "auditor": "auditor",
    "admin": "admin",
}  # fmt: skip
PEOPLE = (*STAFF, *CHIPS, "anchor", "stranger", "insider")
MACHINES = {Scenario: SCENARIO, Solution: SOLUTION, Match: MATCH, Project: PROJECT}

# whom the words of the tables mean; the insider is a reviewer and an approver who belongs to the anchor firm
WHO = {
    "anchor firm": {"anchor", "insider"},
    "chip firm": set(CHIPS),
    "both firms": {"anchor", "insider", *CHIPS},
    "either firm": {"anchor", "insider", *CHIPS},
    "reviewer": {"reviewer", "second"},
    "approver": {"approver"},
    "anchor firm or approver": {"anchor", "insider", "approver"},
}
# no column of their own in a table of states
UNTABLED = {"close_early", "end_selection", "revise", "discard"}
LIVE = (*UNDER_WAY, MatchStatus.APPROVED)
Rows = dict[type, dict[uuid.UUID, dict]]


def of_scenario(session, scenario, who, now):
    """What may be tried with a scenario."""
    by = {"actor": who, "now": now}
    return {
        "submit": lambda: scenarios.submit(session, scenario, **by),
        "take_back": lambda: scenarios.take_back(session, scenario, **by),
        "return": lambda: scenarios.return_to_draft(session, scenario, reason="No", **by),
        "approve": lambda: scenarios.approve(session, scenario, **by),
        "cancel": lambda: scenarios.cancel(session, scenario, reason="No", **by),
        "close_early": lambda: scenarios.close_early(session, scenario, reason="So", **by),
        "end_selection": lambda: matching.end_selection(session, scenario, **by),
    }


def of_solution(session, solution, who, now):
    """What may be tried with a solution."""
    by = {"actor": who, "now": now}
    return {
        "submit": lambda: solutions.submit_solution(session, solution, **by),
        "withdraw": lambda: solutions.withdraw(session, solution, **by),
        "revise": lambda: solutions.begin_revision(session, solution, **by),
        "discard": lambda: solutions.discard_draft(session, solution, **by),
        "shortlist": lambda: solutions.shortlist(session, solution, **by),
        "decline": lambda: solutions.decline(session, solution, reason="No", **by),
        "select": lambda: matching.select_solution(session, solution, **by),
    }


def of_match(session, match, who, now):
    """What may be tried with a match."""
    by = {"actor": who, "now": now}
    return {
        "confirm": lambda: matching.confirm(session, match, local_new=True, **by),
        "decline": lambda: matching.decline(session, match, reason="No", **by),
        "review": lambda: matching.review(session, match, local_new=True, **by),
        "reject": lambda: matching.reject(session, match, reason="No", **by),
        "approve": lambda: matching.approve(session, match, **by),
    }


def of_project(session, project, who, now):
    """What may be tried with a project."""
    by = {"actor": who, "now": now}
    return {
        "request_acceptance": lambda: projects.request_acceptance(session, project, **by),
        "accept": lambda: projects.accept(session, project, local_new=project.local_new, **by),
        "return": lambda: projects.return_acceptance(session, project, reason="No", **by),
        "revoke": lambda: projects.revoke_acceptance(session, project, reason="No", **by),
        "terminate": lambda: projects.terminate(session, project, reason="No", **by),
    }


ACTIONS = {Scenario: of_scenario, Solution: of_solution, Match: of_match, Project: of_project}
NAMES = {kind: tuple(actions(None, None, None, None)) for kind, actions in ACTIONS.items()}


def ways(machine, old, new) -> list[str]:
    """Who may lead from one state to the other: by one transition, or by one that the system follows up at once."""
    first = [row for row in machine.rows if old in row.sources]
    system = {(source, row.target) for row in machine.rows if row.who == "system" for source in row.sources}
    return [row.who for row in first if row.target == new or (row.target, new) in system]


class Marketplace(RuleBasedStateMachine):
    """One scenario with all that comes of it. Each step is a transaction of its own, as a request is."""

    start = folder = None

    def __init__(self) -> None:
        super().__init__()
        self.session = type(self).start()
        self.world = MatchWorld(self.session, OPENING)
        self.now = OPENING
        self.programme = self.world.programme()
        self.world.anchor()
        for name in CHIPS:
            self.world.chip(name)
        for name, role in STAFF.items():
            self.world.user(name, role)
        self.world.user("stranger")
        self.world.user("insider", "reviewer", "approver")
        self.world.join("insider", "anchor")
        self.people = {name: self.world.actor(name) for name in PEOPLE}

    @initialize(
        sealed=st.booleans(), places=st.integers(1, 2), stage=st.sampled_from(["noticed", "project", "answered", "open", "draft"])
    )
    def begin(self, sealed, places, stage) -> None:
        """From the beginning, or from a moment at which more can happen: reached through the operations all the same."""
        if stage == "draft":
            closing = {"closes_at": self.world.closing, "questions_close_at": self.world.closing}
            self.scenario = make.draft_scenario(self.people["anchor"], self.now, sealed=sealed, award_places=places, **closing)
        else:
            self.scenario = self.world.scenario(sealed=sealed, award_places=places)
        answers = [self.world.submitted(self.scenario, name) for name in CHIPS] if stage not in {"draft", "open"} else []
        if stage in {"noticed", "project"}:
            self.world.close()
            self.now = self.world.later
            solutions.shortlist(self.session, answers[0], actor=self.people["anchor"], now=self.now)
            match = self.world.review(self.world.confirm(self.world.select(answers[0])))
            self.now = match.notice_ends_at if stage == "project" else self.now
            if stage == "project":
                self.world.approve(match)
        self.session.commit()

    def records(self, kind) -> list:
        """All of a kind, in an order that is the same for the same sequence of actions (ids are random)."""
        firms = {firm.id: name for name, firm in self.world.firms.items()}
        keys = {
            Scenario: lambda row: row.created_at,
            Solution: lambda row: (row.created_at, firms[row.organization_id], row.status),
        }
        return sorted(self.session.scalars(select(kind)), key=keys.get(kind, lambda row: row.number))

    def rows(self) -> Rows:
        """Every column of every record that has states."""
        return {
            kind: {row["id"]: dict(row) for row in self.session.execute(select(kind.__table__)).mappings()} for kind in MACHINES
        }

    def attempt(self, action, by: str) -> None:
        """Do it, and commit; or be refused: then everything is as it was."""
        before = self.rows()
        try:
            action()
            self.session.commit()
        except KaijingError:
            self.session.rollback()
            assert self.rows() == before
            return
        self.check_transitions(before, self.rows(), by)

    def check_transitions(self, before: Rows, after: Rows, by: str) -> None:
        for kind, machine in MACHINES.items():
            for key, row in after[kind].items():
                old = before[kind].get(key)
                if old is None:
                    assert row["status"] == machine.initial
                elif old["status"] != row["status"]:
                    allowed = ways(machine, old["status"], row["status"])
                    assert allowed, (kind, old["status"], row["status"])
                    assert any(who == "system" or by in WHO[who] for who in allowed), (kind, row["status"], allowed, by)
            gone = [row for key, row in before[kind].items() if key not in after[kind]]
            assert all(kind is Solution and row["status"] == "draft" for row in gone)

    def rightful(self, kind, record, action: str) -> tuple[str, ...]:
        """Those who would have to do it, so that a sequence gets somewhere."""
        firms = {firm.id: name for name, firm in self.world.firms.items()}
        if kind is Scenario:
            return ("reviewer",) if action in {"approve", "return"} else ("anchor",)
        if kind is Solution:
            own = firms[record.organization_id]
            return ("anchor",) if action in {"shortlist", "decline", "select"} else (own,)
        if kind is Match:
            if action in {"confirm", "decline"}:
                return (firms[record.firm_id], "anchor")
            return ("second",) if action == "review" else ("approver",)
        return (firms[record.firm_id],) if action == "request_acceptance" else ("approver",)

    @rule(data=st.data(), steps=st.integers(2, 6))
    def act(self, data, steps) -> None:
        """Some steps that the states allow, mostly by those who may."""
        for _step in range(steps):
            tables = [(kind, record) for kind in MACHINES for record in self.records(kind)]
            possible = [
                (k, r, name) for k, r in tables for name in NAMES[k] if name in UNTABLED or MACHINES[k].allows(r.status, name)
            ]
            kind, record, action = data.draw(st.sampled_from(possible))
            people = (*PEOPLE, *self.rightful(kind, record, action) * 3 * len(PEOPLE))
            self.attempt_with(kind, record.id, action, data.draw(st.sampled_from(people)))

    @rule(data=st.data(), name=st.sampled_from(PEOPLE))
    def meddle(self, data, name) -> None:
        """Anybody does anything."""
        kind, record = data.draw(st.sampled_from([(kind, record) for kind in MACHINES for record in self.records(kind)]))
        self.attempt_with(kind, record.id, data.draw(st.sampled_from(NAMES[kind])), name)

    def attempt_with(self, kind, key, action: str, name: str) -> None:
        record = self.session.get(kind, key)
        self.attempt(ACTIONS[kind](self.session, record, self.people[name], self.now)[action], name)

    @rule(firm=st.sampled_from(CHIPS))
    def answer(self, firm) -> None:
        """A draft with everything that a submission needs."""
        actor, solution_id, by = self.people[firm], uuid.uuid4(), {"actor": self.people[firm], "now": self.now}
        start = {"solution_id": solution_id, "organization_id": actor.organization_id, **by}
        self.attempt(lambda: solutions.start_solution(self.session, self.session.get(Scenario, self.scenario.id), **start), firm)
        if self.session.get(Solution, solution_id) is not None:
            locked = solution_queries.lock_solution
            self.attempt(lambda: self.world.fill(locked(self.session, solution_id), firm, now=self.now), firm)

    @precondition(lambda self: self.scenario.status in {ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED})
    @rule(name=st.sampled_from(["reviewer", "insider", "approver", "anchor"]), firm=st.sampled_from(CHIPS))
    def propose(self, name, firm) -> None:
        product = self.world.product(firm)
        self.session.commit()
        scenario = self.session.get(Scenario, self.scenario.id)
        self.attempt(lambda: matching.propose_direct(self.session, scenario, product, actor=self.people[name], now=self.now), name)

    @rule(hours=st.sampled_from([1, 1, 24, 24 * 6, 24 * 11]), worker=st.booleans())
    def wait(self, hours, worker) -> None:
        """Time passes; the worker may be late."""
        self.now += timedelta(hours=hours)
        if worker:
            self.attempt(
                lambda: (scenarios.close_due(self.session, self.now), matching.lapse_due(self.session, self.now)), "worker"
            )

    @invariant()
    def what_is_sealed_is_not_there(self) -> None:
        for solution_id in self.session.scalars(select(Solution.id)).all():
            solution = solution_queries.get_solution(self.session, solution_id)
            assert solution is not None
            scenario = solution.scenario
            if not scenario.hides_solutions(self.now):
                continue
            for name, actor in self.people.items():
                standing = policy.standing_of(self.session, actor, scenario.id)
                own = actor.belongs_to(solution.organization_id)
                assert policy.can_see(actor, solution, standing, now=self.now) is own, name
                assert not policy.can_list(actor, scenario, standing, now=self.now)
            assert not audit.history(self.session, "solutions", solution_id)

    @invariant()
    def places_and_the_count_are_right(self) -> None:
        matches, made = self.records(Match), self.records(Project)
        approved = [match for match in matches if match.status is MatchStatus.APPROVED]
        assert sorted(match.place for match in approved) == list(range(1, len(approved) + 1))
        assert {project.match_id for project in made} == {match.id for match in approved}
        assert len(made) == len(approved)
        selected = {match.solution_id for match in matches if match.status in LIVE and match.solution_id}
        assert {row.id for row in self.records(Solution) if row.status == "selected"} == selected
        check_count(self.session, self.programme, in_parts=False)

    def teardown(self) -> None:
        self.session.rollback()
        assert verify(self.session, type(self).folder).broken is None
        self.session.rollback()


def test_no_sequence_breaks_a_rule(fresh_database, tmp_path):
    Marketplace.start, Marketplace.folder = staticmethod(fresh_database), tmp_path
    bounded = settings(max_examples=settings().max_examples // 2, stateful_step_count=settings().stateful_step_count * 2)
    run_state_machine_as_test(Marketplace, settings=bounded)
