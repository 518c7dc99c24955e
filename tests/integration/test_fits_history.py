"""Whatever happens to records, in whatever order workers take it up: the table holds what a market made at once says."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.matching.fits import market, operations
from app.matching.fits.models import DismissalReason
from app.products import operations as products
from app.products.models import Product, ProductStatus
from app.products.operations import Parameter
from app.scenarios import operations as scenarios
from app.scenarios.content import RequirementRow
from app.scenarios.models import Operator, Scenario, ScenarioStatus
from search_index.matching_index import Sizes
from tests.factories.organizations import firm_actor, reviewer
from tests.factories.products import product_content, product_of
from tests.factories.scenarios import open_scenario
from tests.support.fits import as_texts, made_at_once, table

TITLES = ("77 GHz 毫米波雷达收发芯片", "碳化硅功率模块", "车规级微控制器", "以太网交换芯片", "六轴惯性传感器", "存储主控芯片")


class History:
    """Two anchor firms, two chip firms, and what they do; `workers` take turns at the outbox, each with a market of its own."""

    def __init__(self, app, session, worker, now, workers):
        self.app, self.session, self.worker, self.now = app, session, worker, now
        self.anchors, self.chips = [firm_actor(anchor=True), firm_actor(anchor=True)], [firm_actor(), firm_actor()]
        self.reviewer, self.resting = reviewer(), [None] * (workers - 1)
        for at, title in enumerate(TITLES):
            product_of(self.chips[at % 2], now, name=title, parameters=self.sheet(at))
        for title in TITLES[:2]:
            open_scenario(self.anchors[0], self.reviewer, now, title=title)

    def sheet(self, power):
        return (Parameter("功耗", str(power), "W"),)

    def whose(self, actors, record):
        return next(actor for actor in actors if actor.belongs_to(record.organization_id))

    def one_of(self, draw, statement):
        """One of the records found, or None. What is drawn does not hang on them: one database sees all examples in turn."""
        place, found = draw(st.integers(0, 99)), self.session.scalars(statement).all()
        return found[place % len(found)] if found else None

    def offered(self, draw):
        return self.one_of(draw, select(Product).order_by(Product.name, Product.id))

    def opened(self, draw):
        statement = select(Scenario).where(Scenario.status == ScenarioStatus.OPEN)
        return self.one_of(draw, statement.order_by(Scenario.title, Scenario.id))

    def open(self, draw):
        line = RequirementRow("功耗", Operator.AT_MOST, str(draw(st.integers(1, 4))), "W", True, 60, "实测")
        title = draw(st.sampled_from(TITLES))
        open_scenario(draw(st.sampled_from(self.anchors)), self.reviewer, self.now, title=title, requirements=[line])

    def offer(self, draw):
        title, power = draw(st.sampled_from(TITLES)), draw(st.integers(1, 4))
        product_of(draw(st.sampled_from(self.chips)), self.now, name=title, parameters=self.sheet(power))

    def change(self, draw):
        product = self.offered(draw)
        content = product_content(name=draw(st.sampled_from(TITLES)), parameters=self.sheet(draw(st.integers(1, 4))))
        by = {"actor": self.whose(self.chips, product), "now": self.now}
        products.edit_product(self.session, product.id, content, version=None, **by)

    def turn(self, draw):
        product = self.offered(draw)
        move = products.retire_product if product.status is ProductStatus.ACTIVE else products.reactivate_product
        move(self.session, product.id, actor=self.whose(self.chips, product), now=self.now)

    def cancel(self, draw):
        if scenario := self.opened(draw):
            owner = self.whose(self.anchors, scenario)
            scenarios.cancel(self.session, scenario, reason="不再需要", actor=owner, now=self.now)

    def dismiss(self, draw):
        reason = draw(st.sampled_from((DismissalReason.FIELD, DismissalReason.CAPACITY)))
        if scenario := self.opened(draw):
            by = {"reason": reason, "actor": self.chips[0], "now": self.now}
            operations.dismiss_scenario(self.session, scenario, self.chips[0].organization_id, **by)

    def work(self, _draw=None):
        """A worker carries out what is promised; then the next one has its turn."""
        self.worker(self.now + timedelta(days=30))
        self.resting.append(self.app.extensions.pop("market", None))
        if (next_one := self.resting.pop(0)) is not None:
            self.app.extensions["market"] = next_one

    def restart(self, _draw):
        """A worker ends, and forgets its market."""
        self.app.extensions.pop("market", None)


STEPS = (
    History.open, History.offer, History.offer, History.change, History.change, History.turn, History.cancel, History.dismiss,
    History.work, History.work, History.restart,
)  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.long
def test_any_history_leaves_what_a_market_made_at_once_holds(app, session, now, worker, indexed, monkeypatch, workers):
    monkeypatch.setattr(market, "SIZES", Sizes(row=2, judged_products=3, judged_scenarios=2, buffer=1))
    history = History(app, session, worker, now, workers)
    indexed()

    @given(st.data())
    @settings(max_examples=max(6, settings().max_examples // 4))
    def check(data):
        for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=8, max_size=20)):
            step(history, data.draw)
        history.work()
        assert as_texts(table(session)) == made_at_once(session)

    check()
