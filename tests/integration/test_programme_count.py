"""The count: what each figure holds, that each list adds up to it, and that nothing counts twice, whatever happens."""

import contextlib
import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from app.clock import end_of_day, quarter
from app.errors import Conflict, Forbidden, Invalid, KaijingError, Stale, WrongState
from app.extensions import db
from app.matching import operations as matching
from app.matching.models import Match, MatchStatus, Objection
from app.programme import operations, queries
from app.programme.operations import Terms
from app.programme.queries import Figure, Stage
from app.projects import operations as projects
from app.projects import queries as project_queries
from app.projects.models import CountsFrom, Project, ProjectStatus
from app.scenarios.models import Confidentiality
from tests.factories.matching import DAY, MatchWorld
from tests.support.count import check_count

OPENING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
STATES = st.sampled_from(list(ProjectStatus))


@pytest.fixture
def world(session) -> MatchWorld:
    return MatchWorld(session, OPENING)


facts_of_a_project = st.tuples(
    STATES,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["compute", "ai", "iov"]),
    st.sampled_from(["dushu", "him"]),
    st.integers(0, 720),
    st.integers(0, 500),
    st.sampled_from(["now", "before", None]),
)


@given(data=st.lists(facts_of_a_project, max_size=12), counts_from=st.sampled_from(list(CountsFrom)))
@settings(max_examples=15)
def test_every_figure_equals_the_brute_force_count_on_random_projects(fresh_database, data, counts_from):
    session = fresh_database()
    world = MatchWorld(session, OPENING)
    approved = world.match(MatchStatus.APPROVED)
    model = project_queries.of_match(session, approved.id)
    programmes = {
        "now": world.programme("now", counts_from=counts_from, starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31)),
        "before": world.programme("before", starts_on=date(2023, 1, 1), ends_on=date(2025, 12, 31)),
    }
    for number, (status, local_new, confirmed, domain, area, day, wait, code) in enumerate(data):
        match = Match(**{column.key: getattr(approved, column.key) for column in Match.__table__.columns if column.key not in {
            "id", "version", "number", "status", "place", "reason",
        }}, number=f"T-{number}", status="rejected", reason="stands for an approved one")  # fmt: skip
        session.add(match)
        session.flush()
        accepted = status is ProjectStatus.ACCEPTED
        approved_on = date(2026, 1, 1) + timedelta(days=day)
        session.add(
            Project(
                number=f"X-{number}", match_id=match.id, scenario_id=match.scenario_id, domain_code=domain, area_code=area,
                programme_id=programmes[code].id if code else None, anchor_id=model.anchor_id, firm_id=model.firm_id, title="x",
                status=status, local_new=local_new, approved_on=approved_on, established_at=OPENING,
                local_new_accepted=(confirmed and local_new) if accepted else None,
                accepted_on=approved_on + timedelta(days=wait) if accepted else None, termination_reason="x",
            )
        )  # fmt: skip
    for programme in programmes.values():
        check_count(session, programme)
    session.rollback()


