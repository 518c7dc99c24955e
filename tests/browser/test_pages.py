"""Every page of every role, with the demo data: it answers, fits a phone in both languages, can be used by everybody.

The console of each page is silent: what it complains of fails the test. Beside that, pictures of the main pages, for people to look
at.
"""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app import clock
from app.accounts.models import User
from app.audit.models import AuditDetail
from app.audit.views.values import field_name
from app.matching.models import Match
from app.products.models import Product
from app.projects.models import Milestone, MilestoneStatus, Project, ProjectStatus
from app.scenarios.models import Confidentiality, Question, Scenario, ScenarioStatus
from app.solutions.models import Solution, SolutionStatus
from tests.support.browser import Desktop, check_accessible, check_no_sideways_scrolling, shoot
from tests.support.demo import Demo
from tests.support.walk import Walk, walk

pytestmark = pytest.mark.databases("sqlite")

PHONE, DESK = 360, 1280
LANGUAGES = {"en": "en", "zh": "zh_CN"}
# what no page leads to, and why
UNREACHED = {
    "static": "files of the pages themselves",
    "bootstrap.static": "files of the pages themselves",
    "accounts.confirm": "reached from a letter",
    "accounts.change_email": "reached from a letter",
    "accounts.reset": "reached from a letter",
    "organizations.accept_invitation": "reached from a letter",
    "accounts.second_step": "in the middle of a sign-in",
    "accounts.consent": "stands in the way of those who have not consented",
    "accounts.check_mail": "after a form was sent",
    "accounts.disable_second_factor": "for those who have set one up",
    "taxonomy.edit_day": "for days that the operator has declared",
    "administration.healthz": "for machines",
    "administration.readyz": "for machines",
    "administration.metrics": "for machines",
    "discovery.suggestions": "beneath the search box, while one types",
    "discovery.open_saved_search": "reached from a letter",
    "discovery.stop_alerts": "reached from a letter",
}
SEEN_BY_ALL = (
    "/",
    "/scenarios",
    "/products",
    "/organizations",
    "/matches",
    "/projects",
    "/progress",
    "/help",
    "/privacy",
    "/api/docs",
)

Start = tuple[User | None, list[str]]


def visitor(demo: Demo) -> Start:
    return None, [*SEEN_BY_ALL, "/sign-in", "/sign-up", "/reset", "/check-mail", "/scenarios?q=雷达&domain=iov"]


def anchor(demo: Demo) -> Start:
    user = demo.user("anchor")
    mine = Scenario.organization_id == demo.firm_of(user)
    asked = demo.first(Question, Question.answered_at.is_(None), Question.scenario_id.in_(_ids(Scenario.status == "open", mine)))
    judged = demo.first(Scenario, mine, Scenario.status == ScenarioStatus.EVALUATING)
    return user, ["/desk", "/scenarios/new", f"/scenarios/{asked.scenario_id}", f"/scenarios/{judged.id}/solutions/compare"]


def _ids(*conditions):
    return Scenario.__table__.select().where(*conditions).with_only_columns(Scenario.id)


def writer(demo: Demo) -> Start:
    draft = demo.first(Scenario, Scenario.status == ScenarioStatus.DRAFT, Scenario.confidentiality == Confidentiality.PUBLIC)
    return demo.member_of(draft.organization_id), [f"/scenarios/{draft.id}/edit/basics"]


def chip(demo: Demo) -> Start:
    user = demo.user("chip")
    product = demo.first(Product, Product.organization_id == demo.firm_of(user))
    answered = _ids(Scenario.id.in_(Solution.__table__.select().with_only_columns(Solution.scenario_id).where(
        Solution.organization_id == demo.firm_of(user)
    )))  # fmt: skip
    fresh = demo.first(
        Scenario, Scenario.status == ScenarioStatus.OPEN, Scenario.confidentiality == Confidentiality.PUBLIC,
        Scenario.id.not_in(answered), Scenario.questions_close_at > clock.utcnow(),
    )  # fmt: skip
    return user, ["/desk", f"/products/{product.id}", f"/scenarios/{fresh.id}"]


def answering_chip(demo: Demo) -> Start:
    draft = demo.first(Solution, Solution.status == SolutionStatus.DRAFT, Solution.scenario_id.in_(_ids(Scenario.status == "open")))
    return demo.member_of(draft.organization_id), [f"/solutions/{draft.id}/edit/products"]


def delivering_chip(demo: Demo) -> Start:
    active = Project.__table__.select().where(Project.status == ProjectStatus.ACTIVE).with_only_columns(Project.id)
    milestone = demo.first(Milestone, Milestone.status == MilestoneStatus.PLANNED, Milestone.project_id.in_(active))
    project = demo.first(Project, Project.id == milestone.project_id)
    return demo.member_of(project.firm_id), [f"/projects/{project.id}"]


def reviewer(demo: Demo) -> Start:
    return demo.user("reviewer"), ["/desk", "/review"]


def from_desk(name: str, *starts: str) -> Callable[[Demo], Start]:
    """Somebody whose pages hang together by links from the desk."""

    def start(demo: Demo) -> Start:
        return demo.user(name), ["/desk", *starts]

    start.__name__ = name
    return start


