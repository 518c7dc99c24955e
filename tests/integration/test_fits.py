"""The match table: true after any history, whoever works on it, and read only by those whom it concerns."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select, update

from app.actor import Actor, Role
from app.errors import Forbidden, Invalid, NotFound
from app.matching.fits import following, market, operations, policy, queries
from app.matching.fits.background import refine
from app.matching.fits.models import Dismissal, DismissalReason, Fit, Generation, MarketRecord, MarketSide, RecordEmbedding
from app.products import operations as products
from app.products.operations import Parameter
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow
from app.scenarios.models import Confidentiality, Operator
from app.taxonomy import operations as taxonomy
from app.taxonomy.models import Technology
from search_index.encoders import Careful, EncoderUnavailable
from tests.factories.accounts import UserFactory, actor_of
from tests.factories.matching import MatchWorld
from tests.factories.organizations import firm_actor, reviewer
from tests.factories.products import product_content, product_of
from tests.factories.scenarios import open_scenario
from tests.support.fits import as_texts, made_at_once, table

TITLES = ("77 GHz 毫米波雷达收发芯片", "碳化硅功率模块", "车规级微控制器", "以太网交换芯片", "六轴惯性传感器", "存储主控芯片")


@pytest.fixture
def people(session, now):
    class People:
        owner = firm_actor(anchor=True)
        other = firm_actor(anchor=True)
        reviewer = reviewer()
        chip = firm_actor()
        rival = firm_actor()

    return People


@pytest.fixture
def world(session, now):
    return MatchWorld(session, now)


# ---- rows, and who reads them


@pytest.fixture
def pair(session, people, now, worker, indexed):
    """A scenario, a product that fits it and one that does not, matched."""

    class Pair:
        scenario = open_scenario(people.owner, people.reviewer, now)
        product = product_of(people.chip, now)
        poor = product_of(people.rival, now, name="常开型低功耗 MCU", parameters=(Parameter("功耗", "5", "W"),))

    indexed()
    worker(now + timedelta(days=1))
    return Pair


def test_a_row_says_why_and_its_parts_add_up(session, people, pair):
    good, poor = session.scalars(queries.for_scenario(people.owner, pair.scenario)).all()
    assert (good.product_id, poor.product_id) == (pair.product.id, pair.poor.id)
    assert good.score == sum(hundredths for _, hundredths, _, _ in good.parts) > poor.score
    assert (good.met, good.lines, good.unmet_must) == (2, 2, 0)
    evidence = {each["line"]: (each["verdict"], each["evidence"]) for each in good.verdicts}
    lines = {line.name: str(line.id) for line in pair.scenario.requirements}
    assert evidence == {lines["工作频率"]: ("met", "工作频率"), lines["功耗"]: ("met", "功耗")}
    assert "rows" not in vars(good)
    assert good.points == round(good.score / 100)


def test_an_unmet_must_line_sinks_a_row(session, people, pair, worker, now):
    line = RequirementRow("功耗", Operator.AT_MOST, "2", "W", True, 60, "实测")
    scenario = open_scenario(people.owner, people.reviewer, now, requirements=[line])
    worker(now + timedelta(days=1))
    good, poor = session.scalars(queries.for_scenario(people.owner, scenario)).all()
    assert poor.unmet_must == 1
    assert {name for name, *_ in poor.parts} - {name for name, *_ in good.parts} == {"unmet_must"}


def test_a_firm_has_each_scenario_once_with_its_best_product(session, people, pair, worker, now):
    second = product_of(people.chip, now, name="电源管理芯片", parameters=())
    worker(now + timedelta(days=2))
    assert {fit.product_id for fit in session.scalars(queries.for_scenario(people.owner, pair.scenario))} >= {second.id}
    firm = people.chip.organization_id
    (fit,) = session.scalars(queries.for_organization(people.chip, firm)).all()
    assert (fit.scenario_id, fit.product_id) == (pair.scenario.id, pair.product.id)
    assert queries.of_firm(session, firm, pair.scenario.id)[0].product_id == pair.product.id
    assert queries.fit_of(session, pair.scenario.id, [second.id, pair.product.id]).product_id == pair.product.id
    assert [fit.product_id for fit in session.scalars(queries.for_product(people.chip, second))] == [second.id]
    assert queries.is_ready(session, pair.product.id)
    assert queries.is_ready(session, pair.scenario.id)
    assert not queries.is_ready(session, people.owner.organization_id)


@pytest.mark.parametrize("confidentiality", list(Confidentiality))
def test_a_row_holds_only_scenarios_that_its_reader_reads(session, people, pair, worker, now, confidentiality):
    scenario = open_scenario(people.owner, people.reviewer, now, confidentiality=confidentiality)
    worker(now + timedelta(days=1))
    unverified = firm_actor(unverified=True)
    for actor, reads in (
        (people.chip, confidentiality != "invited"),
        (unverified, confidentiality == "public"),
        (people.reviewer, True),
    ):
        found = {fit.scenario_id for fit in session.scalars(queries.for_product(actor, pair.product))}
        assert (scenario.id in found) is reads
        found = {fit.scenario_id for fit in session.scalars(queries.for_organization(actor, people.chip.organization_id))}
        assert (scenario.id in found) is reads


def test_who_reads_which_row(people, pair):
    auditor = Actor(user_id=people.owner.user_id, roles=frozenset({Role.AUDITOR}))
    operator = Actor(user_id=people.owner.user_id, roles=frozenset({Role.OPERATOR}))
    may_scenario = {
        name: policy.can_see_for_scenario(actor, pair.scenario) for name, actor in vars(people).items() if name[0] != "_"
    }
    assert may_scenario == {"owner": True, "other": False, "reviewer": True, "chip": False, "rival": False}
    firm = people.chip.organization_id
    may_firm = {name: policy.can_see_for_firm(actor, firm) for name, actor in vars(people).items() if name[0] != "_"}
    assert may_firm == {"owner": False, "other": False, "reviewer": True, "chip": True, "rival": False}
    assert policy.can_see_for_scenario(auditor, pair.scenario)
    assert not policy.can_see_for_scenario(operator, pair.scenario)
    assert [policy.can_see_gaps(actor) for actor in (operator, auditor, people.reviewer, people.owner)] == [True, True, True, False]


def test_what_is_no_longer_open_or_offered_is_not_matched(session, people, pair, worker, now):
    products.retire_product(session, pair.poor.id, actor=people.rival, now=now)
    worker(now + timedelta(days=1))
    assert session.scalars(queries.for_scenario(people.owner, pair.scenario)).all() == [
        session.get(Fit, (pair.scenario.id, pair.product.id))
    ]
    scenarios.cancel(session, pair.scenario, reason="不再需要", actor=people.owner, now=now)
    worker(now + timedelta(days=1))
    assert not table(session)


def test_gaps_are_the_lines_that_nothing_meets(session, people, pair, worker, now):
    rows = [
        RequirementRow("功耗", Operator.AT_MOST, "2", "W", True, 60, "实测"),
        RequirementRow("工作温度", Operator.COVERS, "-40~125", "℃", True, 40, "实测"),
    ]
    scenario = open_scenario(people.owner, people.reviewer, now, requirements=rows)
    worker(now + timedelta(days=1))
    (gap,) = queries.gaps(session, people.reviewer)
    assert (gap.scenario.id, gap.line.name, gap.nearest.id, gap.unknown, gap.unmet) == (
        scenario.id,
        "工作温度",
        pair.product.id,
        2,
        0,
    )


# ---- not for us


def test_a_dismissed_product_leaves_the_scenarios_row_and_comes_back(session, people, pair, now):
    def row():
        return [fit.product_id for fit in session.scalars(queries.for_scenario(people.owner, pair.scenario))]

    asked = {"reason": DismissalReason.TERMS, "actor": people.owner, "now": now}
    dismissal = operations.dismiss_product(session, pair.scenario, pair.product, **asked)
    assert operations.dismiss_product(session, pair.scenario, pair.product, **asked) is dismissal
    assert row() == [pair.poor.id]
    assert [each.id for each in session.scalars(queries.dismissals_of(people.owner.organization_id))] == [dismissal.id]
    operations.restore(session, dismissal, actor=people.owner, now=now)
    assert row() == [pair.product.id, pair.poor.id]


def test_a_scenario_that_is_not_for_a_firm_stays_hidden_from_it_alone(session, people, pair, worker, now):
    second = product_of(people.chip, now, name="电源管理芯片", parameters=())
    worker(now + timedelta(days=1))
    firm, asked = people.chip.organization_id, {"reason": DismissalReason.TECHNOLOGY, "actor": people.chip, "now": now}
    one = operations.dismiss_scenario(session, pair.scenario, firm, product=pair.product, **asked)
    assert not session.scalars(queries.for_product(people.chip, pair.product)).all()
    assert [fit.product_id for fit in session.scalars(queries.for_organization(people.chip, firm))] == [second.id]
    operations.dismiss_scenario(session, pair.scenario, firm, **asked)
    assert not session.scalars(queries.for_organization(people.chip, firm)).all()
    assert len(session.scalars(queries.for_scenario(people.owner, pair.scenario)).all()) == 3
    assert len(session.scalars(queries.for_product(people.rival, pair.poor)).all()) == 1
    with pytest.raises(NotFound):
        operations.restore(session, one, actor=people.rival, now=now)


def test_a_reason_counts_for_other_scenarios(session, people, pair, worker, now):
    def parts():
        session.expire_all()
        return {name: hundredths for name, hundredths, _, _ in session.get(Fit, (other.id, pair.product.id)).parts}

    other = open_scenario(people.other, people.reviewer, now)
    worker(now + timedelta(days=1))
    before = parts()
    firm = people.chip.organization_id
    dismissal = operations.dismiss_scenario(
        session, pair.scenario, firm, reason=DismissalReason.CAPACITY, actor=people.chip, now=now
    )
    worker(now + timedelta(days=1))
    changed = {name for name, value in parts().items() if value != before[name]}
    assert changed == {"capacity"}
    assert parts()["capacity"] < before["capacity"]
    operations.restore(session, dismissal, actor=people.chip, now=now)
    worker(now + timedelta(days=1))
    assert parts() == before


def test_a_field_that_a_firm_calls_not_its_own_gives_it_no_experience(session, world, now, worker, indexed):
    project = world.approve(world.review(world.confirm(world.select(*world.shortlisted("first")))))
    firm = world.firms["first"].id
    product = product_of(world.chip("first"), now)
    fresh = open_scenario(world.anchor(), world.actor("fresh", "reviewer"), now)
    indexed()
    worker(now + timedelta(days=60))

    def domain():
        session.expire_all()
        return next(part for part in session.get(Fit, (fresh.id, product.id)).parts if part[0] == "domain")

    assert project.domain_code == fresh.domain_code
    assert domain()[3] == [project.domain_code]
    operations.dismiss_scenario(session, fresh, firm, reason=DismissalReason.FIELD, actor=world.chip("first"), now=now)
    worker(now + timedelta(days=60))
    assert domain()[1:] == [0, 0.0, []]


def test_only_members_of_the_firm_dismiss_and_with_a_reason(session, people, pair, now):
    asked = {"reason": DismissalReason.OTHER, "now": now}
    with pytest.raises(Forbidden):
        operations.dismiss_product(session, pair.scenario, pair.product, actor=people.chip, note="不合适", **asked)
    with pytest.raises(Forbidden):
        operations.dismiss_scenario(
            session, pair.scenario, people.owner.organization_id, actor=people.owner, note="不合适", **asked
        )
    with pytest.raises(Forbidden):
        operations.dismiss_scenario(session, pair.scenario, people.rival.organization_id, actor=people.chip, note="不合适", **asked)
    for note in ("", "长" * 2001):
        with pytest.raises(Invalid):
            operations.dismiss_scenario(session, pair.scenario, people.chip.organization_id, actor=people.chip, note=note, **asked)
    firm = people.chip.organization_id
    with pytest.raises(NotFound):
        operations.dismiss_scenario(session, pair.scenario, firm, product=pair.poor, actor=people.chip, note="不合适", **asked)
    assert session.scalar(select(func.count()).select_from(Dismissal)) == 0


# ---- encoders and generations


class Letters:
    """An encoder whose vectors count letters: texts of the same letters lie in the same direction."""

    name = "letters"

    def __init__(self):
        self.encoded = Counter()
        self.away = False

    def encode(self, texts, side):
        if self.away:
            raise EncoderUnavailable("away")
        self.encoded.update(texts)
        rows = np.array([[1 + text.count(letter) for letter in "芯片雷达功率车"] for text in texts], np.float32).reshape(
            len(texts), 7
        )
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def letters(app):
    made = Letters()
    app.extensions["encoders"] = {"letters": Careful(made)}
    app.config["ENCODER"] = "letters"
    return made


def refine_all(worker, now):
    while refine(now=now):
        worker(now + timedelta(days=1))


def encoders_of(session):
    session.expire_all()
    return [row.encoder for row in session.scalars(select(Generation))], set(session.scalars(select(RecordEmbedding.encoder)))


def test_embeddings_are_made_once_in_the_background_and_then_all_count(app, session, people, pair, worker, now, letters):
    assert encoders_of(session) == (["none"], set())
    session.rollback()
    refine_all(worker, now)
    assert encoders_of(session) == (["letters"], {"letters"})
    assert all(part[1] > 0 for fit in session.scalars(select(Fit)) for part in fit.parts if part[0] == "meaning")
    assert set(letters.encoded.values()) == {1}
    products.edit_product(session, pair.product.id, product_content(name="汽车雷达芯片"), version=None, actor=people.chip, now=now)
    worker(now + timedelta(days=1))
    session.rollback()
    refine_all(worker, now)
    assert letters.encoded["汽车雷达芯片 KR7731"] == letters.encoded[pair.scenario.title] == 1
    assert as_texts(table(session)) == made_at_once(session)


def test_another_encoder_takes_over_only_when_everything_is_embedded(
    app, session, client, people, pair, worker, indexed, now, letters
):
    session.rollback()
    refine_all(worker, now)
    other = Letters()
    other.name = "other"
    app.extensions["encoders"]["other"], app.config["ENCODER"] = Careful(other), "other"
    other.away = True
    assert refine(now=now) == 0
    assert encoders_of(session) == (["letters"], {"letters"})
    assert session.scalars(select(Generation.encoder_failed_at)).one() == now
    indexed()
    assert client.get("/readyz").json == {"status": "ready", "degraded": ["encoder"]}
    other.away = False
    session.rollback()
    refine_all(worker, now)
    assert encoders_of(session) == (["other"], {"other"})
    assert session.scalars(select(Generation.encoder_failed_at)).one() is None
    app.config["ENCODER"] = "none"
    session.rollback()
    refine_all(worker, now)
    assert encoders_of(session) == (["none"], set())


def test_a_grown_collection_gets_new_constants(app, session, people, pair, worker, now):
    before = session.scalars(select(Generation.number)).one()
    for at in range(following.LEAST_GROWN + 1):
        product_of(people.chip, now, name=f"{TITLES[at % 6]} {at}")
    worker(now + timedelta(days=1))
    session.rollback()
    refine_all(worker, now)
    session.expire_all()
    generation = session.scalars(select(Generation)).one()
    assert (generation.number, generation.records) == (before + 1, 3 + following.LEAST_GROWN + 1)
    assert as_texts(table(session)) == made_at_once(session)


def test_a_word_for_a_technology_that_comes_changes_or_goes_counts_at_once(session, people, pair, worker, now):
    """A scenario asks for the technologies that its text names; nothing is started anew meanwhile."""
    by = {"actor": actor_of(UserFactory(is_operator=True)), "now": now}
    names = {"name_zh": pair.scenario.title, "name_en": "Receiver", "track_code": "design"}
    steps = (
        lambda: taxonomy.create_term(session, Technology, "receiver", names, **by),
        lambda: taxonomy.edit_term(session, Technology, "receiver", {**names, "name_zh": "无此词"}, version=None, **by),
        lambda: taxonomy.edit_term(session, Technology, "receiver", names, version=None, **by),
        lambda: taxonomy.set_retired(session, Technology, "receiver", retired=True, **by),
        lambda: taxonomy.set_retired(session, Technology, "receiver", retired=False, **by),
    )
    asked = []
    for step in steps:
        step()
        worker(now + timedelta(days=1))
        session.rollback()
        assert as_texts(table(session)) == made_at_once(session)
        statement = select(MarketRecord.digest).where(MarketRecord.record_id == pair.scenario.id)
        asked.append(session.scalars(statement).one())
    assert [each == asked[0] for each in asked] == [True, False, True, False, True]


def test_rows_of_many_products_are_made_little_by_little(app, session, people, pair, worker, now, monkeypatch):
    monkeypatch.setattr(following, "AT_ONCE", 1)
    session.rollback()
    following.make_generation(now=now)
    made = select(func.count()).where(MarketRecord.side == MarketSide.PRODUCT, MarketRecord.row_made)
    assert session.scalar(made) == 1
    session.rollback()
    refine_all(worker, now)
    assert session.scalar(made) == 2
    assert as_texts(table(session)) == made_at_once(session)


def test_a_market_that_lost_the_race_computes_anew(app, session, people, pair, worker, now):
    product = pair.product.id
    session.rollback()
    mine = app.extensions["market"]
    rows = market.settle(session, mine, {MarketSide.PRODUCT: [product]})
    session.execute(update(Generation).values(applied=Generation.applied + 1))
    session.commit()
    assert following.table.write(session, mine, rows) is False
    following.follow({MarketSide.PRODUCT: [product]}, now=now)
    assert as_texts(table(session)) == made_at_once(session)


def test_a_line_that_cannot_be_read_stops_nothing(session, people, now, worker, indexed):
    rows = [
        RequirementRow(name, Operator.AT_LEAST, value, "W", True, 50, "")
        for name, value in (("功耗", "10^400"), ("奇怪", "；7；；"))
    ]
    scenario = open_scenario(people.owner, people.reviewer, now, requirements=rows)
    product = product_of(people.chip, now, parameters=(Parameter("功耗", "1" * 190, "W"), Parameter("奇怪", "～", "")))
    indexed()
    worker(now + timedelta(days=1))
    assert {each["verdict"] for each in session.get(Fit, (scenario.id, product.id)).verdicts} == {"unknown"}


def test_the_command_brings_the_table_up_to_date(app, session, people, now, letters):
    open_scenario(people.owner, people.reviewer, now)
    product_of(people.chip, now)
    session.commit()
    runner = app.test_cli_runner()
    result = runner.invoke(args=["matches", "refresh"])
    assert "generation 2, 2 records, encoder letters" in result.output
    assert result.exit_code == 0
    assert len(table(session)) == 1
    session.rollback()
    result = runner.invoke(args=["matches", "refresh", "--all"])
    assert "generation 3" in result.output
    letters.away = True
    product_of(people.rival, now, name="另一个")
    session.commit()
    result = runner.invoke(args=["matches", "refresh"])
    assert result.exit_code == 1
    assert "encoder does not answer" in result.output
    assert len(table(session)) == 2
