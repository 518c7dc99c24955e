"""How good what is found is: the labelled queries over the demo data, ours beside plain Whoosh with jieba's ChineseAnalyzer."""

from app import create_app
from app.clock import utcnow
from app.discovery.index import engine
from app.extensions import db
from tests.relevance.measure import report


def measure() -> dict[str, float]:
    """nDCG@10, recall@20 and the share of queries without a hit; in whole, held out, and ours by class of query."""
    app = create_app()
    with app.app_context():
        return {name: round(value, 4) for name, value in report(db.session(), engine(), utcnow()).items()}


def show(figures: dict[str, float]) -> None:
    """One line for each figure."""
    for name, value in figures.items():
        print(f"  {name:<44} {value:.3f}")
