"""Who may do what in which state: tables written down from the rules, not derived from the code, and each cell tried."""

import itertools
from datetime import timedelta

import pytest

from app.actor import VISITOR
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.matching import operations as matching
from app.matching.models import MatchStatus
from app.organizations.models import Organization
from app.projects import operations as projects
from app.projects import queries as project_queries
from app.scenarios import operations as scenarios
from app.scenarios.models import Confidentiality, ScenarioStatus
from app.solutions import operations as solutions
from app.solutions import queries as solution_queries
from tests.factories import scenarios as make
from tests.factories.matching import MatchWorld

# In the tables: + done, x refused for the state (409), - may not (403), . does not exist for this person (404)
ACTORS = (
    "visitor", "member", "owner", "verified", "unverified", "invited", "expert", "reviewer", "approver", "operator", "auditor",
    "admin", "insider",
)  # fmt: skip
OUTCOME = {"+": None, "x": Conflict, "-": Forbidden, ".": NotFound}

# the anchor firm's member and owner and the insider (a reviewer who is a member of it) act for the firm; reviewers review;
# columns: draft, in_review, open, evaluating, unfilled, cancelled, matched, closed (scenario of confidentiality "public")
SCENARIO = """
              member    owner     insider   reviewer  approver  auditor   others
save_draft    +xxxxxxx  +xxxxxxx  +xxxxxxx  .-------  .-------  --------  ..------
delete        +xxxxxxx  +xxxxxxx  +xxxxxxx  .-------  .-------  --------  ..------
submit        +xxxxxxx  +xxxxxxx  +xxxxxxx  .-------  .-------  --------  ..------
take_back     x+xxxxxx  x+xxxxxx  x+xxxxxx  .-------  .-------  --------  ..------
approve       --------  --------  --------  .+xxxxxx  .-------  --------  ..------
return        --------  --------  --------  .+xxxxxx  .-------  --------  ..------
cancel        xx+xxxxx  xx+xxxxx  xx+xxxxx  .-------  .-------  --------  ..------
clarify       xx+xxxxx  xx+xxxxx  xx+xxxxx  .-------  .-------  --------  ..------
extend        xx+xxxxx  xx+xxxxx  xx+xxxxx  .-------  .-------  --------  ..------
amend         xx+xxxxx  xx+xxxxx  xx+xxxxx  .-------  .-------  --------  ..------
new_round     xxxx++x+  xxxx++x+  xxxx++x+  .-------  .-------  --------  ..------
end_selection xxx+xxxx  xxx+xxxx  xxx+xxxx  .-------  .-------  --------  ..------
"""
OTHERS = tuple(name for name in ACTORS if name not in {"member", "owner", "insider", "reviewer", "approver", "auditor"})
STATES = ("draft", "in_review", "open", "evaluating", "unfilled", "cancelled", "matched", "closed")

# columns: a solution that is draft, submitted before closing, submitted after it, shortlisted, declined, withdrawn, selected
# (scenario not sealed: the auditor reads it before closing; the chip firm is "firm", its draft is nobody else's; submitting
# twice is one submission)
SOLUTION = """
              firm     member   insider  expert   reviewer  approver auditor  others
save          +xxxxxx  ..---.-  ..---.-  ..---.-  ..---.-  ..---.-  .----.-  .......
submit        ++xxxxx  ..---.-  ..---.-  ..---.-  ..---.-  ..---.-  .----.-  .......
withdraw      x+xxxxx  ..---.-  ..---.-  ..---.-  ..---.-  ..---.-  .----.-  .......
discard       +xxxxxx  ..---.-  ..---.-  ..---.-  ..---.-  ..---.-  .----.-  .......
revise        ++xxxxx  ..---.-  ..---.-  ..---.-  ..---.-  ..---.-  .----.-  .......
shortlist     -------  ..+xx.x  ..+xx.x  ..---.-  ..---.-  ..---.-  .----.-  .......
decline       -------  ..++x.x  ..++x.x  ..---.-  ..---.-  ..---.-  .----.-  .......
select        -------  ..x+x.x  ..x+x.x  ..---.-  ..---.-  ..---.-  .----.-  .......
evaluate      -------  ..++x.x  ..++x.x  ..++x.x  ..---.-  ..---.-  .----.-  .......
"""
# what is read beside the records: + shown, - not (403); a visitor is asked to sign in
# (the queue shows each person what waits for them; invitations: of an open scenario, and of an open one that is sealed)
READING = """
              member  reviewer approver operator auditor admin   others
settings      -       -        -        +        +       +       -
users         -       -        -        -        +       +       -
user          -       -        -        -        +       +       -
outbox        -       -        -        -        +       +       -
queue         -       +        +        -        +       -       -
item          -       +        +        -        +       -       -
invitations   +       +        -        -        +       -       -
sealed        +       +        -        -        -       -       -
audit         -       -        -        -        +       -       -
new_user      -       -        -        -        -       +       -
"""
READERS = ("member", "reviewer", "approver", "operator", "auditor", "admin", "expert", "firm", "unverified")
CONDITIONS = ("draft", "submitted", "closed", "shortlisted", "declined", "withdrawn", "selected")


