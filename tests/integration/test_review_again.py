"""Whoever reviews again what had been returned or refused sees why, and what has changed since."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.audit.operations import erase_personal
from app.organizations import operations as organizations
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from app.scenarios.models import Operator
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import organization_content
from tests.factories.organizations import registered as registered_firm
from tests.factories.scenarios import submitted_scenario


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now - timedelta(days=60))


@pytest.fixture
def earlier(session, world, sign_in):
    """`earlier("scenario", record)`: the text of the card that tells of the last time, as another reviewer reads it."""

    def read(kind, record) -> str:
        session.commit()
        page = sign_in(world.user("another", "reviewer")).get(f"/review/{kind}/{record.id}").text
        card = re.search(r'<section class="card" id="earlier">.*?</section>', page, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", card.group()).split()) if card else ""

    return read


def returned(world, scenario, now):
    return scenarios.return_to_draft(world.session, scenario, reason="2 W cannot be tested.", actor=world.reviewer(), now=now)


def test_a_scenario_shows_the_reason_and_each_changed_field_and_line(session, world, now, earlier):
    scenario = submitted_scenario(world.anchor(), now)
    assert earlier("scenario", scenario) == ""
    returned(world, scenario, now)
    first, second = (requirement_row(line) for line in scenario.requirements)
    lines = [first, replace(second, value="1.8"), RequirementRow("发射通道", Operator.AT_LEAST, "3", "路")]
    values = {"ip_terms": "归甲方", "requirements": lines, "budget_max": scenario.budget_max * 2}
    scenarios.save_draft(session, scenario, values, actor=world.anchor(), now=now)
    scenarios.submit(session, scenario, actor=world.anchor(), now=now)
    card = earlier("scenario", scenario)
    assert world.users["reviewer"].name in card
    for text in ("2 W cannot be tested.", "双方共有 归甲方", "≤ 2 W", "≤ 1.8 W", "发射通道 — ≥ 3 路", "CNY 4,000,000"):
        assert text in card
    assert "工作频率" not in card


def test_a_scenario_submitted_again_as_it_was_says_so(session, world, now, earlier):
    scenario = submitted_scenario(world.anchor(), now)
    returned(world, scenario, now)
    scenarios.submit(session, scenario, actor=world.anchor(), now=now)
    assert "Nothing has changed since." in earlier("scenario", scenario)


def test_what_was_erased_is_not_compared(session, world, now, earlier):
    scenario = submitted_scenario(world.anchor(), now)
    returned(world, scenario, now)
    scenarios.submit(session, scenario, actor=world.anchor(), now=now)
    session.commit()
    erase_personal(session, world.users["anchor"].id, now=now)
    card = earlier("scenario", scenario)
    assert "2 W cannot be tested." in card
    assert "What stood there then is no longer kept." in card


def test_a_firm_that_applies_again_shows_the_refusal_and_what_it_mended(session, world, now, earlier):
    user = UserFactory()
    firm = registered_firm(actor_of(user), now, name_zh="旧名")
    owner = actor_of(user)
    organizations.refuse_organization(session, firm.id, reason="Not the licence's name.", actor=world.reviewer(), now=now)
    content = organization_content(credit_code=firm.credit_code, name_zh="澄湖智行（苏州）科技有限公司")
    organizations.edit_organization(session, firm.id, content, version=None, actor=owner, now=now)
    organizations.apply_again(session, firm.id, actor=owner, now=now)
    card = earlier("organization", firm)
    for text in ("Not the licence&#39;s name.", "旧名", "澄湖智行（苏州）科技有限公司"):
        assert text in card


def test_changed_requirements_proposed_again_are_compared_with_those_returned(session, world, earlier):
    scenario = world.scenario()
    rows = [requirement_row(line) for line in scenario.requirements]

    def propose(value):
        changed = [*rows[:-1], replace(rows[-1], value=value)]
        by = {"actor": world.anchor(), "now": world.now}
        return scenarios.propose_requirements(session, scenario, rows=changed, reason="New antenna.", **by)

    first = propose("1")
    scenarios.return_amendment(session, first, reason="1 W is too hard.", actor=world.reviewer(), now=world.now)
    second = propose("1.5")
    second.proposed_at += timedelta(minutes=1)
    card = earlier("amendment", second)
    for text in ("1 W is too hard.", "≤ 1 dBc/Hz", "≤ 1.5 dBc/Hz"):
        assert text in card
