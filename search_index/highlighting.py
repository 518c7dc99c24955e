"""The best stretch of a text, in pieces: Whoosh chooses it, our analyzer tells what in it was searched for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from whoosh import highlight

from search_index import analysis
from search_index.engine import Piece
from search_index.plan import Plan

LONGEST = 120  # characters of a text that is shown in whole, and about those of a fragment
_FRAGMENTER = highlight.PinpointFragmenter(maxchars=LONGEST, surround=LONGEST // 3, charlimit=None)
_SCORER = highlight.BasicFragmentScorer()
_ELLIPSIS = "…"
_LATIN_BEFORE, _LATIN_AFTER = re.compile(r"[A-Za-z0-9.\-]{0,20}$"), re.compile(r"[A-Za-z0-9.\-]{0,20}")


@dataclass(frozen=True, slots=True)
class _Match:
    """A stretch that was searched for, with the names that Whoosh's fragmenters read."""

    startchar: int
    endchar: int
    text: str
    boost: float = 1.0


def highlights(texts: Mapping[str, Sequence[str]], plan: Plan) -> dict[str, list[Piece]]:
    """For each text in which something was searched for, its best fragment."""
    found = {}
    for name, passages in texts.items():
        fragments = [fragment for passage in passages for fragment in _fragments(passage, plan)]
        if fragments:
            found[name] = _pieces(max(fragments, key=_SCORER))
    return found


def _fragments(text: str, plan: Plan) -> Iterator[highlight.Fragment]:
    matches = _matches(text, plan)
    if matches and len(text) <= LONGEST:
        yield highlight.Fragment(text, matches)
    elif matches:
        yield from _FRAGMENTER.fragment_matches(text, matches)


def _matches(text: str, plan: Plan) -> list[_Match]:
    """What in a text was searched for, without overlaps."""
    matches: list[_Match] = []
    for token in sorted((token for token in analysis.tokens(text) if token.term in plan.terms), key=lambda token: token.start):
        last = matches[-1] if matches else None
        if last and token.start < last.endchar:
            matches[-1] = _Match(last.startchar, max(last.endchar, token.end), last.text)
        else:
            matches.append(_Match(token.start, token.end, token.term))
    return matches


def _pieces(fragment: highlight.Fragment) -> list[Piece]:
    """A fragment in pieces, widened to whole Latin words, with an ellipsis where text is left out."""
    text = fragment.text
    begin, end = fragment.startchar, fragment.endchar
    if begin and (before := _LATIN_BEFORE.search(text[:begin])):
        begin = before.start()
    if after := _LATIN_AFTER.match(text, end):
        end = after.end()
    pieces, at = [Piece(_ELLIPSIS)] if begin else [], begin
    for match in fragment.matches:
        pieces += [Piece(text[at : match.startchar]), Piece(text[match.startchar : match.endchar], hit=True)]
        at = match.endchar
    pieces += [Piece(text[at:end]), Piece(_ELLIPSIS if end < len(text) else "")]
    return [piece for piece in pieces if piece.text]