class Places(RuleBasedStateMachine):
    """Any sequence of what people may do to a scenario of two places: no place twice, and the brute-force count throughout."""

    start = None

    def __init__(self) -> None:
        super().__init__()
        self.session = type(self).start()
        self.world = MatchWorld(self.session, OPENING)
        self.programme = self.world.programme()
        self.solutions = self.world.shortlisted("one", "two", "three", award_places=2)
        self.now = self.world.later
        self.approver = self.world.approver()
        self.matches: list[Match] = []

    def attempt(self, action) -> None:
        """Do something that the rules may refuse; a refusal changes nothing."""
        self.session.flush()
        try:
            with self.session.begin_nested():
                action()
        except (Conflict, WrongState, Forbidden):
            pass

    def projects(self) -> list[Project]:
        return list(self.session.scalars(select(Project).order_by(Project.number)))

    @rule(which=st.integers(0, 2))
    def select(self, which) -> None:
        self.attempt(lambda: self.matches.append(self.world.select(self.solutions[which], self.now)))

    @precondition(lambda self: self.matches)
    @rule(data=st.data(), step=st.sampled_from(["confirm", "decline", "review", "reject", "approve", "approve", "object"]))
    def carry_on(self, data, step) -> None:
        match = data.draw(st.sampled_from(self.matches))
        name = next(name for name, firm in self.world.firms.items() if firm.id == match.firm_id)
        chip, reviewer, now, session = self.world.chip(name), self.world.reviewer(), self.now, self.session
        steps = {
            "confirm": lambda: matching.confirm(session, match, actor=chip, now=now),
            "decline": lambda: matching.decline(session, match, reason="No", actor=chip, now=now),
            "review": lambda: matching.review(session, match, local_new=True, actor=reviewer, now=now),
            "reject": lambda: matching.reject(session, match, reason="No", actor=self.approver, now=now),
            "approve": lambda: matching.approve(session, match, actor=self.approver, now=now),
            "object": lambda: self.world.object(match, now=now),
        }
        self.attempt(steps[step])

    def open_objection(self) -> Objection | None:
        return self.session.scalars(select(Objection).where(Objection.decided_at.is_(None)).limit(1)).first()

    @precondition(lambda self: self.open_objection())
    @rule(upheld=st.booleans())
    def decide(self, upheld) -> None:
        objection = self.open_objection()
        self.attempt(
            lambda: matching.decide_objection(
                self.session, objection, upheld=upheld, reason="So", actor=self.approver, now=self.now
            )
        )

    @precondition(lambda self: self.projects())
    @rule(data=st.data(), step=st.sampled_from(["request", "accept", "return", "revoke", "terminate"]))
    def run_project(self, data, step) -> None:
        project = data.draw(st.sampled_from(self.projects()))
        name = next(name for name, firm in self.world.firms.items() if firm.id == project.firm_id)
        who = {"actor": self.world.chip(name) if step == "request" else self.approver, "now": self.now}
        steps = {
            "request": lambda: projects.request_acceptance(self.session, project, **who),
            "accept": lambda: projects.accept(self.session, project, local_new=project.local_new, **who),
            "return": lambda: projects.return_acceptance(self.session, project, reason="No", **who),
            "revoke": lambda: projects.revoke_acceptance(self.session, project, reason="No", **who),
            "terminate": lambda: projects.terminate(self.session, project, reason="No", **who),
        }
        self.attempt(steps[step])

    @rule()
    def end_selection(self) -> None:
        self.attempt(
            lambda: matching.end_selection(self.session, self.solutions[0].scenario, actor=self.world.anchor(), now=self.now)
        )

    @rule(days=st.integers(1, 12))
    def wait(self, days) -> None:
        self.now += days * DAY
        matching.lapse_due(self.session, self.now)

    @invariant()
    def nothing_counts_twice(self) -> None:
        rows = self.session.scalars(select(Match)).all()
        approved = [row for row in rows if row.status is MatchStatus.APPROVED]
        assert sorted(row.place for row in approved) == list(range(1, len(approved) + 1))
        assert len(approved) <= 2
        made = self.projects()
        assert {row.match_id for row in made} == {row.id for row in approved}
        assert len(made) == len(approved)
        check_count(self.session, self.programme, in_parts=False)

    def teardown(self) -> None:
        self.session.rollback()


def test_no_sequence_of_actions_counts_anything_twice(fresh_database):
    Places.start = staticmethod(fresh_database)
    run_state_machine_as_test(Places, settings=settings(max_examples=settings().max_examples // 3 or 1))


def race(app, *actions) -> list[object]:
    """Run these at the same moment, each in a session and a transaction of its own; returns what each came to."""
    barrier, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(at: int) -> None:
        with app.app_context():
            try:
                barrier.wait(10)
                results[at] = actions[at](db.session())
                db.session.commit()
            except KaijingError as error:
                db.session.rollback()
                results[at] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_approvers_at_once_make_one_project(world, session, app):
    match = world.match(MatchStatus.NOTICED)
    approvers, moment, match_id = [world.approver("a"), world.approver("b")], match.notice_ends_at, match.id
    session.commit()
    results = race(
        app,
        *(lambda own, who=who: matching.approve(own, own.get_one(Match, match_id), actor=who, now=moment).id for who in approvers),
    )
    assert sorted(type(result) for result in results if not isinstance(result, uuid.UUID)) == [WrongState]
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_two_matches_for_the_last_place_at_once_take_it_once(world, session, app):
    scenario = world.unfilled(award_places=1)
    matches = [world.review(world.confirm(world.direct(scenario, firm))) for firm in ("one", "two")]
    approvers, moment = [world.approver("a"), world.approver("b")], matches[0].notice_ends_at
    ids = [match.id for match in matches]
    session.commit()
    race(
        app,
        *(
            lambda own, who=who, row=row: matching.approve(own, own.get_one(Match, row), actor=who, now=moment).id
            for who, row in zip(approvers, ids, strict=True)
        ),
    )
    session.expire_all()
    assert sorted(session.scalars(select(Match.status))) == [MatchStatus.APPROVED, MatchStatus.REJECTED]
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_the_database_itself_refuses_a_second_project_and_a_place_taken_twice(world, session):
    project = world.project(award_places=2)
    first = session.get_one(Match, project.match_id)
    columns = {column.key: getattr(first, column.key) for column in Match.__table__.columns}
    other = world.firm("other")
    twin = {**columns, "id": uuid.uuid4(), "number": "T-9", "firm_id": other.id, "solution_id": None}
    twin["product_id"] = world.product("other").id
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Match).values(twin))
    again = {column.key: getattr(project, column.key) for column in Project.__table__.columns}
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Project).values({**again, "id": uuid.uuid4(), "number": "P-9"}))


