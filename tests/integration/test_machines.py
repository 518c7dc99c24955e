"""Any sequence of actions by anybody: only what the tables allow, refusals change nothing, seals hold, counts are right.

Each kind of record has a machine of its own, which begins at moments of a real course (reached through the operations), so that
short sequences come far; together they take every row of every table, and are refused wherever a table has none.
"""

import uuid

import pytest

from app.matching import operations as matching
from app.matching.models import Match
from app.organizations import operations as organizations
from app.organizations.models import Organization
from app.products.models import Product
from app.projects import operations as projects
from app.projects.models import Milestone, Project
from app.scenarios import operations as scenarios
from app.scenarios.models import Amendment, Invitation, Scenario, ScenarioStatus
from app.solutions import operations as solutions
from app.solutions import queries as solution_queries
from app.solutions.models import Solution
from scripts.states import machines
from tests.factories import scenarios as make
from tests.factories.attachments import store_of_app, upload
from tests.factories.organizations import registered
from tests.support.databases import POSTGRESQL
from tests.support.marketplace import CHIPS, Marketplace, play
from tests.support.tables import TABLES


class Course(Marketplace):
    """A scenario, from its draft to the projects that come of it."""

    def open(self, **changes) -> None:
        self.scenario = self.world.scenario(**changes)
        self.scenario_id = self.scenario.id

    def draft(self, **changes) -> None:
        times = {"closes_at": self.world.closing, "questions_close_at": self.world.closing}
        self.scenario_id = make.draft_scenario(self.world.anchor(), self.now, **times, **changes).id

    def submitted(self, **changes) -> None:
        self.draft(**changes)
        scenario = self.session.get_one(Scenario, self.scenario_id)
        scenarios.submit(self.session, scenario, actor=self.world.anchor(), now=self.now)

    def amended(self, **changes) -> None:
        self.open(**changes)
        by = {"actor": self.world.anchor(), "now": self.now}
        attempts = TABLES[Scenario].attempts(self.session, self.scenario, by)
        attempts["amend"]()
        attempts["invite_evaluator"]()

    def answered(self, **changes) -> None:
        self.open(**changes)
        self.answers = [self.world.submitted(self.scenario, name) for name in CHIPS]

    def drafted(self, **changes) -> None:
        self.open(**changes)
        self.world.fill(self.world.draft(self.scenario, "one"), "one")

    def revised(self, **changes) -> None:
        self.answered(**changes)
        for name, answer in zip(CHIPS, self.answers, strict=True):
            solutions.begin_revision(self.session, answer, actor=self.world.chip(name), now=self.now)

    def closed(self, **changes) -> None:
        self.answered(**changes)
        self.world.close()
        self.now = self.world.later

    def unfilled(self, **changes) -> None:
        self.open(**changes)
        self.world.close()
        self.now = self.world.later

    def shortlisted(self, **changes) -> None:
        self.closed(**changes)
        for answer in self.answers:
            solutions.shortlist(self.session, answer, actor=self.world.anchor(), now=self.now)

    def proposed(self, **changes) -> None:
        self.shortlisted(**changes)
        self.matches = [self.world.select(answer) for answer in self.answers]

    def confirmed(self, **changes) -> None:
        self.proposed(**changes)
        self.world.confirm(self.matches[0])

    def noticed(self, **changes) -> None:
        self.confirmed(**changes)
        self.world.review(self.matches[0])

    def objected(self, **changes) -> None:
        self.noticed(**changes)
        self.world.object(self.matches[0], "stranger")

    def rival_proposed(self, **changes) -> None:
        """The only place can be given away while another match is under way."""
        self.noticed(**changes | {"award_places": 1})
        self.now = self.matches[0].notice_ends_at

    def rival_confirmed(self, **changes) -> None:
        self.rival_proposed(**changes)
        self.world.confirm(self.matches[1])

    def rival_noticed(self, **changes) -> None:
        self.rival_confirmed(**changes)
        self.world.review(self.matches[1])

    def directly_proposed(self, **changes) -> None:
        self.unfilled(**changes)
        self.matches = [self.world.direct(self.scenario, "one")]

    def direct_notice_over(self, **changes) -> None:
        self.directly_proposed(**changes)
        self.world.review(self.world.confirm(self.matches[0]))
        self.now = self.matches[0].notice_ends_at

    def active(self, **changes) -> None:
        self.rival_proposed(**changes)
        self.project = self.world.approve(self.matches[0])

    def planned(self, **changes) -> None:
        self.active(**changes)
        self.milestone = projects.add_milestone(
            self.session, self.project, uuid.uuid4(), name="Design", due_on=self.now.date(), actor=self.world.anchor(), now=self.now
        )

    def reported(self, **changes) -> None:
        self.planned(**changes)
        projects.submit_milestone(self.session, self.milestone, evidence="Report 3.", actor=self.world.chip("one"), now=self.now)

    def returned(self, **changes) -> None:
        self.reported(**changes)
        projects.return_milestone(self.session, self.milestone, reason="No", actor=self.world.anchor(), now=self.now)

    def requested(self, **changes) -> None:
        self.active(**changes)
        projects.request_acceptance(self.session, self.project, actor=self.world.chip("one"), now=self.now)

    def accepted(self, **changes) -> None:
        self.requested(**changes)
        projects.accept(self.session, self.project, local_new=True, actor=self.world.approver(), now=self.now)

    @property
    def status(self):
        """The state of the scenario, None once its draft is deleted."""
        scenario = self.session.get(Scenario, self.scenario_id)
        return None if scenario is None else scenario.status

    def answer(self, _data, firm) -> None:
        """A firm writes everything that a submission needs."""
        by = {"actor": self.world.chip(firm), "now": self.now}
        scenario, identity = self.session.get(Scenario, self.scenario_id), uuid.uuid4()
        start = {"solution_id": identity, "organization_id": self.world.firms[firm].id, **by}
        self.attempt(lambda: solutions.start_solution(self.session, scenario, **start))
        if self.session.get(Solution, identity) is not None:
            solution = solution_queries.lock_solution(self.session, identity)
            self.attempt(lambda: self.world.fill(solution, firm, now=self.now))

    def propose(self, _data, name, firm) -> None:
        """A reviewer, or somebody else, brings a product of a firm."""
        scenario, product = self.session.get(Scenario, self.scenario_id), self.world.product(firm)
        self.session.commit()
        self.before = self.rows()
        self.attempt(lambda: matching.propose_direct(self.session, scenario, product, actor=self.world.actor(name), now=self.now))