expert = from_desk("expert", "/solutions/evaluations")
ROLES = (
    visitor, expert, anchor, writer, chip, answering_chip, delivering_chip, reviewer, from_desk("approver", "/review"),
    from_desk("operator"), from_desk("auditor"), from_desk("admin"), from_desk("newcomer"),
)  # fmt: skip


def samples(demo: Demo) -> list[str]:
    """One scenario, solution, match and project in each state."""
    return [
        *demo.each("/scenarios/{}", Scenario.status),
        *demo.each("/scenarios/{}", Scenario.confidentiality, Scenario.status == ScenarioStatus.OPEN),
        *demo.each("/solutions/{}", Solution.status),
        *demo.each("/matches/{}", Match.status),
        *demo.each("/projects/{}", Project.status),
    ]


@pytest.fixture(scope="session")
def walked() -> dict[str, Walk]:
    """What each role has come across, walked once: the demo's records are the same in each test."""
    return {}


@pytest.fixture
def tour(app, demo, sign_in, walked) -> Callable[[Callable[[Demo], Start]], tuple[User | None, list[str], Walk]]:
    """`tour(role)`: the person, where that person starts, and all that it leads to."""

    def take(role: Callable[[Demo], Start]) -> tuple[User | None, list[str], Walk]:
        user, starts = role(demo)
        client = app.test_client() if user is None else sign_in(user)
        if role in (visitor, chip, reviewer):
            starts += [sample for sample in samples(demo) if client.get(sample).status_code == 200]
        if role.__name__ not in walked:
            walked[role.__name__] = walk(app, client, starts)
        return user, starts, walked[role.__name__]

    return take


@pytest.mark.long
def test_every_page_is_reached_by_links_and_no_link_leads_nowhere(app, tour):
    walks = [tour(role)[2] for role in ROLES]
    broken = [link for found in walks for link in found.broken]
    assert not broken, "\n".join(broken)
    reached = set().union(*(found.endpoints for found in walks))
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "/api/v1" not in rule.rule}
    missed = sorted(rules - reached - UNREACHED.keys())
    assert not missed, "\n".join(missed)


def test_the_auditor_reads_every_field_of_the_log_by_a_name(demo: Demo):
    fields = set()
    for text in demo.session.scalars(select(AuditDetail.personal)):
        values = json.loads(text)
        fields |= {*values["before"], *values["after"]}
    assert {field for field in fields if field_name(field) == field} == set()


def faults_of(page: Page, path: str) -> Iterator[str]:
    """What is wrong with a page: on a phone in both languages, and at a desk."""
    page.set_viewport_size({"width": PHONE, "height": 800})
    for code in LANGUAGES.values():
        response = page.goto(f"/language/{code}?next={quote(path)}")
        if response is None or response.status != 200:
            yield f"{path} answered {response.status if response else 'nothing'}"
            return
        yield from _complaints(page, check_no_sideways_scrolling)
    yield from _complaints(page, check_accessible)
    page.set_viewport_size({"width": DESK, "height": 800})
    yield from _complaints(page, check_no_sideways_scrolling)


def _complaints(page: Page, check: Callable[[Page], None]) -> Iterator[str]:
    try:
        check(page)
    except AssertionError as fault:
        yield str(fault)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.__name__)
@pytest.mark.long
def test_everybody_can_use_every_page_on_any_screen(tour, desktop: Desktop, role):
    user, starts, found = tour(role)
    shared = {kind for common in (visitor, expert) if common is not role for kind in tour(common)[2].pages.values()}
    page = desktop.open(user)
    paths = [path for path, kind in found.pages.items() if path in starts or kind not in shared]
    faults = [fault for path in paths for fault in faults_of(page, path)]
    assert not faults, "\n".join(faults)


def album(demo: Demo) -> Iterator[tuple[User | None, dict[str, str]]]:
    """Whose pages are pictured, by their names."""
    public = demo.first(Scenario, Scenario.status == ScenarioStatus.OPEN, Scenario.confidentiality == Confidentiality.PUBLIC)
    yield None, {"home": "/", "list": "/scenarios", "scenario": f"/scenarios/{public.id}", "progress": "/progress"}
    user, (basics,) = writer(demo)
    steps = ("basics", "need", "requirements", "terms", "check")
    yield user, {f"wizard_{step}": basics.replace("basics", step) for step in steps}
    user, (products,) = answering_chip(demo)
    yield user, {"answer": products.replace("products", "compliance")}
    user, starts = anchor(demo)
    yield user, {"compare": starts[-1], "desk": "/desk"}
    yield demo.user("reviewer"), {"review_desk": "/review"}


def test_pictures_of_the_main_pages_in_both_languages(demo: Demo, desktop: Desktop):
    for user, pictures in list(album(demo)):
        page = desktop.open(user)
        for language, code in LANGUAGES.items():
            for name, path in pictures.items():
                page.goto(f"/language/{code}?next={quote(path)}")
                assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN"}.get(language, language)
                for width in (DESK, 390):
                    page.set_viewport_size({"width": width, "height": 900})
                    shoot(page, f"{name}_{language}_{width}")


@pytest.mark.parametrize("path", ["/", "/scenarios", "/progress", "/sign-up"])
def test_pages_can_be_read_at_night(demo: Demo, desktop: Desktop, path):
    page = desktop.open(path=path, color_scheme="dark")
    check_accessible(page)
    shoot(page, f"{path.strip('/') or 'home'}_zh_dark")