def test_an_acceptance_after_the_period_does_not_count(world, session):
    programme = world.programme(ends_on=date(2026, 6, 30))
    project = world.project()
    projects.request_acceptance(session, project, actor=world.chip(), now=world.later)
    late = end_of_day(date(2026, 6, 30))
    with session.begin_nested() as attempt:
        projects.accept(session, project, local_new=True, actor=world.approver(), now=late - timedelta(seconds=1))
        assert queries.figures_of(session, programme).totals[Figure.COUNTED] == 1
        attempt.rollback()
    session.expire_all()
    projects.accept(session, project, local_new=True, actor=world.approver(), now=late)
    totals = queries.figures_of(session, programme).totals
    assert (totals[Figure.COUNTED], totals[Figure.ACCEPTED], totals[Figure.ESTABLISHED]) == (0, 1, 1)


TERMS = Terms("next", "下一期", "Next", 100, date(2028, 1, 1), date(2030, 12, 31), CountsFrom.ACCEPTED)


def with_(**changes) -> Terms:
    return Terms(**{**TERMS.__dict__, **changes})


def test_real_programmes_do_not_overlap_and_only_the_operator_sets_them(world, session):
    world.programme()
    world.programme("demo", demo=True, starts_on=date(2028, 1, 1), ends_on=date(2029, 1, 1))
    operator, identity = world.actor("operator", "operator"), uuid.uuid4()
    with pytest.raises(Forbidden):
        operations.create_programme(session, uuid.uuid4(), TERMS, actor=world.approver(), now=world.now)
    for _ in range(2):
        made = operations.create_programme(session, identity, TERMS, actor=operator, now=world.now)
    for changes, field in (
        ({"code": "third", "ends_on": date(2028, 1, 1), "starts_on": date(2027, 12, 1)}, "starts_on"),
        ({"starts_on": date(2040, 1, 1), "ends_on": date(2041, 1, 1)}, "code"),
        ({"code": "x" * 50, "starts_on": date(2041, 1, 1), "ends_on": date(2040, 1, 1), "target": 0, "name_zh": ""}, "target"),
    ):
        with pytest.raises(Invalid) as problem:
            operations.create_programme(session, uuid.uuid4(), with_(**changes), actor=operator, now=world.now)
        assert field in problem.value.fields
    with pytest.raises(Invalid):
        operations.edit_programme(session, made, with_(starts_on=OPENING.date()), version=None, actor=operator, now=world.now)
    operations.edit_programme(session, made, with_(target=120), version=made.version, actor=operator, now=world.now)
    with pytest.raises(Stale):
        operations.edit_programme(session, made, TERMS, version=1, actor=operator, now=world.now)


def test_a_period_never_leaves_out_a_day_of_its_projects(world, session):
    programme = world.programme(starts_on=date(2026, 1, 1))
    project = world.project()
    operator = world.actor("operator", "operator")
    terms = with_(code="now", starts_on=programme.starts_on, ends_on=programme.ends_on)
    for changes in (
        {"starts_on": project.approved_on + DAY},
        {"ends_on": project.approved_on - DAY},
    ):
        with pytest.raises(Invalid) as problem:
            operations.edit_programme(session, programme, replace(terms, **changes), version=None, actor=operator, now=world.now)
        assert set(problem.value.fields) == set(changes)
    past = replace(terms, ends_on=date(2026, 12, 1))
    with pytest.raises(Invalid) as problem:
        operations.edit_programme(session, programme, past, version=None, actor=operator, now=datetime(2026, 12, 5, tzinfo=UTC))
    assert set(problem.value.fields) == {"ends_on"}