class ScenarioMachine(Course):
    own, others = (Scenario, Amendment, Invitation), (Match, Project)

    moments = ("draft", "submitted", "amended", "answered", "rival_proposed", "direct_notice_over", "requested")

    def more(self):
        return [("invite", firm) for firm in CHIPS] if self.status is ScenarioStatus.OPEN else []

    def invite(self, _data, firm) -> None:
        scenario, organization = self.session.get(Scenario, self.scenario_id), self.world.firms[firm]
        by = {"actor": self.world.anchor(), "now": self.now}
        self.attempt(lambda: scenarios.invite_firm(self.session, scenario, organization, **by))


class SolutionMachine(Course):
    own, others = (Solution,), (Scenario, Match)

    moments = ("drafted", "revised", "closed", "shortlisted")

    def more(self):
        return [("answer", firm) for firm in CHIPS] * 2 if self.status is ScenarioStatus.OPEN else []


class MatchMachine(Course):
    own, others = (Match,), (Solution, Scenario)

    moments = ("confirmed", "objected", "rival_proposed", "rival_confirmed", "rival_noticed", "directly_proposed")

    def more(self):
        judged = self.status in {ScenarioStatus.EVALUATING, ScenarioStatus.UNFILLED}
        people = ("reviewer", "reviewer", "insider", "approver")
        return [("propose", name, firm) for name, firm in zip(people, CHIPS * 2, strict=True)] if judged else []


class ProjectMachine(Course):
    own, others = (Project, Milestone), (Match,)

    moments = ("planned", "reported", "returned", "accepted")


class FirmMachine(Marketplace):
    """Two firms that are registered, verified and refused, and their products."""

    own, moments = (Organization, Product), ("registered",)

    def registered(self, **_of_scenario) -> None:
        by = {"into": store_of_app(), "actor": self.world.actor("one"), "now": self.now}
        organizations.attach_licence(self.session, self.world.firms["one"].id, upload(name="licence.pdf"), **by)
        self.world.firms["three"] = registered(self.world.actor("three"), self.now)
        self.world.product("one")


MACHINES = (ScenarioMachine, SolutionMachine, MatchMachine, ProjectMachine, FirmMachine)


@pytest.mark.long
@pytest.mark.no_cover
@pytest.mark.parametrize("machine", MACHINES)
def test_any_sequence_takes_only_the_rows_of_the_tables_and_all_of_them(fresh_database, database_kind, tmp_path, machine):
    if database_kind == POSTGRESQL:  # the rows are the same ones; what the database itself refuses shows in one round
        assert play(machine, fresh_database, tmp_path, most=1, each=2).taken
        return
    seen = play(machine, fresh_database, tmp_path)
    assert seen.untaken(machine.own) == set()
    assert seen.untried(machine.own) == set()


def test_every_table_of_states_is_played():
    assert {TABLES[kind].machine for machine in MACHINES for kind in machine.own} == set(machines())