def cells(table: str, wide: dict[str, tuple[str, ...]]) -> dict[tuple[str, str, int], str]:
    """(action, actor, column) → the sign written in the table; a heading of `wide` stands for several actors."""
    head, *lines = table.strip("\n").splitlines()
    found = {}
    for line in lines:
        action, *signs = line.split()
        for heading, row in zip(head.split(), signs, strict=True):
            for actor, (at, sign) in itertools.product(wide.get(heading, (heading,)), enumerate(row)):
                found[action, actor, at] = sign
    return found


SCENARIO_CELLS = cells(SCENARIO, {"others": OTHERS})
JUDGED = ("firm", "member", "insider", "expert", "reviewer", "approver", "auditor")
SOLUTION_OTHERS = ("visitor", "verified", "unverified", "operator", "admin", "rival")
SOLUTION_CELLS = cells(SOLUTION, {"others": SOLUTION_OTHERS})


READING_CELLS = cells(READING, {"others": ("expert", "firm", "unverified")})


class Crowd(MatchWorld):
    """Everybody of the tables."""

    def people(self, scenario=None):
        self.anchor()
        self.chip()
        for name in ("verified", "invited", "rival"):
            self.firm(name)
        self.firm("unverified", verified=False)
        self.user("member")
        self.join("member", "anchor")
        self.user("insider", "reviewer")
        self.join("insider", "anchor")
        for name in ("reviewer", "approver", "operator", "auditor", "admin"):
            self.user(name, name)
        self.user("expert", "evaluator")
        if scenario is not None:
            self.evaluator(scenario)
        names = {"owner": "anchor", "firm": "chip"}
        return {"visitor": VISITOR} | {
            name: self.actor(names.get(name, name)) for name in {*ACTORS, *JUDGED, *SOLUTION_OTHERS} - {"visitor"}
        }


@pytest.fixture
def world(session, now):
    return Crowd(session, now)


def outcome(session, action) -> str:
    """The sign for what happens; whatever it was, it is undone."""
    with session.begin_nested() as attempt:
        try:
            action()
            session.flush()
            sign = "+"
        except Invalid:
            raise
        except (NotFound, Forbidden, Conflict) as refusal:
            sign = next(sign for sign, kind in OUTCOME.items() if kind is not None and isinstance(refusal, kind))
        if attempt.is_active:
            attempt.rollback()
    session.expire_all()
    return sign


def brought_to(world, state: str):
    """A scenario in this state, and the moment at which somebody acts."""
    owner, reviewer, now = world.anchor(), world.actor("reviewer", "reviewer"), world.now
    if state == "draft":
        return make.draft_scenario(owner, now), now
    if state == "in_review":
        return make.submitted_scenario(owner, now), now
    if state in {"matched", "closed"}:
        match = world.match(MatchStatus.APPROVED, award_places=1)
        scenario, now = match.scenario, match.notice_ends_at
        if state == "closed":
            project = project_queries.of_match(world.session, match.id)
            projects.terminate(world.session, project, reason="No", actor=owner, now=now)
        return scenario, now
    scenario = world.scenario()
    if state == "cancelled":
        scenarios.cancel(world.session, scenario, reason="No", actor=owner, now=now)
    if state == "evaluating":
        world.submitted(scenario, "answering")
    if state in {"evaluating", "unfilled"}:
        world.close()
    assert reviewer.user_id != owner.user_id
    return scenario, world.later if state in {"evaluating", "unfilled"} else now


def scenario_action(session, action: str, scenario, actor, now):
    by = {"actor": actor, "now": now}
    rows = [make.RequirementRow("power", make.Operator.AT_MOST, "3", "W")]
    return {
        "save_draft": lambda: scenarios.save_draft(session, scenario, {}, **by),
        "delete": lambda: scenarios.delete_draft(session, scenario, **by),
        "submit": lambda: scenarios.submit(session, scenario, **by),
        "take_back": lambda: scenarios.take_back(session, scenario, **by),
        "approve": lambda: scenarios.approve(session, scenario, **by),
        "return": lambda: scenarios.return_to_draft(session, scenario, reason="No", **by),
        "cancel": lambda: scenarios.cancel(session, scenario, reason="No", **by),
        "clarify": lambda: scenarios.clarify(session, scenario, texts={"need": "Clearer."}, reason="So", **by),
        "extend": lambda: scenarios.extend(session, scenario, closes_at=scenario.closes_at + timedelta(days=1), reason="So", **by),
        "amend": lambda: scenarios.propose_requirements(session, scenario, rows=rows, reason="So", **by),
        "new_round": lambda: scenarios.new_round(session, scenario, **by),
        "end_selection": lambda: matching.end_selection(session, scenario, **by),
    }[action]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.any_database
