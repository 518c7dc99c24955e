"""The compliance table: filled in from the chosen products by the judge, corrected by the firm, both kept and shown apart."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import web
from app.products.models import ProductParameter
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow, requirement_row
from app.scenarios.models import Operator
from app.solutions import operations, prefill, queries
from app.solutions.models import ComplianceStatus
from app.solutions.operations import Answer
from tests.factories.solutions import World

MET, PARTLY, UNMET = ComplianceStatus.MET, ComplianceStatus.PARTLY, ComplianceStatus.UNMET
LINES = [
    RequirementRow("功耗", Operator.AT_MOST, "2", "W"),
    RequirementRow("工作温度", Operator.COVERS, "-40~125", "℃"),
    RequirementRow("相位噪声", Operator.AT_MOST, "-93", "dBc/Hz", must=False),
]


@pytest.fixture
def world(session, now):
    return World(session, now)


@pytest.fixture
def scenario(world):
    return world.scenario(requirements=LINES)


def save(world, solution, **changes):
    """The answers by the lines' names, after a save."""
    operations.save_draft(world.session, solution, changes, actor=world.chip(), now=world.now)
    return said(world, queries.working_version(world.session, solution.id))


def said(world, version):
    scenario_id = queries.get_solution(world.session, version.solution_id).scenario_id
    names = {line.id: line.name for line in queries.requirements_of(world.session, scenario_id)}
    return {names[line.requirement_id]: line for line in version.compliance}


def answer_of(line):
    return line.status, line.value, line.evidence


def line_id(world, scenario, name):
    return next(line.id for line in queries.requirements_of(world.session, scenario.id) if line.name == name)


def test_chosen_products_fill_in_every_line_with_verdict_value_and_evidence(world, scenario):
    product = world.product(功耗="2.4 W", 工作温度="-40~125 ℃")
    lines = save(world, world.draft(scenario), products=[product.id])
    assert answer_of(lines["功耗"]) == (UNMET, "2.4 W", "KR7731 · 功耗")
    assert answer_of(lines["工作温度"]) == (MET, "-40~125 ℃", "KR7731 · 工作温度")
    assert answer_of(lines["相位噪声"]) == (None, "", "")
    assert lines["相位噪声"].derived_verdict == "unknown"
    assert lines["相位噪声"].derived_note == {"code": "no_parameter", "data": {}}
    assert not any(line.corrected for line in lines.values())


def test_without_a_product_nothing_is_derived(world, scenario):
    solution = world.draft(scenario)
    lines = save(world, solution, compliance=[Answer(line_id(world, scenario, "功耗"), MET, "1.8 W", "p. 6")])
    assert lines["功耗"].derived_verdict is None
    assert not lines["功耗"].corrected


def test_a_correction_survives_other_products_and_stands_beside_what_they_say(world, scenario):
    solution, first = world.draft(scenario), world.product(功耗="2.4 W", 工作温度="-40~125 ℃")
    second = world.product(name="KR8", 功耗="1.5 W", 工作温度="-20~85 ℃")
    save(world, solution, products=[first.id])
    save(world, solution, compliance=[Answer(line_id(world, scenario, "功耗"), PARTLY, "2.0 W", "脉冲模式")])
    lines = save(world, solution, products=[second.id])
    assert answer_of(lines["功耗"]) == (PARTLY, "2.0 W", "脉冲模式")
    assert (lines["功耗"].derived_verdict, lines["功耗"].derived_value) == ("met", "1.5 W")
    assert lines["功耗"].corrected
    assert answer_of(lines["工作温度"]) == (UNMET, "-20~85 ℃", "KR8 · 工作温度")  # nobody had corrected it
    assert answer_of(save(world, solution, products=[])["工作温度"]) == (None, "", "")


def test_better_evidence_alone_is_no_correction_but_is_kept(world, scenario):
    solution, product, other = world.draft(scenario), world.product(功耗="1.8 W"), world.product(name="KR8", 功耗="1.5 W")
    save(world, solution, products=[product.id])
    lines = save(world, solution, compliance=[Answer(line_id(world, scenario, "功耗"), MET, "1.8 W", "数据手册 p. 6")])
    assert not lines["功耗"].corrected
    assert save(world, solution, products=[other.id])["功耗"].evidence == "数据手册 p. 6"


