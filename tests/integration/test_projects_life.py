"""The life of a project: milestones, acceptance, its return and revocation, termination; and its pages."""

import io
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.clock import shanghai_day
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WrongState
from app.matching.models import MatchStatus
from app.notifications.models import Notification
from app.projects import operations, policy, queries
from app.projects.models import Milestone, MilestoneStatus, ProjectStatus
from app.projects.transitions import PROJECT
from app.scenarios import facts
from app.scenarios.models import ScenarioStatus
from tests.factories.matching import MatchWorld

DUE = date(2026, 9, 1)


@pytest.fixture
def world(session) -> MatchWorld:
    world = MatchWorld(session, datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    world.approver()
    return world


def plan(world, project, name="Sample", actor=None):
    return operations.add_milestone(
        world.session, project, uuid.uuid4(), name=name, due_on=DUE, actor=actor or world.chip(), now=world.later
    )


def reach(world, status, **how):
    project, session = world.project(**how), world.session
    if status in {ProjectStatus.ACCEPTANCE_REQUESTED, ProjectStatus.ACCEPTED}:
        operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    if status is ProjectStatus.ACCEPTED:
        operations.accept(session, project, local_new=project.local_new, actor=world.approver(), now=world.later)
    if status is ProjectStatus.TERMINATED:
        operations.terminate(session, project, reason="Stopped.", actor=world.anchor(), now=world.later)
    return project


def test_the_approval_freezes_programme_domain_area_and_day(world):
    programme = world.programme()
    world.programme("demo", demo=True)
    project = world.project()
    assert project.programme_id == programme.id
    assert (project.domain_code, project.area_code) == ("iov", "dushu")
    assert project.number.startswith("P-2026-")


def test_demo_firms_count_in_the_demo_programme_only(world):
    world.programme()
    world.firm("chip").demo = True
    assert world.project().programme_id is None
    demo = world.programme("demo", demo=True)
    world.firm("other").demo = True
    assert world.project(firm="other").programme_id == demo.id


def test_without_a_running_programme_a_project_belongs_to_none(world):
    world.programme(closed=True)
    assert world.project().programme_id is None


def test_milestones_go_from_plan_to_acceptance_with_a_return_between(world, session):
    project = world.project()
    milestone = plan(world, project)
    assert milestone.is_overdue(date(2026, 9, 2))
    with pytest.raises(Forbidden):
        operations.submit_milestone(session, milestone, evidence="Report", actor=world.anchor(), now=world.later)
    with pytest.raises(Invalid):
        operations.submit_milestone(session, milestone, evidence=" ", actor=world.chip(), now=world.later)
    operations.submit_milestone(session, milestone, evidence="Report", actor=world.chip(), now=world.later)
    with pytest.raises(WrongState):
        operations.edit_milestone(session, milestone, name="x", due_on=DUE, version=None, actor=world.chip(), now=world.later)
    with pytest.raises(Forbidden):
        operations.accept_milestone(session, milestone, actor=world.chip(), now=world.later)
    operations.return_milestone(session, milestone, reason="No data.", actor=world.anchor(), now=world.later)
    assert milestone.status is MilestoneStatus.RETURNED
    operations.submit_milestone(session, milestone, evidence="Report 2", actor=world.chip(), now=world.later)
    operations.accept_milestone(session, milestone, actor=world.anchor(), now=world.later)
    assert milestone.status is MilestoneStatus.ACCEPTED
    assert not milestone.is_overdue(date(2026, 9, 2))
    with pytest.raises(WrongState):
        operations.return_milestone(session, milestone, reason="Late.", actor=world.anchor(), now=world.later)


def test_a_plan_is_checked_kept_once_and_never_overwritten_in_silence(world, session):
    project, identity = world.project(), uuid.uuid4()
    who = {"actor": world.chip(), "now": world.later}
    milestone = operations.add_milestone(session, project, identity, name="Sample", due_on=DUE, **who)
    assert operations.add_milestone(session, project, identity, name="Other", due_on=DUE, **who) is milestone
    with pytest.raises(Invalid) as problem:
        operations.add_milestone(session, project, uuid.uuid4(), name="", due_on=None, **who)
    assert set(problem.value.fields) == {"name", "due_on"}
    with pytest.raises(NotFound):
        operations.edit_milestone(
            session, milestone, name="x", due_on=DUE, version=1, actor=world.actor("stranger"), now=world.later
        )
    operations.edit_milestone(session, milestone, name="Lot", due_on=DUE, version=milestone.version, **who)
    session.flush()
    with pytest.raises(Stale):
        operations.edit_milestone(session, milestone, name="Late", due_on=DUE, version=1, **who)
    for _ in range(49):
        plan(world, project)
    with pytest.raises(Invalid):
        plan(world, project)


def test_a_planned_milestone_is_removed_by_either_firm_and_a_reported_one_stays(world, session):
    project = world.project()
    first, second, third = (plan(world, project, name) for name in ("Sample", "Batch", "Report"))
    by = {"actor": world.anchor(), "now": world.later}
    operations.remove_milestone(session, first, **by)
    operations.submit_milestone(session, second, evidence="Report 7.", actor=world.chip(), now=world.later)
    with pytest.raises(WrongState):
        operations.remove_milestone(session, second, **by)
    with pytest.raises(Forbidden):
        operations.remove_milestone(session, third, actor=world.approver(), now=world.later)
    with pytest.raises(NotFound):
        operations.remove_milestone(session, third, actor=world.actor("stranger"), now=world.later)
    operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    with pytest.raises(WrongState):
        operations.remove_milestone(session, third, **by)
    assert {milestone.name for milestone in queries.lock_project(session, project.id).milestones} == {"Batch", "Report"}


def test_acceptance_returned_asked_again_accepted_and_revoked(world, session):
    world.programme()
    project = reach(world, ProjectStatus.ACCEPTANCE_REQUESTED, award_places=1)
    approver = {"actor": world.approver(), "now": world.later}
    with pytest.raises(Forbidden):
        operations.accept(session, project, local_new=True, actor=world.anchor(), now=world.later)
    operations.return_acceptance(session, project, reason="No test report.", **approver)
    operations.request_acceptance(session, project, actor=world.chip(), now=world.later)
    operations.accept(session, project, local_new=True, **approver)
    assert (project.status, project.accepted_on) == (ProjectStatus.ACCEPTED, shanghai_day(world.later))
    scenario = project.scenario
    assert scenario.status is ScenarioStatus.CLOSED
    with pytest.raises(Invalid):
        operations.revoke_acceptance(session, project, reason="", **approver)
    operations.revoke_acceptance(session, project, reason="Forged report.", **approver)
    assert (project.status, project.accepted_on, project.local_new_accepted) == (ProjectStatus.ACTIVE, None, None)
    assert scenario.status is ScenarioStatus.CLOSED


def test_an_acceptance_is_revoked_only_while_its_programme_runs(world, session):
    project = reach(world, ProjectStatus.ACCEPTED)
    with pytest.raises(Conflict):
        operations.revoke_acceptance(session, project, reason="Forged.", actor=world.approver(), now=world.later)
    programme = world.programme()
    project.programme_id = programme.id
    session.flush()
    late = world.later + timedelta(days=1000)
    with pytest.raises(Conflict):
        operations.revoke_acceptance(session, project, reason="Forged.", actor=world.approver(), now=late)


def test_what_the_review_did_not_verify_is_not_confirmed_at_acceptance(world, session):
    project = reach(world, ProjectStatus.ACCEPTANCE_REQUESTED, local_new=False)
    with pytest.raises(Invalid):
        operations.accept(session, project, local_new=True, actor=world.approver(), now=world.later)


def test_a_termination_frees_no_place_and_allows_a_new_round(world, session):
    project = reach(world, ProjectStatus.TERMINATED, award_places=1)
    assert facts.has_terminated_project(session, project.scenario_id)
    assert project.scenario.status is ScenarioStatus.CLOSED
    with pytest.raises(WrongState):
        operations.terminate(session, project, reason="Again.", actor=world.anchor(), now=world.later)


def test_the_contract_is_kept_by_both_firms_and_the_second_editor_is_told(world, session):
    project = world.project()
    version = project.version
    operations.save_contract(session, project, number="HT-1", note="", version=version, actor=world.chip(), now=world.later)
    session.flush()
    with pytest.raises(Stale):
        operations.save_contract(session, project, number="HT-2", note="", version=version, actor=world.anchor(), now=world.later)
    with pytest.raises(Invalid):
        operations.save_contract(
            session, project, number="x" * 300, note="x" * 3000, version=None, actor=world.chip(), now=world.later
        )
    operations.terminate(session, project, reason="Stopped.", actor=world.approver(), now=world.later)
    with pytest.raises(WrongState):
        operations.save_contract(session, project, number="", note="", version=None, actor=world.chip(), now=world.later)


ACTIONS = {
    "request_acceptance": lambda s, p, **who: operations.request_acceptance(s, p, **who),
    "accept": lambda s, p, **who: operations.accept(s, p, local_new=True, **who),
    "return": lambda s, p, **who: operations.return_acceptance(s, p, reason="Why", **who),
    "revoke": lambda s, p, **who: operations.revoke_acceptance(s, p, reason="Why", **who),
    "terminate": lambda s, p, **who: operations.terminate(s, p, reason="Why", **who),
}
ALLOWED = {
    "request_acceptance": {"chip"}, "accept": {"approver"}, "return": {"approver"}, "revoke": {"approver"},
    "terminate": {"anchor", "approver"},
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("status", list(ProjectStatus))
@pytest.mark.any_database
def test_every_action_by_everybody_in_every_state(world, session, status, action):
    world.programme()
    project = reach(world, status)
    for name, role in (("auditor", "auditor"), ("admin", "admin"), ("operator", "operator")):
        world.user(name, role)
    world.user("insider", "approver")
    world.join("insider", "chip")
    people = ("anchor", "chip", "insider", "reviewer", "approver", "auditor", "admin", "operator", "stranger")
    for name in people:
        allowed = name in ALLOWED[action] or (name == "insider" and action == "request_acceptance")
        expected = Forbidden if not allowed else None if PROJECT.allows(status, action) else WrongState
        offered = action in policy.actions(world.actor(name), project)
        assert offered is (expected is None), name
        with session.begin_nested() as attempt:
            if expected is None:
                ACTIONS[action](session, project, actor=world.actor(name), now=world.later)
            else:
                with pytest.raises(expected):
                    ACTIONS[action](session, project, actor=world.actor(name), now=world.later)
            attempt.rollback()
        session.refresh(project)


def test_a_project_shows_strangers_its_public_minimum_only(world, session, client, sign_in):
    project = world.project()
    plan(world, project, "Secret sample")
    operations.save_contract(session, project, number="HT-77", note="", version=None, actor=world.chip(), now=world.later)
    page = client.get(f"/projects/{project.id}").text
    assert project.title in page
    for hidden in ("Secret sample", "HT-77"):
        assert hidden not in page
    for name in ("anchor", "chip", "reviewer", "approver"):
        assert "Secret sample" in sign_in(world.users[name]).get(f"/projects/{project.id}").text
    assert client.get(f"/projects/{uuid.uuid4()}").status_code == 404


def test_a_project_is_played_in_the_browser(world, session, sign_in, worker, now):
    project = world.project()
    address = f"/projects/{project.id}"
    anchor, chip, approver = (sign_in(world.users[name]) for name in ("anchor", "chip", "approver"))
    form = {"record_id": str(uuid.uuid4()), "name": "Sample", "due_on": "2026-09-01"}
    assert chip.post(f"{address}/milestones", data={"name": ""}).status_code == 422
    for _ in range(2):
        assert chip.post(f"{address}/milestones", data=form).status_code == 302
    milestone = session.scalars(select(Milestone)).one()
    edit = f"/milestones/{milestone.id}/edit"
    assert "Sample" in chip.get(edit).text
    changed = {"name": "Lot 1", "due_on": "2026-10-01", "version": milestone.version}
    assert chip.post(edit, data=changed).status_code == 302
    stale = anchor.post(edit, data={**changed, "name": "Lot 2"})
    assert stale.status_code == 412
    assert "Lot 1" in stale.text
    assert "Lot 2" in stale.text
    assert sign_in(world.user("stranger")).get(edit).status_code == 404
    assert chip.post(f"/milestones/{milestone.id}/submit").status_code == 422
    evidence = {"evidence": "See the report.", "file": (io.BytesIO(b"Measured: 1.8 W\n"), "report.txt")}
    assert chip.post(f"/milestones/{milestone.id}/submit", data=evidence).status_code == 302
    assert "report.txt" in anchor.get(address).text
    assert anchor.post(f"/milestones/{milestone.id}/return").status_code == 422
    assert anchor.post(f"/milestones/{milestone.id}/return", data={"reason": "Which lot?"}).status_code == 302
    assert chip.post(f"/milestones/{milestone.id}/submit", data={"evidence": "Lot 1."}).status_code == 302
    assert anchor.post(f"/milestones/{milestone.id}/accept").status_code == 302
    session.refresh(project)
    contract = {"contract_number": "HT-1", "contract_note": "", "version": project.version}
    assert anchor.post(f"{address}/contract", data=contract).status_code == 302
    assert chip.post(f"{address}/contract", data={**contract, "contract_number": "HT-2"}).status_code == 412
    assert chip.post(f"{address}/request-acceptance").status_code == 302
    assert approver.post(f"{address}/return", data={"reason": "No stamp."}).status_code == 302
    assert chip.post(f"{address}/request-acceptance").status_code == 302
    assert "Accept the project" in approver.get(address).text
    assert approver.post(f"{address}/accept").status_code == 422
    assert approver.post(f"{address}/accept", data={"local_new": "yes", "next": "//evil.example"}).location == address
    assert approver.post(f"{address}/revoke", data={"reason": "Late."}).status_code == 409
    other = world.project(firm="other")
    assert anchor.post(f"/projects/{other.id}/terminate", data={"reason": "Stopped."}).status_code == 302
    worker(now + timedelta(days=400))
    kinds = set(session.scalars(select(Notification.kind)))
    assert kinds >= {
        "project.established", "milestone.submitted", "milestone.returned", "milestone.accepted",
        "project.acceptance_requested", "project.returned", "project.accepted", "project.terminated",
    }  # fmt: skip
    listed = anchor.get("/projects?mine=1&status=terminated").text
    assert other.number in listed
    assert project.number not in listed
    assert project.number in anchor.get(f"/projects?q={project.number}").text
    assert "No project here" in anchor.get("/projects?q=nothing").text


def test_queues_and_lists_for_other_pages(world, session):
    project = reach(world, ProjectStatus.ACCEPTANCE_REQUESTED)
    assert [row.id for row in queries.to_accept(session)] == [project.id]
    assert world.match(MatchStatus.APPROVED, firm="other").place == 1
