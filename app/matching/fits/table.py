"""Writing the match table: rows that changed, or all of it under a new generation, each in one short transaction."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from app.database import insert_into
from app.matching.fits.items import chunks
from app.matching.fits.market import AnyTaken, Market, Rows
from app.matching.fits.models import Fit, Generation, MarketRecord, MarketSide, RecordEmbedding
from search_index.matching import Score
from search_index.parameters import Verdict

Pair: TypeAlias = tuple[uuid.UUID, uuid.UUID]

PAIRS_PER_STATEMENT = 200


def write(session: Session, market: Market, rows: Rows) -> bool:
    """Bring the table up to these rows; the caller commits. False, and nothing written, where another worker wrote since."""
    if not _claim(session, market):
        return False
    known = _existing(session, rows)
    scores = _scores(rows)
    standing = _standing(known, scores, rows)
    _store(session, market, scores, known, {pair: flags for pair, flags in standing.items() if any(flags)})
    gone = [pair for pair, flags in standing.items() if not any(flags)]
    for start in range(0, len(gone), PAIRS_PER_STATEMENT):
        part = gone[start : start + PAIRS_PER_STATEMENT]
        session.execute(delete(Fit).where(tuple_(Fit.scenario_id, Fit.product_id).in_(part)))
    _note(session, market, rows.taken, made=set(rows.of_products))
    market.applied += 1
    return True


def write_all(
    session: Session, market: Market, rows: Rows, *, constants: bytes, previous: tuple[int, int] | None, now: datetime
) -> bool:
    """Replace the table by that of a new generation; the caller commits. `previous`: number and counter of the one it follows.

    False, and nothing written, where another worker wrote since that was read.
    """
    if previous is not None:
        raised = update(Generation).where(Generation.number == previous[0], Generation.applied == previous[1])
        if not session.connection().execute(raised.values(applied=previous[1] + 1)).rowcount:
            session.rollback()
            return False
    session.execute(delete(Generation))
    session.add(
        Generation(
            number=market.number,
            encoder=market.encoder,
            constants=constants,
            records=len(market.digests),
            applied=market.applied + 1,
            made_at=now,
        )
    )
    for table in (Fit, MarketRecord):
        session.execute(delete(table))
    session.execute(delete(RecordEmbedding).where(RecordEmbedding.encoder != market.encoder))
    scores = _scores(rows)
    _store(session, market, scores, {}, _standing({}, scores, rows))
    _note(session, market, rows.taken, made=set(rows.of_products))
    market.applied += 1
    return True


def _claim(session: Session, market: Market) -> bool:
    """Raise the counter from the value that this market knows: whoever comes second finds another value."""
    statement = update(Generation).where(Generation.number == market.number, Generation.applied == market.applied)
    if session.connection().execute(statement.values(applied=market.applied + 1)).rowcount:
        return True
    session.rollback()
    return False


def _existing(session: Session, rows: Rows) -> dict[Pair, Any]:
    columns = (
        Fit.scenario_id, Fit.product_id, Fit.generation, Fit.scenario_digest, Fit.product_digest, Fit.of_scenario, Fit.of_product,
    )  # fmt: skip
    found: dict[Pair, Any] = {}
    scenarios = {*rows.of_scenarios, *(each for each, (side, _) in rows.taken.items() if side is MarketSide.SCENARIO)}
    products = {*rows.of_products, *(each for each, (side, _) in rows.taken.items() if side is MarketSide.PRODUCT)}
    for column, ids in ((Fit.scenario_id, scenarios), (Fit.product_id, products)):
        for part in chunks(ids):
            for row in session.execute(select(*columns).where(column.in_(part))):
                found[row.scenario_id, row.product_id] = row
    return found


def _scores(rows: Rows) -> dict[Pair, Score]:
    return {
        (uuid.UUID(score.scenario), uuid.UUID(score.product)): score
        for made in (rows.of_scenarios, rows.of_products)
        for row in made.values()
        for score in row
    }


def _standing(known: Mapping[Pair, Any], scores: Mapping[Pair, Score], rows: Rows) -> dict[Pair, tuple[bool, bool]]:
    """In whose rows each pair stands now: the scenario's, the product's. Rows that were not made stay as they are known."""
    members = {
        side: {owner: {getattr(score, other) for score in row} for owner, row in made.items()}
        for side, other, made in ((0, "product", rows.of_scenarios), (1, "scenario", rows.of_products))
    }
    gone = {identity for identity, (_, taken) in rows.taken.items() if taken is None}
    found: dict[Pair, tuple[bool, bool]] = {}
    for pair in {**known, **dict.fromkeys(scores)}:
        scenario, product = pair
        before = known.get(pair)
        in_scenarios = members[0].get(scenario)
        in_products = members[1].get(product)
        of_scenario = str(product) in in_scenarios if in_scenarios is not None else bool(before and before.of_scenario)
        of_product = str(scenario) in in_products if in_products is not None else bool(before and before.of_product)
        left = scenario in gone or product in gone
        found[pair] = (of_scenario and not left, of_product and not left)
    return found


def _store(
    session: Session,
    market: Market,
    scores: Mapping[Pair, Score],
    known: Mapping[Pair, Any],
    standing: Mapping[Pair, tuple[bool, bool]],
) -> None:
    """Write the pairs that are new, changed, or stand in other rows than before."""
    values = []
    for pair, (of_scenario, of_product) in standing.items():
        digests = (market.number, market.digests[pair[0]], market.digests[pair[1]])
        before = known.get(pair)
        if before is not None and tuple(before)[2:] == (*digests, of_scenario, of_product):
            continue
        score = scores.get(pair) or market.index.score(str(pair[0]), str(pair[1]))
        values.append(
            {
                "scenario_id": pair[0],
                "product_id": pair[1],
                "generation": digests[0],
                "scenario_digest": digests[1],
                "product_digest": digests[2],
                "of_scenario": of_scenario,
                "of_product": of_product,
                **_content(score),
                "unmet_must": market.unmet_musts(score),
            }
        )
    _upsert(session, Fit, ("scenario_id", "product_id"), values)


def _content(score: Score) -> dict[str, Any]:
    verdicts = [
        {
            "line": each.line,
            "verdict": each.judgement.verdict.value,
            "evidence": each.judgement.evidence,
            "note": each.judgement.note.code,
            "data": dict(each.judgement.note.data),
        }
        for each in score.judged
    ]
    return {
        "score": score.hundredths,
        "parts": [[part.name, part.hundredths, round(part.value, 4), list(part.detail)] for part in score.parts],
        "verdicts": verdicts,
        "met": sum(each.judgement.verdict is Verdict.MET for each in score.judged),
        "lines": len(score.judged),
    }


def _note(
    session: Session, market: Market, taken: Mapping[uuid.UUID, tuple[MarketSide, AnyTaken | None]], *, made: set[uuid.UUID]
) -> None:
    """Write down as what the records were taken, and which products' rows are made."""
    values = [
        {
            "record_id": identity,
            "side": side,
            "digest": each.digest if each else 0,
            "text_digest": each.text.digest if each else "",
            "applied": market.applied + 1,
            "listed": each is not None,
            "row_made": side is MarketSide.SCENARIO or identity in made,
        }
        for identity, (side, each) in taken.items()
    ]
    _upsert(session, MarketRecord, ("record_id",), values)
    for part in chunks(made - set(taken)):
        session.execute(update(MarketRecord).where(MarketRecord.record_id.in_(part)).values(row_made=True))


def _upsert(session: Session, table: type[Fit] | type[MarketRecord], key: Iterable[str], values: list[dict[str, Any]]) -> None:
    if not values:
        return
    statement = insert_into(session, table)
    changed = {name: getattr(statement.excluded, name) for name in values[0] if name not in set(key)}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), values)