def test_products_that_disagree_prove_nothing(world, scenario):
    good, bad = world.product(功耗="1.8 W"), world.product(name="KR8", 功耗="2.4 W")
    line = save(world, world.draft(scenario), products=[good.id, bad.id])["功耗"]
    assert (line.status, line.derived_verdict, line.derived_note["code"]) == (None, "unknown", prefill.PRODUCTS_DIFFER)


def test_of_several_products_the_one_that_proves_it_is_named(world, scenario):
    good, silent = world.product(name="KR9", 功耗="1.8 W"), world.product(name="KR8", 工作温度="-40~125 ℃")
    lines = save(world, world.draft(scenario), products=[silent.id, good.id])
    assert {name: line.evidence for name, line in lines.items()} == {
        "功耗": "KR9 · 功耗", "工作温度": "KR8 · 工作温度", "相位噪声": ""
    }  # fmt: skip


def test_a_certificate_answers_a_line(world):
    scenario = world.scenario(requirements=[RequirementRow("车规认证", Operator.GRADE, "AEC-Q100 Grade 1")])
    product = world.product()
    product.certifications = ["AEC-Q100 Grade 1"]
    world.session.flush()
    assert save(world, world.draft(scenario), products=[product.id])["车规认证"].status is MET


@pytest.mark.parametrize("value", ["", "0", "10^400 W", "x" * 200, "二瓦左右\u0007", "-~-", "１.８　Ｗ"])
def test_no_value_of_a_data_sheet_stops_the_table(world, scenario, value):
    lines = save(world, world.draft(scenario), products=[world.product(功耗=value, 工作温度="-40~125 ℃").id])
    assert lines["工作温度"].status is MET


def change_product(world, product, name, value):
    statement = select(ProductParameter).where(ProductParameter.product_id == product.id, ProductParameter.name == name)
    world.session.scalars(statement).one().value = value
    world.session.flush()


def test_a_changed_product_offers_its_new_value_and_overwrites_nothing(world, scenario):
    solution, product = world.draft(scenario), world.product(功耗="2.4 W")
    save(world, solution, products=[product.id])
    change_product(world, product, "功耗", "1.6 W")
    working = queries.working_version(world.session, solution.id)
    newer = prefill.newer(scenario.requirements, working.products, queries.lines_by_requirement(working))
    power = line_id(world, scenario, "功耗")
    assert {id_: derived.answer for id_, derived in newer.items()} == {power: (MET, "1.6 W", "KR7731 · 功耗")}
    assert save(world, solution, products=[product.id], summary="anew")["功耗"].value == "2.4 W"
    assert answer_of(save(world, solution, follow=[power])["功耗"]) == (MET, "1.6 W", "KR7731 · 功耗")


def test_a_correction_can_be_given_up(world, scenario):
    solution, product = world.draft(scenario), world.product(功耗="1.8 W")
    save(world, solution, products=[product.id])
    power = line_id(world, scenario, "功耗")
    save(world, solution, compliance=[Answer(power, PARTLY, "2 W", "")])
    assert answer_of(save(world, solution, follow=[power])["功耗"]) == (MET, "1.8 W", "KR7731 · 功耗")


def test_a_revision_keeps_corrections_and_fills_in_new_lines(world, scenario):
    solution, product = world.draft(scenario), world.product(功耗="2.4 W", 相位噪声="-95 dBc/Hz", 尺寸="5 mm")
    save(world, solution, products=[product.id])
    world.fill(solution, compliance=[
        Answer(line_id(world, scenario, "功耗"), PARTLY, "2.0 W", "脉冲模式"),
        Answer(line_id(world, scenario, "工作温度"), MET, "-40~125 ℃", "p. 2"),
    ])  # fmt: skip
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    rows = [requirement_row(line) for line in scenario.requirements]
    amendment = scenarios.propose_requirements(
        world.session, scenario, rows=[*rows, RequirementRow("尺寸", Operator.AT_MOST, "6", "mm")],
        reason="board", actor=world.anchor(), now=world.now,
    )  # fmt: skip
    scenarios.approve_amendment(world.session, amendment, actor=world.actor("reviewer", "reviewer"), now=world.now)
    lines = said(world, operations.begin_revision(world.session, solution, actor=world.chip(), now=world.now))
    assert (lines["功耗"].value, lines["功耗"].derived_value) == ("2.0 W", "2.4 W")
    assert answer_of(lines["尺寸"]) == (MET, "5 mm", "KR7731 · 尺寸")


