"""The match table as a test sees it, and what it has to hold."""

from sqlalchemy import select

from app.matching.fits import market
from app.matching.fits.models import Fit, MarketSide
from app.matching.fits.queries import latest_generation


def table(session):
    """Everything in the table: pairs with what is said of them."""
    session.expire_all()
    columns = (Fit.score, Fit.parts, Fit.verdicts, Fit.met, Fit.lines, Fit.unmet_must, Fit.of_scenario, Fit.of_product)
    rows = session.execute(select(Fit.scenario_id, Fit.product_id, Fit.generation, *columns))
    return {(row.scenario_id, row.product_id): tuple(row)[2:] for row in rows}


def made_at_once(session):
    """What the table has to hold: every row of a market that reads all records now, under the present constants."""
    session.rollback()
    generation = latest_generation(session)
    whole, differing = market.open_market(session, generation)
    assert not any(differing.values())
    session.rollback()
    rows = whole.rows(
        [each for each in whole.digests if whole.side_of(each) is MarketSide.SCENARIO],
        [each for each in whole.digests if whole.side_of(each) is MarketSide.PRODUCT],
    )
    pairs = {
        (score.scenario, score.product): score
        for made in (rows.of_scenarios, rows.of_products)
        for row in made.values()
        for score in row
    }
    of = [
        {(score.scenario, score.product) for row in made.values() for score in row}
        for made in (rows.of_scenarios, rows.of_products)
    ]
    return {key: (score.hundredths, key in of[0], key in of[1]) for key, score in pairs.items()}


def as_texts(found):
    """A table in the form of `made_at_once`."""
    return {(str(scenario), str(product)): (row[1], row[7], row[8]) for (scenario, product), row in found.items()}