def test_who_may_do_what_with_a_scenario(world, session, state):
    world.user("reviewer", "reviewer")
    scenario, now = brought_to(world, state)
    people = world.people()
    assert scenario.status == ScenarioStatus(state)
    assert scenario.confidentiality is Confidentiality.PUBLIC
    session.flush()
    wrong = {}
    for (action, name, at), sign in SCENARIO_CELLS.items():
        if STATES[at] == state:
            happened = outcome(session, scenario_action(session, action, session.merge(scenario), people[name], now))
            if happened != sign:
                wrong[action, name] = (sign, happened)
    assert wrong == {}


def solution_in(world, scenario, condition: str):
    """A solution of the chip firm in this condition, and the moment at which somebody acts."""
    solution = world.fill(world.draft(scenario))
    if condition != "draft":
        solutions.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    if condition == "withdrawn":
        solutions.withdraw(world.session, solution, actor=world.chip(), now=world.now)
    if condition in {"draft", "submitted", "withdrawn"}:
        return solution, world.now
    world.close()
    by = {"actor": world.anchor(), "now": world.later}
    if condition in {"shortlisted", "declined", "selected"}:
        solutions.shortlist(world.session, solution, **by)
    if condition == "declined":
        solutions.decline(world.session, solution, reason="No", **by)
    if condition == "selected":
        world.select(solution)
    return solution, world.later


def solution_action(world, action: str, solution, actor, now):
    session, by = world.session, {"actor": actor, "now": now}
    scores = [solutions.Score(row.id, 80, "Good.") for row in solution_queries.criteria_of(session, solution.scenario_id)]
    return {
        "save": lambda: solutions.save_draft(session, solution, {"summary": "Other."}, **by),
        "submit": lambda: solutions.submit_solution(session, solution, **by),
        "withdraw": lambda: solutions.withdraw(session, solution, **by),
        "discard": lambda: solutions.discard_draft(session, solution, **by),
        "revise": lambda: solutions.begin_revision(session, solution, **by),
        "shortlist": lambda: solutions.shortlist(session, solution, **by),
        "decline": lambda: solutions.decline(session, solution, reason="No", **by),
        "select": lambda: matching.select_solution(session, solution, **by),
        "evaluate": lambda: solutions.evaluate(session, solution, conflict=False, scores=scores, **by),
    }[action]


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.any_database
def test_who_may_do_what_with_a_solution(world, session, condition):
    scenario = world.scenario()
    people = world.people(scenario)
    world.submitted(scenario, "rival")
    solution, now = solution_in(world, scenario, condition)
    session.flush()
    wrong = {}
    for (action, name, at), sign in SOLUTION_CELLS.items():
        if CONDITIONS[at] == condition:
            happened = outcome(session, solution_action(world, action, session.merge(solution), people[name], now))
            if happened != sign:
                wrong[action, name] = (sign, happened)
    assert wrong == {}


def to_read(world) -> dict[str, str]:
    """The pages of the table: one of each."""
    scenario, sealed = world.scenario(), world.scenario(title="Sealed", sealed=True)
    waiting = make.submitted_scenario(world.anchor(), world.now)
    invited = world.session.get_one(Organization, world.chip().organization_id)
    for each in (scenario, sealed):
        scenarios.invite_firm(world.session, each, invited, actor=world.anchor(), now=world.now)
    return {
        "settings": "/administration/settings", "users": "/administration/users", "outbox": "/administration/outbox",
        "user": f"/administration/users/{world.user('verified').id}", "new_user": "/administration/users/new",
        "queue": "/review", "item": f"/review/scenario/{waiting.id}", "audit": "/audit",
        "invitations": f"/scenarios/{scenario.id}/invitations", "sealed": f"/scenarios/{sealed.id}/invitations",
    }  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_who_reads_what_beside_the_records(world, session, sign_in, name):
    world.people(world.scenario(title="Evaluated"))
    addresses = to_read(world)
    client = sign_in(world.user({"firm": "chip"}.get(name, name)))
    answers = {what: client.get(address) for what, address in addresses.items()}
    signs = {200: "+", 302: "+", 403: "-"}  # the approver, for whom the item does not wait, comes back to the queue
    assert {what: signs[answer.status_code] for what, answer in answers.items()} == {
        what: READING_CELLS[what, name, 0] for what in addresses
    }


def test_the_auditor_reads_without_a_button(world, session, sign_in, client):
    world.people()
    addresses = to_read(world)
    auditor = sign_in(world.user("auditor"))
    del addresses["new_user"], addresses["sealed"]
    for what, address in addresses.items():
        main = auditor.get(address).text.split("<main")[1].split("</main")[0]
        assert 'method="post"' not in main, what
        assert client.get(address).status_code == 302, what
    assert "77 GHz" in auditor.get(addresses["item"]).text
    for address in ("/administration/settings", f"/administration/users/{world.user('verified').id}"):
        assert auditor.post(address, data={}).status_code == 403
