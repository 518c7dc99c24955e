"""The best stretch of a text, in pieces: Whoosh chooses it, our analyzer tells what in it was searched for."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache

from whoosh import highlight

from search_index import analysis
from search_index.engine import Piece
from search_index.lexemes import lexicon

LONGEST = 120  # characters of a text that is shown in whole, and about those of a fragment
_FRAGMENTER = highlight.PinpointFragmenter(maxchars=LONGEST, surround=LONGEST // 3, charlimit=None)
_SCORER = highlight.BasicFragmentScorer()
_ELLIPSIS = "…"
_CLAUSE = re.compile(r"[^，。；！？、\n]+")  # no word goes across these
_JOINTS = re.compile(r"[\W_]+")
_LATIN_BEFORE, _LATIN_AFTER = re.compile(r"[A-Za-z0-9.\-]{0,20}$"), re.compile(r"[A-Za-z0-9.\-]{0,20}")


@dataclass(frozen=True, slots=True)
class _Match:
    """A stretch that was searched for, with the names that Whoosh's fragmenters read."""

    startchar: int
    endchar: int
    text: str
    boost: float = 1.0


def highlights(texts: Mapping[str, Sequence[str]], terms: Set[str]) -> dict[str, list[Piece]]:
    """For each text in which something was searched for, its best fragment."""
    spellings = [spelling for term in terms for spelling in _spellings(term)]
    found = {}
    for name, passages in texts.items() if terms else ():
        fragments = [fragment for passage in passages for fragment in _fragments(passage, terms, spellings)]
        if fragments:
            found[name] = _pieces(max(fragments, key=_SCORER))
    return found


def _fragments(text: str, terms: Set[str], spellings: Sequence[str]) -> Iterator[highlight.Fragment]:
    clauses = _CLAUSE.finditer(text) if _may_hold(text, spellings) else ()
    matches = [match for clause in clauses if _may_hold(clause[0], spellings) for match in _matches(clause, terms)]
    if matches and len(text) <= LONGEST:
        yield highlight.Fragment(text, matches)
    elif matches:
        yield from _FRAGMENTER.fragment_matches(text, matches)


def _may_hold(text: str, spellings: Sequence[str]) -> bool:
    """Whether one of the spellings is in the text, joints aside: analysing every text of a page would take most of a search."""
    joined = _JOINTS.sub("", analysis.normalize(text))
    return any(spelling in joined for spelling in spellings)


@lru_cache(maxsize=1 << 12)
def _spellings(term: str) -> tuple[str, ...]:
    """What is in any text that a term was made of. A stem ends in i where the word has y."""
    names = _names_of_groups().get(term, (term,))
    return tuple(name.removesuffix("i") if name.isascii() else name for name in names)


@cache
def _names_of_groups() -> dict[str, list[str]]:
    names = defaultdict(list)
    for name, groups in lexicon().groups.items():
        for group in groups:
            names[group].append(name)
    return dict(names)


def _matches(clause: re.Match[str], terms: Set[str]) -> list[_Match]:
    """What in a clause was searched for, without overlaps."""
    matches: list[_Match] = []
    for token in sorted((token for token in analysis.tokens(clause[0]) if token.term in terms), key=lambda token: token.start):
        begin, end = clause.start() + token.start, clause.start() + token.end
        if matches and begin < matches[-1].endchar:
            matches[-1] = _Match(matches[-1].startchar, max(matches[-1].endchar, end), matches[-1].text)
        else:
            matches.append(_Match(begin, end, token.term))
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