def test_the_last_day_of_a_programme_that_has_ended_is_not_moved(world, session):
    programme = world.programme(starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 30))
    project = world.project()
    projects.request_acceptance(session, project, actor=world.chip(), now=world.later)
    late = end_of_day(programme.ends_on)
    projects.accept(session, project, local_new=True, actor=world.approver(), now=late)
    operator = world.actor("operator", "operator")
    terms = with_(code="now", starts_on=programme.starts_on, ends_on=programme.ends_on)
    for ends_on in (programme.ends_on + 90 * DAY, programme.ends_on - DAY):
        with pytest.raises(Invalid) as problem:
            operations.edit_programme(session, programme, replace(terms, ends_on=ends_on), version=None, actor=operator, now=late)
        assert set(problem.value.fields) == {"ends_on"}
        assert len(problem.value.fields["ends_on"]) == 1
    operations.edit_programme(session, programme, replace(terms, target=120), version=None, actor=operator, now=late)
    assert queries.figures_of(session, programme).totals[Figure.COUNTED] == 0


@given(accepted=st.integers(0, 60), today=st.integers(0, 80), starts_on=st.integers(-30, 80), ends_on=st.integers(0, 120))
@settings(max_examples=15)
def test_no_change_of_a_period_changes_what_was_counted(fresh_database, accepted, today, starts_on, ends_on):
    world = MatchWorld(fresh_database(), OPENING)
    session, operator = world.session, world.actor("operator", "operator")
    programme, project = world.programme(ends_on=date(2026, 5, 1)), world.project()
    first = project.approved_on
    project.status, project.local_new_accepted, project.accepted_on = "accepted", True, first + min(accepted, today) * DAY
    session.flush()
    before = queries.figures_of(session, programme).totals
    terms = with_(code="now", starts_on=first + starts_on * DAY, ends_on=first + ends_on * DAY)
    moment = world.later + (first - world.later.date() + today * DAY)
    with contextlib.suppress(Invalid), session.begin_nested():
        operations.edit_programme(session, programme, terms, version=None, actor=operator, now=moment)
    assert queries.figures_of(session, programme).totals == before
    session.rollback()


def test_two_programmes_created_at_once_do_not_overlap(world, session, app):
    operator, results = world.actor("operator", "operator"), []
    session.commit()
    operations.create_programme(session, uuid.uuid4(), TERMS, actor=operator, now=world.now)

    def create() -> None:
        with app.app_context():
            try:
                results.append(
                    operations.create_programme(db.session(), uuid.uuid4(), with_(code="twin"), actor=operator, now=world.now)
                )
            except Invalid as problem:
                results.append(set(problem.fields))

    second = threading.Thread(target=create)
    second.start()
    second.join(0.5)
    assert second.is_alive()
    session.commit()
    second.join(30)
    assert results == [{"starts_on"}]


def test_a_programme_is_closed_after_its_last_day_and_then_never_changed(world, session):
    programme = world.programme()
    operator = world.actor("operator", "operator")
    with pytest.raises(Conflict):
        operations.close_programme(session, programme, actor=operator, now=world.now)
    after = end_of_day(programme.ends_on)
    operations.close_programme(session, programme, actor=operator, now=after)
    assert not programme.runs_on(programme.ends_on)
    with pytest.raises(WrongState):
        operations.close_programme(session, programme, actor=operator, now=after)
    with pytest.raises(WrongState):
        operations.edit_programme(session, programme, with_(code="now"), version=None, actor=operator, now=after)


def test_the_default_is_the_running_real_programme_then_the_demo_then_the_last_one(world, session):
    plan = queries.programmes(session)[0]
    today = OPENING.date()
    assert queries.default_programme([], today) is None
    assert queries.default_programme([plan], today) is plan
    demo = world.programme("demo", demo=True)
    assert queries.default_programme(queries.programmes(session), today) is demo
    real = world.programme()
    assert queries.default_programme(queries.programmes(session), today) is real


