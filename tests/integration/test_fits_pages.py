"""The pages of the match table: who fits and why, invited in one step; scenarios for us; not for us; gaps; similar scenarios."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import User
from app.matching.fits import queries
from app.matching.fits.models import Dismissal, Generation, MarketRecord
from app.matching.fits.showing import reasons_of, shown_fits
from app.matching.models import Match
from app.products.operations import Parameter
from app.scenarios.content import RequirementRow
from app.scenarios.models import Confidentiality, Invitation, Operator
from app.taxonomy.queries import words_by_code
from tests.factories.accounts import UserFactory
from tests.factories.organizations import firm_actor, reviewer
from tests.factories.products import product_of
from tests.factories.scenarios import draft_scenario, open_scenario, unfilled_scenario
from tests.integration.test_api import bearer
from tests.support.forms import forms_on

ALL = "All, with their reasons"


@pytest.fixture
def people(session):
    class People:
        owner = firm_actor(anchor=True)
        other = firm_actor(anchor=True)
        chip = firm_actor()
        rival = firm_actor()
        reviewer = reviewer()

    return People


@pytest.fixture
def pair(people, now, worker, indexed):
    """A scenario with a product that fits it and one whose must line is not met."""

    class Pair:
        rows = (
            RequirementRow("工作频率", Operator.COVERS, "76~81", "GHz", True, 60, "实测"),
            RequirementRow("功耗", Operator.AT_MOST, "2", "W", True, 40, "实测"),
        )
        scenario = open_scenario(people.owner, people.reviewer, now, requirements=list(rows))
        product = product_of(people.chip, now)
        poor = product_of(people.rival, now, name="常开型低功耗 MCU", model="MCU9", parameters=(Parameter("功耗", "5", "W"),))

    indexed()
    worker(now + timedelta(days=1))
    return Pair


@pytest.fixture
def browse(session, sign_in):
    return lambda actor: sign_in(session.get(User, actor.user_id))


def read(response, status=200):
    assert response.status_code == status, response.text[:2000]
    return response.text


def rows_in(html):
    """The articles of a page, without their markup."""
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each))
        for each in re.findall(r"<article class=\"hit\">.*?</article>", html, re.S)
    ]


# ---- who fits


def test_the_owner_sees_who_fits_and_why(people, pair, browse):
    page = read(browse(people.owner).get(f"/scenarios/{pair.scenario.id}"))
    assert ALL in page
    good, poor = rows_in(page)
    assert "KR7731" in good
    assert "Meets 2/2 lines" in good
    assert "1 must line not met" in poor
    assert "The parameter says 5 W." in poor


def test_shown_reasons_add_up_to_the_score(session, people, pair):
    for shown in shown_fits(session, session.scalars(queries.for_scenario(people.owner, pair.scenario)).all()):
        assert sum(reason.points for reason in shown.reasons) == shown.fit.points
        assert [row.line.name for row in shown.verdicts] == ["工作频率", "功耗"]


def test_a_part_that_gives_nothing_is_no_reason(session):
    parts = [["terms", 2950, 0.9, ["=雷达", "雷达", "芯片"]], ["track", 0, 0.0, []], ["unmet_must", -1475, 0.5, []]]
    terms, taken = reasons_of(parts, words_by_code(session))
    assert (terms.detail, terms.points + taken.points) == ("雷达 芯片", 15)
    assert taken.points < 0


def test_a_code_in_a_reason_is_called_by_its_name(session):
    (reason,) = reasons_of([["area", 100, 1.0, ["dushu"]]], words_by_code(session))
    assert reason.detail == "独墅湖科教创新区"


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 200), ("reviewer", 200), ("auditor", 200), ("chip", 404), ("other", 404), ("operator", 404), (None, 302)],
)
def test_who_reads_the_row_of_a_scenario(session, people, pair, browse, client, sign_in, who, status):
    users = {role: UserFactory(**{f"is_{role}": True}) for role in ("auditor", "operator")}
    actors = {"owner": people.owner, "reviewer": people.reviewer, "chip": people.chip, "other": people.other}
    browser = sign_in(users[who]) if who in users else browse(actors[who]) if who in actors else client
    assert browser.get(f"/scenarios/{pair.scenario.id}/fits").status_code == status
    assert (ALL in browser.get(f"/scenarios/{pair.scenario.id}").text) == (status == 200)


def test_an_invitation_goes_out_from_the_row_in_one_step(session, people, pair, browse):
    owner, address = browse(people.owner), f"/scenarios/{pair.scenario.id}/fits"
    target = re.search(rf'action="([^"]*invitations/products/{pair.product.id}[^"]*)"', read(owner.get(address)))[1]
    response = owner.post(target.replace("&amp;", "&"))
    assert response.status_code == 302
    assert address in response.location
    (invitation,) = session.scalars(select(Invitation).where(Invitation.scenario_id == pair.scenario.id))
    assert (invitation.organization_id, invitation.product_id) == (people.chip.organization_id, pair.product.id)
    good, poor = rows_in(read(owner.get(address)))
    assert "Invited" in good
    assert "Invite" in poor
    assert "Invited" not in poor


def test_the_page_says_when_matches_are_being_computed_or_rest_on_words_alone(session, people, pair, browse, now):
    owner, address = browse(people.owner), f"/scenarios/{pair.scenario.id}/fits"
    page = read(owner.get(address))
    assert "being computed" not in page
    assert "text encoder" not in page
    session.execute(update(MarketRecord).values(row_made=False))
    session.execute(update(Generation).values(encoder_failed_at=now))
    session.commit()
    page = read(owner.get(address))
    assert "being computed" in page
    assert "text encoder does not answer" in page


def test_without_products_the_row_says_what_will_stand_there(people, now, browse, session):
    scenario = open_scenario(people.owner, people.reviewer, now)
    session.commit()
    assert "No product fits yet" in read(browse(people.owner).get(f"/scenarios/{scenario.id}"))
    assert "No product fits yet" in read(browse(people.owner).get(f"/scenarios/{scenario.id}/fits"))


def test_a_draft_is_matched_with_nothing(people, now, browse, session):
    scenario = draft_scenario(people.owner, now)
    session.commit()
    assert "No product fits yet" not in read(browse(people.owner).get(f"/scenarios/{scenario.id}"))
    assert "Products are matched while" in read(browse(people.owner).get(f"/scenarios/{scenario.id}/fits"))


def test_pages_take_the_same_statements_for_one_row_as_for_many(people, now, worker, browse, pair, statements):
    owner, address = browse(people.owner), f"/scenarios/{pair.scenario.id}/fits"
    with statements() as few:
        owner.get(address)
    for number in range(6):
        product_of(people.rival, now, name=f"77 GHz 雷达收发芯片 {number}", model=f"R{number}")
    worker(now + timedelta(days=2))
    with statements() as many:
        owner.get(address)
    assert len(many) == len(few)


# ---- scenarios for us


def test_the_firm_sees_scenarios_for_it_on_its_desk_its_product_and_its_list(people, pair, browse):
    chip = browse(people.chip)
    for address in ("/desk", f"/products/{pair.product.id}", "/fits", f"/products/{pair.product.id}/fits"):
        (row,) = rows_in(read(chip.get(address)))
        assert pair.scenario.title in row
        assert "Meets 2/2 lines" in row
    page = read(chip.get(f"/scenarios/{pair.scenario.id}"))
    assert "How we fit" in page
    assert "Together" in page


def lines_of(page):
    """The requirement table, a text for each row."""
    table = re.search(r'id="requirements">.*?<tbody>(.*?)</tbody>', page, re.S).group(1)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("<tr>")[1:]]


def test_the_firm_reads_beside_each_line_what_its_product_proves(session, people, pair, now, worker, indexed, browse, client):
    weak = product_of(people.chip, now, name="旧收发芯片", model="KR5500", parameters=(Parameter("功耗", "3", "W"),))
    indexed()
    worker(now + timedelta(days=2))
    address = f"/scenarios/{pair.scenario.id}"
    page = read(browse(people.chip).get(address))
    assert "Our product" in page
    frequency, power = lines_of(page)
    assert "Met 工作频率 · 76~81 GHz" in frequency
    assert "Met 功耗 · 1.8 W" in power
    assert f'href="{address}?product={weak.id}#requirements"' in page
    frequency, power = lines_of(read(browse(people.chip).get(f"{address}?product={weak.id}")))
    assert "Unknown No parameter speaks of it." in frequency
    assert "Not met 功耗 · 3 W" in power
    for other in (client, browse(people.owner), browse(people.reviewer)):
        assert "Our product" not in read(other.get(f"{address}?product={weak.id}"))


def test_a_product_of_another_firm_is_not_compared(people, pair, browse):
    page = read(browse(people.chip).get(f"/scenarios/{pair.scenario.id}?product={pair.poor.id}"))
    assert "Met 功耗 · 1.8 W" in lines_of(page)[1]


def test_lists_show_the_lines_met_as_pips(people, pair, browse):
    assert read(browse(people.chip).get("/scenarios")).count('<i class="y"></i>') == 2
    assert read(browse(people.rival).get("/scenarios")).count('<i class="n"></i>') == 1


def test_lists_show_the_firm_its_score_and_nobody_else(people, pair, browse, client):
    for address in ("/scenarios", "/search?q=雷达"):
        assert "Meets 2/2 lines" in read(browse(people.chip).get(address))
        for other in (client, browse(people.owner), browse(people.reviewer)):
            assert "Meets " not in read(other.get(address))


def test_a_list_can_be_ordered_by_fit_by_who_acts_for_a_chip_firm(session, people, pair, now, worker, indexed, browse, client):
    unlike = RequirementRow("存储容量", Operator.AT_LEAST, "64", "Gbit", True, 100, "实测")
    closes_at = pair.scenario.closes_at - timedelta(days=1)
    sooner = open_scenario(people.owner, people.reviewer, now, title="大容量存储", requirements=[unlike], closes_at=closes_at)
    indexed()
    worker(now + timedelta(days=1))
    firm = browse(people.chip)
    titles = [pair.scenario.title, sooner.title]

    def order(address, who=firm):
        page = read(who.get(address))
        return sorted(titles, key=lambda title: page.index(f">{title}</a>"))

    assert order("/scenarios") == titles[::-1]
    assert order("/scenarios?sort=fit") == titles
    token = bearer(session.get(User, people.chip.user_id), now)
    assert [row["title"] for row in client.get("/api/v1/scenarios?sort=fit", headers=token).json["items"]] == titles
    assert 'value="fit" selected' in read(firm.get("/scenarios?sort=fit"))
    put_away = firm.post(f"/scenarios/{pair.scenario.id}/not-for-us", data={"reason": "capacity", "note": ""})
    assert put_away.status_code == 302
    assert order("/scenarios?sort=fit") == titles[::-1]
    assert order("/scenarios?sort=fit", client) == titles[::-1]
    assert 'value="fit"' not in read(client.get("/scenarios?sort=fit"))


def test_nobody_reads_what_fits_another_firms_product(people, pair, browse, client):
    address = f"/products/{pair.product.id}"
    for other in (browse(people.rival), browse(people.owner), client):
        assert "Scenarios for this product" not in read(other.get(address))
        assert other.get(f"{address}/fits").status_code in {302, 404}
    assert browse(people.owner).get("/fits").status_code == 404
    assert read(browse(people.reviewer).get(f"{address}/fits"))


def test_scenarios_that_one_does_not_read_are_not_shown(people, pair, now, worker, browse):
    secret = open_scenario(people.other, people.reviewer, now, title="保密雷达项目", confidentiality=Confidentiality.INVITED)
    worker(now + timedelta(days=2))
    chip = browse(people.chip)
    for address in ("/desk", "/fits", f"/products/{pair.product.id}/fits", "/scenarios"):
        assert secret.title not in read(chip.get(address))


# ---- not for us


def test_a_scenario_is_put_away_with_a_reason_and_taken_back(session, people, pair, browse, worker, now):
    chip, address = browse(people.chip), f"/scenarios/{pair.scenario.id}/not-for-us"
    page = read(chip.post(address, data={"reason": "other", "note": " ", "here": "/fits?page=1"}), 422)
    assert "Say in a few words why." in page
    (form,) = (form for form in forms_on(page, "/fits") if form.action == address)
    assert (form.fields["reason"], form.fields["here"]) == ("other", "/fits?page=1")
    assert session.scalars(select(Dismissal)).all() == []
    assert chip.post(address, data={"reason": "capacity", "note": "Full until June"}).location.endswith("/fits")
    assert rows_in(read(chip.get("/fits"))) == []
    (row,) = rows_in(read(chip.get("/fits/dismissed")))
    assert pair.scenario.title in row
    assert "Full until June" in row
    dismissal = session.scalars(select(Dismissal)).one()
    assert browse(people.rival).post(f"/dismissals/{dismissal.id}/restore").status_code == 404
    assert chip.post(f"/dismissals/{dismissal.id}/restore").status_code == 302
    assert len(rows_in(read(chip.get("/fits")))) == 1
    assert "Nothing is put away" in read(chip.get("/fits/dismissed"))


def test_a_scenario_can_be_put_away_for_one_product_alone(session, people, pair, browse, worker, now):
    second = product_of(people.chip, now, name="77 GHz 雷达处理器", model="KR9")
    worker(now + timedelta(days=2))
    chip = browse(people.chip)
    chip.post(f"/scenarios/{pair.scenario.id}/not-for-us?product={pair.product.id}", data={"reason": "technology"})
    assert rows_in(read(chip.get(f"/products/{pair.product.id}/fits"))) == []
    assert len(rows_in(read(chip.get(f"/products/{second.id}/fits")))) == 1


def test_the_owner_puts_a_product_away(session, people, pair, browse):
    owner = browse(people.owner)
    owner.post(f"/scenarios/{pair.scenario.id}/fits/{pair.poor.id}/dismiss", data={"reason": "technology"})
    assert len(rows_in(read(owner.get(f"/scenarios/{pair.scenario.id}/fits")))) == 1
    assert browse(people.chip).post(
        f"/scenarios/{pair.scenario.id}/fits/{pair.product.id}/dismiss", data={"reason": "technology"}
    ).status_code in {403, 404}


# ---- direct matches


def test_a_reviewer_chooses_from_who_fits_and_the_match_keeps_the_reasons(session, people, now, worker, indexed, browse):
    scenario = unfilled_scenario(people.owner, people.reviewer, now)
    product = product_of(people.chip, now)
    indexed()
    worker(scenario.closes_at + timedelta(days=1))
    staff, address = browse(people.reviewer), f"/scenarios/{scenario.id}/propose"
    page = read(staff.get(address))
    assert "Who fits" in page
    assert "Show all products" in page
    assert "Who fits" not in read(staff.get(f"{address}?all=1"))
    record = re.search(r'name="record_id" value="([^"]+)"', page)[1]
    assert staff.post(address, data={"record_id": record, "product_id": str(product.id)}).status_code == 302
    match = session.scalars(select(Match)).one()
    fit = queries.fit_of(session, scenario.id, [product.id])
    assert match.score == fit.score / 100
    assert sum(each["hundredths"] for each in match.reasons) == fit.score
    page = read(browse(people.owner).get(f"/matches/{match.id}"))
    assert "Why this match" in page


def test_a_product_that_is_not_in_the_table_is_proposed_without_a_score(session, people, now, browse):
    scenario = unfilled_scenario(people.owner, people.reviewer, now)
    product = product_of(people.chip, now)
    session.commit()
    staff, address = browse(people.reviewer), f"/scenarios/{scenario.id}/propose"
    record = re.search(r'name="record_id" value="([^"]+)"', read(staff.get(address)))[1]
    staff.post(address, data={"record_id": record, "product_id": str(product.id)})
    match = session.scalars(select(Match)).one()
    assert (match.score, match.reasons) == (None, [])
    assert "Why this match" not in read(browse(people.owner).get(f"/matches/{match.id}"))


# ---- gaps


@pytest.fixture
def gap(people, pair, now, worker):
    """A scenario with a line that no product meets; its name begins like a formula."""
    row = RequirementRow("=工作温度", Operator.COVERS, "-40~125", "℃", True, 40, "实测")
    scenario = open_scenario(people.owner, people.reviewer, now, requirements=[*pair.rows, row])
    worker(now + timedelta(days=1))
    return scenario


def test_administrators_see_what_no_local_product_meets(people, gap, browse, pair):
    staff = browse(people.reviewer)
    assert "Coverage gaps" in read(staff.get("/desk"))
    page = read(staff.get("/gaps"))
    assert "=工作温度" in page
    assert pair.product.name in page
    assert "=工作温度" in read(staff.get("/gaps?domain=iov"))
    assert "No gaps" in read(staff.get("/gaps?domain=none"))


def test_the_gaps_are_there_for_a_spreadsheet(people, gap, browse):
    response = browse(people.reviewer).get("/gaps.csv")
    head, row = csv.reader(io.StringIO(response.text.removeprefix("\ufeff")))
    cells = dict(zip(head, row, strict=True))
    assert cells["Requirement"] == "'=工作温度"
    assert (cells["Must"], cells["Unknown"]) == ("Must", "2")


def test_gaps_are_narrowed_to_a_field_and_to_must_lines_in_the_file_too(people, gap, browse):
    staff = browse(people.reviewer)
    queries = ("", "necessity=must", "necessity=should")
    assert [len(staff.get(f"/gaps.csv?{query}").text.splitlines()) for query in queries] == [2, 2, 1]
    assert "=工作温度" in read(staff.get("/gaps?necessity=must&domain=iov"))
    nothing = read(staff.get("/gaps?necessity=should"))
    assert "No gaps here" in nothing
    assert "=工作温度" not in nothing
    page = read(staff.get("/gaps?domain=iov"))
    assert '/gaps.csv?domain=iov"' in page
    assert "/gaps?domain=iov&amp;necessity=must" in page


@pytest.mark.parametrize("address", ["/gaps", "/gaps.csv"])
def test_firms_do_not_see_the_gaps(people, gap, browse, client, address):
    assert browse(people.chip).get(address).status_code == 403
    assert browse(people.owner).get(address).status_code == 403
    assert client.get(address).status_code == 302


# ---- while a scenario is written


def test_similar_scenarios_are_shown_to_the_writer(people, pair, now, browse, indexed):
    draft = draft_scenario(people.other, now, title="77 GHz 前向毫米波雷达收发芯片采购")
    indexed()
    writer = browse(people.other)
    for step in ("basics", "check"):
        page = read(writer.get(f"/scenarios/{draft.id}/edit/{step}"))
        assert "Similar scenarios" in page
        assert pair.scenario.title in page
        assert "perhaps the same" in page


def test_what_is_only_alike_is_not_called_the_same(people, pair, now, browse, indexed):
    draft = draft_scenario(
        people.other, now, title="毫米波雷达收发芯片国产验证：船用导航", need="船用导航雷达，X 波段，脉冲压缩，磁控管替代。",
        background="近海渔船每年更换约两千台导航雷达，磁控管寿命短。",
    )  # fmt: skip
    indexed()
    page = read(browse(people.other).get(f"/scenarios/{draft.id}/edit/basics"))
    assert pair.scenario.title in page
    assert "perhaps the same" not in page


def test_no_scenario_is_shown_as_similar_that_the_writer_may_not_see(people, now, browse, indexed):
    secret = open_scenario(people.owner, people.reviewer, now, confidentiality=Confidentiality.INVITED)
    draft = draft_scenario(people.other, now, title="另一家的 77 GHz 毫米波雷达")
    indexed()
    page = read(browse(people.other).get(f"/scenarios/{draft.id}/edit/basics"))
    assert "Similar scenarios" not in page
    assert secret.title not in page


def test_without_an_index_the_wizard_does_without(people, now, browse, session):
    draft = draft_scenario(people.other, now)
    session.commit()
    assert "Similar scenarios" not in read(browse(people.other).get(f"/scenarios/{draft.id}/edit/basics"))


# ---- an answer begins with the best product


def test_the_best_product_is_ticked_until_the_firm_has_chosen(session, people, pair, browse):
    chip, made = browse(people.chip), "7f3c54a0-0000-4000-8000-000000000001"
    chip.post(f"/scenarios/{pair.scenario.id}/solutions/start", data={"record_id": made})
    address = f"/solutions/{made}/edit/products"
    page = read(chip.get(address))
    assert re.search(rf'<input[^>]*checked[^>]*value="{pair.product.id}"', page)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    chip.post(address, data={"version": version})
    assert not re.search(rf'<input[^>]*checked[^>]*value="{pair.product.id}"', read(chip.get(address)))
    assert "that fits best is ticked" not in read(chip.get(address))
