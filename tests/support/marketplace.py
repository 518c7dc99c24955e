"""Random sequences with real records: people act, time passes, and after each step everything that always holds is looked at.

A state machine inherits `Marketplace` and begins at a moment from which its own kinds of records have far to go; `play` runs it and
tells which transitions of the tables were taken, and which were tried where there is no row, and refused.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.audit import queries as audit
from app.audit.models import AuditDetail, ChainHead
from app.audit.verification import verify
from app.errors import Conflict, KaijingError
from app.matching import operations as matching
from app.matching.models import UNDER_WAY, Match, MatchStatus
from app.organizations.models import Organization
from app.products.models import Product
from app.projects.models import Milestone, Project
from app.scenarios import operations as scenarios
from app.scenarios.models import Amendment, AmendmentKind, AmendmentStatus, Invitation, Scenario
from app.solutions import policy
from app.solutions.models import Solution
from app.states import Machine
from tests.factories.matching import MatchWorld
from tests.support.count import check_count
from tests.support.tables import SOMETIMES, TABLES, UNSEEN, WHO, Table, refusal, rightful, sensible

# a Monday: the weeks after it hold no holiday
OPENING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CHIPS = ("one", "two")
STAFF = {
    "reviewer": "reviewer", "second": "reviewer", "approver": "approver", "operator": "operator", "auditor": "auditor",
    "admin": "admin", "expert": "evaluator",
}  # fmt: skip
# the insider is a reviewer and an approver who belongs to the anchor firm
PEOPLE = (*STAFF, *CHIPS, "anchor", "stranger", "insider")
LIVE = (*UNDER_WAY, MatchStatus.APPROVED)
# sequences from each moment in each round (the first is the plainest that there is), and rounds at most
SEQUENCES, MOST = 4, 8
HOUR = timedelta(hours=1)
# how often something is tried, beside what was tried before in the same sequence
NEW, NEW_OF_OTHERS = 8, 2
FINAL = {"delete", "discard", "remove", "terminate"}
STEPS = (("meddle",), ("meddle",), ("wait", HOUR, True), ("wait", None, False), *[("wait", None, True)] * 2)

EAGER = {
    Solution: joinedload(Solution.scenario), Match: selectinload(Match.objections), Milestone: joinedload(Milestone.project),
    Product: joinedload(Product.organization), Scenario: selectinload(Scenario.requirements),
}  # fmt: skip
Rows = dict[type, dict[uuid.UUID, Mapping[str, Any]]]
Step = tuple[str, str, str]  # a machine's name, an action, the state in which it was tried


@dataclass
class Seen:
    """What happened in all sequences of one run."""

    taken: Counter[Step] = field(default_factory=Counter)
    refused: Counter[Step] = field(default_factory=Counter)

    def untaken(self, kinds: Sequence[type]) -> set[Step]:
        """The transitions of these tables that no sequence took."""
        machines = [TABLES[kind].machine for kind in kinds]
        rows = {(machine.name, row.action, str(state)) for machine in machines for row in machine.rows for state in row.sources}
        return rows - self.taken.keys()

    def untried(self, kinds: Sequence[type]) -> set[Step]:
        """What the tables do not allow, and no sequence tried and was refused by 409."""
        tables = [TABLES[kind] for kind in kinds]
        wrong = {
            (table.machine.name, action, str(state))
            for table in tables
            for state in table.states
            for action in table.forbidden(state)
        }
        return wrong - UNSEEN - self.refused.keys()


class Marketplace(RuleBasedStateMachine):
    """One scenario with all that comes of it. Each step is a transaction of its own, as a request is."""

    fresh: ClassVar[Callable[[], Session]]
    checkpoints: ClassVar[Path]
    seen: ClassVar[Seen]
    moment: ClassVar[str]
    moments: ClassVar[tuple[str, ...]]
    own: ClassVar[tuple[type, ...]]
    others: ClassVar[tuple[type, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.session = type(self).fresh()
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

    @initialize(sealed=st.booleans(), places=st.integers(1, 2))
    def begin(self, sealed: bool, places: int) -> None:
        """Reach the moment from which the sequences of this run begin, through the operations."""
        getattr(self, type(self).moment)(sealed=sealed, award_places=places)
        self.session.commit()
        self.names = {user.id: name for name, user in self.world.users.items()}
        self.firms = {firm.id: name for name, firm in self.world.firms.items()}
        self.session.commit()
        self.tries: set[tuple[type, str, str]] = set()
        self.before = self.rows()

    def records(self, kind: type) -> list[Any]:
        """All of a kind, in an order that is the same for the same sequence of actions (ids are random)."""
        keys: dict[type, Callable[[Any], Any]] = {
            Scenario: lambda row: row.round,
            Amendment: lambda row: row.number,
            Invitation: lambda row: (row.email or "", self.firms.get(row.organization_id, "")),
            Solution: lambda row: (row.created_at, self.firms[row.organization_id], row.status),
            Milestone: lambda row: (row.status, row.version, row.name),
            Organization: lambda row: self.firms[row.id],
            Product: lambda row: row.name,
        }
        options = [EAGER[kind]] if kind in EAGER else []
        return sorted(self.session.scalars(select(kind).options(*options)), key=keys.get(kind, lambda row: row.number))

    def rows(self) -> Rows:
        """Every column of every record that has states, and the end of the audit log."""
        found: Rows = {
            kind: {row["id"]: dict(row) for row in self.session.execute(select(kind.__table__)).mappings()} for kind in TABLES
        }
        found[ChainHead] = {uuid.UUID(int=0): {"seq": self.session.scalar(select(ChainHead.seq))}}
        return found

    def attempt(self, action: Callable[[], Any]) -> KaijingError | None:
        """Do it, and commit; or be refused: then everything is as it was."""
        try:
            action()
            self.session.commit()
        except KaijingError as error:
            self.session.rollback()
            assert self.rows() == self.before
            return error
        before, self.before = self.before, self.rows()
        self.check(before, self.before)
        self.what_is_sealed_is_not_there()
        self.places_are_taken_once()
        if before[Project] != self.before[Project]:
            check_count(self.session, self.programme, in_parts=False)
        return None

    def tried(self, row: Any, action: str, name: str) -> KaijingError | None:
        """Somebody tries something with a record."""
        by = {"actor": self.world.actor(name), "now": self.now}
        return self.attempt(TABLES[type(row)].attempts(self.session, row, by)[action])

    def check(self, before: Rows, after: Rows) -> None:
        """Each change of a state is a row of its table, or several in a row, by whom it names, and stands in the audit log."""
        since = before[ChainHead][uuid.UUID(int=0)]["seq"]
        entries = self.session.scalars(select(AuditDetail).where(AuditDetail.seq > since).order_by(AuditDetail.seq)).all()
        for kind, table in TABLES.items():
            for key, row in after[kind].items():
                told = [entry for entry in entries if entry.subject_id == key and entry.action in table.audited]
                self.check_way(kind, before[kind].get(key), row, told)
            gone = [row for key, row in before[kind].items() if key not in after[kind]]
            assert all(row["status"] == table.machine.initial for row in gone)
            assert not gone or kind in {Scenario, Solution, Milestone}

    def check_way(self, kind: type, old: Mapping[str, Any] | None, new: Mapping[str, Any], told: Sequence[AuditDetail]) -> None:
        table = TABLES[kind]
        at_once = kind is Amendment and new["kind"] != AmendmentKind.REQUIREMENTS
        start = old["status"] if old else AmendmentStatus.APPLIED if at_once else table.machine.initial
        way = next((way for end, way in ways(table.machine, start, told, table.audited) if end == new["status"]), None)
        assert way is not None, (kind.__name__, start, [entry.action for entry in told], new["status"])
        for source, row, entry in way:
            assert row.who == "system" or self.names[entry.actor_id] in self.meant(kind, row.who, new), (kind.__name__, row)
            type(self).seen.taken[table.machine.name, row.action, source] += 1

    def meant(self, kind: type, who: str, row: Mapping[str, Any]) -> set[str]:
        """Whom a word of a table means; the insider reviews what is not of the anchor firm, which are the other firms alone."""
        reviews_too = kind is Organization and who == "reviewer" and self.firms[row["id"]] != "anchor"
        return WHO[who] | ({"insider"} if reviews_too else set())

    @rule(data=st.data())
    def step(self, data: Any) -> None:
        """One thing happens. A single rule, so that no sequence goes without those that lead on."""
        happen, *arguments = data.draw(st.sampled_from([*self.sensible(), *self.more(), *STEPS]))
        getattr(self, happen)(data, *arguments)
        self.refuse_the_rest()

    def sensible(self) -> list[tuple[Any, ...]]:
        """What the states allow: more often with the kinds that this machine is about, seldom what was tried before."""
        steps = []
        for kind in (*self.own, *self.others):
            for at, row in enumerate(self.records(kind)):
                for action in sensible(row):
                    tried = (kind, action, row.status) in self.tries or action in FINAL
                    steps += [("act", kind, at, action)] * (1 if tried else NEW if kind in self.own else NEW_OF_OTHERS)
        return steps

    def more(self) -> list[tuple[Any, ...]]:
        """What a machine adds: names of its methods, each with the arguments for it."""
        return []

    def act(self, data: Any, kind: type, at: int, action: str) -> None:
        """Somebody does what the state allows, and mostly the one who may."""
        row = self.records(kind)[at]
        self.tries.add((kind, action, row.status))
        right = rightful(row, action, self.firms)
        self.tried(row, action, data.draw(st.sampled_from([*PEOPLE, *[right] * 8 * len(PEOPLE)])))

    def meddle(self, data: Any) -> None:
        """Anybody does anything."""
        kinds = (*self.own, *self.others)
        anything = [
            (kind, at, action) for kind in kinds for at in range(len(self.records(kind))) for action in TABLES[kind].names()
        ]
        if anything:
            kind, at, action = data.draw(st.sampled_from(anything))
            self.tried(self.records(kind)[at], action, data.draw(st.sampled_from(PEOPLE)))

    def wait(self, _data: Any, how: timedelta | None, worker: bool) -> None:
        """Time passes, perhaps until something is due; the worker may be late."""
        self.now = self.now + how if how is not None else min(self.due(), default=self.now + HOUR)
        if worker:
            self.attempt(lambda: (scenarios.close_due(self.session, self.now), matching.lapse_due(self.session, self.now)))
        self.what_is_sealed_is_not_there()

    def due(self) -> list[datetime]:
        """The moments ahead at which something ends."""
        moments = [row.closes_at for row in self.records(Scenario) if row.status == "open"]
        moments += [row.confirm_by for row in self.records(Match) if row.status == "proposed"]
        moments += [row.notice_ends_at for row in self.records(Match) if row.status == "noticed"]
        return [moment for moment in moments if moment is not None and moment > self.now]

    def refuse_the_rest(self) -> None:
        """Whatever state the own records are in: what the table does not allow there is refused even to whom it belongs."""
        for kind in self.own:
            table = TABLES[kind]
            for at, status in enumerate([row.status for row in self.records(kind)]):
                for action in table.forbidden(status):
                    if (kind, action, status) not in self.tries:
                        self.tries.add((kind, action, status))
                        self.refuse(table, self.records(kind)[at], action)

    def refuse(self, table: Table, row: Any, action: str) -> None:
        """One attempt that has to be refused with the right answer."""
        status, expected = row.status, refusal(row, action, self.now)
        error = self.tried(row, action, rightful(row, action, self.firms))
        assert isinstance(error, expected), (table.machine.name, action, status, error)
        if expected is Conflict:
            type(self).seen.refused[table.machine.name, action, status] += 1

    def what_is_sealed_is_not_there(self) -> None:
        for solution in self.records(Solution):
            scenario = solution.scenario
            if not scenario.hides_solutions(self.now):
                continue
            for name in PEOPLE:
                actor = self.world.actor(name)
                standing = policy.standing_of(self.session, actor, scenario.id)
                assert policy.can_see(actor, solution, standing, now=self.now) is actor.belongs_to(solution.organization_id), name
                assert not policy.can_list(actor, scenario, standing, now=self.now)
            assert not audit.history(self.session, {"solutions": [solution.id]})

    def places_are_taken_once(self) -> None:
        matches, made = self.before[Match].values(), self.before[Project].values()
        approved = [row for row in matches if row["status"] == MatchStatus.APPROVED]
        for scenario in self.before[Scenario].values():
            places = [row["place"] for row in approved if row["scenario_id"] == scenario["id"]]
            assert sorted(places) == list(range(1, len(places) + 1))
            assert len(places) <= scenario["award_places"]
        assert sorted(row["match_id"] for row in made) == sorted(row["id"] for row in approved)
        selected = {row["solution_id"] for row in matches if row["status"] in LIVE and row["solution_id"]}
        assert {key for key, row in self.before[Solution].items() if row["status"] == "selected"} == selected

    def teardown(self) -> None:
        self.session.rollback()
        if hasattr(self, "before"):
            check_count(self.session, self.programme)
            assert verify(self.session, type(self).checkpoints).broken is None
        self.session.rollback()


def ways(machine: Machine[Any], start: str, told: Sequence[AuditDetail], words: Mapping[str, tuple[str, ...]]) -> list[Any]:
    """The ways through a table that the entries of the audit log tell of, one row after the other: (last state, steps) each."""
    found: list[Any] = [(start, ())]
    for entry in told:
        found = [
            (row.target, (*way, (state, row, entry)))
            for state, way in found
            for row in machine.rows
            if row.action in words[entry.action] and state in row.sources
        ] + (found if entry.action in SOMETIMES else [])
    return found


def play(
    machine: type[Marketplace], fresh: Callable[[], Session], checkpoints: Path, *, most: int = MOST, each: int = SEQUENCES
) -> Seen:
    """Run a state machine from each of its moments, on databases that `fresh()` empties; returns what was seen in all sequences.

    `each`: sequences from a moment. Round after round, each with a seed of its own, until every row was taken and every other
    action refused, or `most` are over.
    """
    machine.fresh, machine.checkpoints, machine.seen = staticmethod(fresh), checkpoints, Seen()
    profile = settings()
    sequences = settings(max_examples=each, stateful_step_count=profile.stateful_step_count * 3 // 2)
    least = profile.max_examples // 25
    seen = machine.seen
    for number in range(max(least, most)):
        for moment in machine.moments:
            if number >= least and not seen.untaken(machine.own) and not seen.untried(machine.own):
                return seen
            machine.moment = moment
            run_state_machine_as_test(seed(number)(machine) if profile.derandomize else machine, settings=sequences)
    return seen