def test_the_progress_page_opens_the_list_behind_each_figure(world, session, client, statements):
    world.programme()
    project = world.project()
    world.project(firm="plain", local_new=False)
    page = client.get("/progress").text
    assert "/ 100" in page
    # under way as the programme counts it, waiting for acceptance included: another name than that of the state
    assert "Not accepted yet" in page
    assert "In progress" not in page
    for figure, count in (("established", 2), ("not_counted", 1), ("counted", 0), ("in_progress", 2), ("accepted", 0)):
        listed = client.get(f"/projects?programme=now&figure={figure}").text
        assert listed.count('class="hit"') == count
    part = f"/projects?programme=now&figure=established&domain=iov&area=dushu&quarter={quarter(project.approved_on)}"
    listed = client.get(f"{part}&anchor={project.anchor_id}").text
    assert listed.count('class="hit"') == 2
    project = project_queries.get(session, project.id)
    parts = ["now", project.domain.name_en, project.area.name_en, project.anchor.name_en, quarter(project.approved_on)]
    assert f'<p class="muted">{" · ".join(parts)}</p>' in listed
    assert client.get(f"{part}&anchor={uuid.uuid4()}").text.count('class="hit"') == 0
    for wrong in ("programme=none", "programme=now&figure=x", "programme=now&quarter=2026Q5", "programme=now&anchor=x"):
        assert client.get(f"/projects?{wrong}").status_code == 404
    with statements() as seen:
        client.get("/progress")
    assert len(seen) <= 10


def test_the_closed_plan_shows_its_target_and_no_figures(client, session, world):
    plan = queries.programmes(session)[0]
    page = client.get(f"/progress?programme={plan.code}").text
    assert f"/ {plan.target}" in page
    assert "figure=" not in page
    assert client.get(f"/progress/scenarios?programme={plan.code}").status_code == 404
    assert queries.figures_of(session, plan).count(Figure.COUNTED, domain="ai") is None
    assert ",,,," in client.get(f"/progress/domain.csv?programme={plan.code}").text


def test_each_table_is_offered_for_a_spreadsheet_without_formulas(client, session, world):
    world.programme()
    world.project()
    world.firms["anchor"].name_zh = world.firms["anchor"].name_en = "=cmd()"
    for part in ("domain", "area", "quarter", "anchor"):
        reply = client.get(f"/progress/{part}.csv")
        assert reply.status_code == 200
        assert reply.text.startswith("\ufeff")
    assert "'=cmd()" in reply.text
    assert client.get("/progress/other.csv").status_code == 404
    assert client.get("/progress/domain.csv?programme=none").status_code == 404


def test_the_funnel_adds_up_to_its_lists_and_hides_what_is_not_public(client, session, world):
    programme = world.programme()
    project = world.project()
    invited = world.scenario(confidentiality=Confidentiality.INVITED)
    sealed = world.scenario(sealed=True)
    world.submitted(sealed, "secret")
    counts = dict(queries.funnel(session, programme))
    assert counts == {Stage.OPENED: 2, Stage.ANSWERED: 1, Stage.SELECTED: 1, Stage.ESTABLISHED: 1, Stage.ACCEPTED: 0}
    for stage, count in counts.items():
        text = client.get(f"/progress/scenarios?programme=now&stage={stage}").text
        assert text.count('class="hit"') == count
        assert invited.number not in text
    session.refresh(project)
    session.execute(select(Project))
    assert client.get("/progress/scenarios?stage=nonsense").status_code == 404


def test_the_operator_sets_up_edits_and_closes_programmes_in_the_browser(world, session, sign_in, client):
    browser = sign_in(world.user("operator", "operator"))
    form = {
        "record_id": str(uuid.uuid4()), "code": "next", "name_zh": "下一期", "name_en": "Next", "target": "100",
        "starts_on": "2019-01-01", "ends_on": "2020-12-31", "counts_from": "accepted",
    }  # fmt: skip
    assert browser.get("/programmes/new").status_code == 200
    assert browser.post("/programmes/new", data={**form, "target": "0"}).status_code == 422
    assert browser.post("/programmes/new", data=form).status_code == 302
    programme = queries.by_code(session, "next")
    address = f"/programmes/{programme.id}"
    assert "Next" in browser.get("/programmes").text
    assert browser.get(f"{address}/edit").status_code == 200
    assert browser.post(f"{address}/edit", data={**form, "target": "90", "version": 1}).status_code == 302
    assert browser.post(f"{address}/edit", data={**form, "target": "80", "version": 1}).status_code == 412
    assert browser.post(f"{address}/close").status_code == 302
    assert sign_in(world.user("stranger")).get("/programmes").status_code == 403
    assert client.get(f"/programmes/{programme.id}/edit").status_code in {302, 401}
    assert browser.get(f"/programmes/{uuid.uuid4()}/edit").status_code == 404
    assert browser.get("/progress").status_code == 200