def test_the_receipt_covers_both(world, scenario):
    solution, product = world.draft(scenario), world.product(功耗="2.4 W", 工作温度="-40~125 ℃")
    save(world, solution, products=[product.id])
    world.fill(solution, compliance=[Answer(line_id(world, scenario, "功耗"), PARTLY, "2.0 W", "脉冲模式")])
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    content = json.loads(queries.submitted_version(world.session, solution.id).content)
    line = content["compliance"][0]
    assert (line["status"], line["derived"]) == (
        "partly", {"verdict": "unmet", "value": "2.4 W", "evidence": "KR7731 · 功耗"}
    )  # fmt: skip


def test_the_pages_show_both_where_they_differ(world, scenario, sign_in, monkeypatch):
    solution, product = world.draft(scenario), world.product(功耗="2.4 W", 工作温度="-40~125 ℃")
    save(world, solution, products=[product.id])
    chip, address = sign_in(world.user("chip")), f"/solutions/{solution.id}/edit/compliance"
    page = chip.get(address).text
    assert page.count("Derived from the product parameters") == 2
    assert "No parameter speaks of it." in page
    assert 'value="-40~125 ℃"' in page
    lines = queries.requirements_of(world.session, scenario.id)
    data = {f"compliance-{n}-requirement_id": str(line.id) for n, line in enumerate(lines)}
    data |= {"compliance-0-status": "partly", "compliance-0-value": "2.0 W", "compliance-1-status": "met"}
    data |= {"compliance-1-value": "-40~125 ℃", "version": str(queries.working_version(world.session, solution.id).version)}
    assert chip.post(address, data=data).status_code == 302
    page = chip.get(address).text
    assert "From the products:" in page
    assert "2.4 W" in page
    change_product(world, product, "工作温度", "-55~150 ℃")
    assert "New value available" in chip.get(address).text
    data |= {"compliance-1-follow": "y", "version": str(queries.working_version(world.session, solution.id).version)}
    chip.post(address, data=data)
    assert 'value="-55~150 ℃"' in chip.get(address).text
    world.session.expire_all()
    rest = {"summary": "It fits.", "approach": "Ours.", "price": Decimal(1), "schedule": "Soon."}
    save(world, solution, **rest)
    operations.submit_solution(world.session, solution, actor=world.chip(), now=world.now)
    world.close()
    monkeypatch.setattr(web.clock, "utcnow", lambda: world.later)
    anchor = sign_in(world.user("anchor"))
    for shown in (f"/solutions/{solution.id}", f"/scenarios/{scenario.id}/solutions/compare"):
        page = anchor.get(shown).text
        assert "From the products:" in page, shown
        assert "2.4 W" in page
        assert "2.0 W" in page


def test_a_line_that_came_after_the_choice_of_products_is_offered_filled_in(world, scenario, sign_in):
    solution, product = world.draft(scenario), world.product(功耗="1.8 W", 尺寸="5 mm")
    save(world, solution, products=[product.id])
    rows = [requirement_row(line) for line in scenario.requirements]
    amendment = scenarios.propose_requirements(
        world.session, scenario, rows=[*rows, RequirementRow("尺寸", Operator.AT_MOST, "6", "mm")],
        reason="board", actor=world.anchor(), now=world.now,
    )  # fmt: skip
    scenarios.approve_amendment(world.session, amendment, actor=world.actor("reviewer", "reviewer"), now=world.now)
    world.session.commit()
    assert 'value="5 mm"' in sign_in(world.user("chip")).get(f"/solutions/{solution.id}/edit/compliance").text


def test_parameters_of_one_name_do_not_confuse_the_table(world, scenario):
    product = world.product(功耗="1.8 W")
    product.parameters.append(ProductParameter(position=9, name="功耗", value="3 W"))
    world.session.flush()
    assert save(world, world.draft(scenario), products=[product.id])["功耗"].status is not MET
