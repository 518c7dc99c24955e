"""What the worker does for matches while nothing waits: embeddings, rows that nobody has asked for yet, new constants."""

from datetime import datetime

from app.matching.fits.embedding import embed_some
from app.matching.fits.following import make_if_due, make_rows


def refine(*, now: datetime) -> int:
    """Do a little, a few seconds' worth; zero when nothing is left to do."""
    return embed_some(now=now) or make_if_due(now=now) or make_rows(now=now)
