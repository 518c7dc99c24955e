"""Rows of requirements and criteria: one blank row to fill in, and comparisons that need a figure."""

import re
from dataclasses import replace

import pytest

from app.errors import Invalid
from app.scenarios import operations, queries
from app.scenarios.content import RequirementRow, lacks_figure, requirement_row
from app.scenarios.models import Operator, ScenarioStatus
from tests.factories import scenarios as make
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.organizations import OrganizationFactory, member_of
from tests.integration.test_api import bearer

NO_FIGURE = "This comparison needs a figure as its value."
UNFIT = RequirementRow("功耗", Operator.AT_LEAST, "abc", "W")


@pytest.fixture
def owner(session):
    return member_of(OrganizationFactory(anchor=True))


def rows_of(page, table="requirements"):
    body = re.search(rf'id="{table}".*?<tbody>(.*?)</tbody>', page, re.DOTALL).group(1)
    return body.count("<tr")


def typed(table, *names):
    """What a browser sends of a table: these rows, empty names among them."""
    rest = {"operator": ">=", "value": "", "unit": "", "test_method": "", "weight": ""}
    return {
        f"{table}-{number}-{field}": text for number, name in enumerate(names) for field, text in {"name": name, **rest}.items()
    }


@pytest.mark.parametrize(("step", "table"), [("requirements", "requirements"), ("terms", "criteria")])
def test_one_blank_row_follows_what_was_filled_in(session, now, sign_in, owner, step, table):
    scenario = make.draft_scenario(actor_of(owner), now)
    session.commit()
    address, client = f"/scenarios/{scenario.id}/edit/{step}", sign_in(owner)
    assert rows_of(client.get(address).text, table) == 3
    sent = typed(table, "功耗", "", "", "频率", "")
    again = client.post(address, data={**sent, "add_row": table}).text
    assert rows_of(again, table) == 3
    assert 'value="频率"' in again
    assert len(re.findall(r"is-invalid", again)) == 0
    session.expire_all()
    assert "频率" not in [row.name for row in getattr(queries.get(session, scenario.id), table)]
    refused = client.post(address, data={**sent, f"{table}-0-weight": "999"}).text
    assert rows_of(refused, table) == 3


def test_a_blank_row_in_which_something_is_wrong_stays_to_be_seen(session, now, sign_in, owner):
    scenario = make.draft_scenario(actor_of(owner), now)
    session.commit()
    sent = typed("requirements", "功耗", "") | {"requirements-1-weight": "999"}
    page = sign_in(owner).post(f"/scenarios/{scenario.id}/edit/requirements", data=sent).text
    assert rows_of(page) == 3
    assert 'id="requirements-1-weight-error"' in page


@pytest.mark.parametrize(
    ("operator", "value", "lacking"),
    [
        (">=", "abc", True), ("<=", "尽量低", True), ("within", "室温", True), ("covers", "全温区", True), (">=", "", False),
        (">=", "3", False), ("<=", "1.5 unheard-of", False), ("within", "-20~85", False), ("covers", "76～81", False),
        (">=", "八通道", False), (">=", "ASIL B", False), ("<=", "ASIL B", True), ("=", "BGA", False),
        ("includes", "SPI, I2C", False), ("grade", "AEC-Q100", False),
    ],
)  # fmt: skip
def test_comparisons_of_amounts_need_a_figure_or_a_grade_to_reach(operator, value, lacking):
    assert lacks_figure(RequirementRow("指标", Operator(operator), value)) is lacking


def test_a_draft_may_hold_a_line_without_a_figure_that_is_refused_on_submission(session, now, sign_in, owner):
    scenario = make.draft_scenario(actor_of(owner), now, requirements=[UNFIT])
    session.commit()
    client, address = sign_in(owner), f"/scenarios/{scenario.id}"
    page = client.get(f"{address}/edit/requirements").text
    assert re.search(rf'id="requirements-0-value-error">{NO_FIGURE}', page)
    assert f"“功耗”: {NO_FIGURE}" in client.get(f"{address}/edit/check").text
    refused = client.post(f"{address}/submit")
    assert refused.status_code == 422
    assert f"“功耗”: {NO_FIGURE}" in refused.text
    session.expire_all()
    assert scenario.status is ScenarioStatus.DRAFT
    operations.save_draft(session, scenario, {"requirements": [replace(UNFIT, value="3")]}, actor=actor_of(owner), now=now)
    operations.submit(session, scenario, actor=actor_of(owner), now=now)


def test_the_page_says_it_in_chinese(session, now, sign_in, owner):
    scenario = make.draft_scenario(actor_of(owner), now, requirements=[UNFIT])
    session.commit()
    client = sign_in(owner)
    client.get("/language/zh_CN")
    assert "这种比较要求填写数值" in client.get(f"/scenarios/{scenario.id}/edit/check").text


def test_the_api_refuses_it_alike(session, now, client, owner):
    scenario = make.draft_scenario(actor_of(owner), now, requirements=[UNFIT])
    session.commit()
    answer = client.post(f"/api/v1/scenarios/{scenario.id}/submit", headers=bearer(owner, now))
    assert answer.status_code == 422
    assert answer.json["errors"] == {"requirements": [f"“功耗”: {NO_FIGURE}"]}


def test_changed_requirements_need_a_figure_too_and_the_cell_says_so(session, now, sign_in, owner):
    scenario = make.open_scenario(actor_of(owner), actor_of(UserFactory(is_reviewer=True)), now)
    rows = [replace(requirement_row(line), value="低") for line in scenario.requirements]
    with pytest.raises(Invalid) as problem:
        operations.propose_requirements(session, scenario, rows=rows, reason="Why", actor=actor_of(owner), now=now)
    assert len(problem.value.fields["requirements"]) == 2
    session.commit()
    sent = {"requirements-0-name": "功耗", "requirements-0-operator": "<=", "requirements-0-value": "低", "reason": "Why"}
    page = sign_in(owner).post(f"/scenarios/{scenario.id}/requirements", data={**sent, "version": scenario.version}).text
    assert 'id="requirements-0-value-error"' in page
