"""What a query looks for: read and analysed once, whatever the number of segments.

A short query is made of units (words, phrases, alternatives) that a document should all have; a long one is a description, of which
any word counts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from whoosh import query as tree

from search_index import analysis, language
from search_index.building import fold
from search_index.nodes import All, Any, Description, Node, Phrase, Rarity, Without, Word

LONGEST_DESCRIPTION = 4_000  # characters; what follows is cut
MOST_HIGHLIGHTED = 40  # terms
MOST_UNITS = 12  # nobody expects a document to have each of more
_EVERYTHING = ("", "*", "＊")


@dataclass(frozen=True)
class Plan:
    """What was typed (`text`): `units` should all be there, `without` must hold.

    `names` are the part numbers among the words, `terms` all terms that are looked for, `everything` is true when nothing is asked.
    """

    text: str = ""
    units: Sequence[Node] = ()
    without: Sequence[Without] = ()
    names: Sequence[str] = ()
    terms: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether nothing but words was typed: no phrase, no field, no part number, nothing excluded."""
        return not self.without and not self.names and all(isinstance(unit, Word) and unit.field is None for unit in self.units)

    def telling(self, rarity: Rarity) -> frozenset[str]:
        """The terms that are worth highlighting: all of a short query, the most telling ones of a description."""
        return frozenset(sorted(self.terms, key=lambda term: (-rarity(term), term))[:MOST_HIGHLIGHTED])


@dataclass
class _Seen:
    """What is met on the way through a query."""

    names: list[str] = field(default_factory=list)
    terms: set[str] = field(default_factory=set)


def plan(text: str) -> Plan:
    """Read what was typed. No text is malformed; one without a searchable word looks for nothing, an empty one for everything."""
    text = text.encode("utf-8", "replace").decode().strip()  # half a surrogate pair is no character
    if len(text) > language.LONGEST:
        return _description(text[:LONGEST_DESCRIPTION])
    if text in _EVERYTHING:
        return Plan(text, everything=True)
    seen, units, without = _Seen(), list[Node](), list[Without]()
    for node in _joined(_clauses(language.parse(text))):
        if isinstance(node, tree.Not):
            without += [Without(inner) for inner in (_node(node.query, _Seen()),) if inner]
        elif isinstance(node, tree.Term):
            units += _words(node.text, language.field_of(node), seen)
        else:
            units += [inner for inner in (_node(node, seen),) if inner]
    if len(units) > MOST_UNITS:
        return _description(text)
    return Plan(text, units, without, seen.names, frozenset(seen.terms), everything=bool(without) and not units)


def _description(text: str) -> Plan:
    worth: Counter[str] = Counter()
    for alternatives in analysis.query_terms(text):
        worth.update(dict(alternatives))
    return Plan(text, [Description(dict(worth))] if worth else [], terms=frozenset(worth))


def _clauses(query: tree.Query) -> Sequence[tree.Query]:
    return query.subqueries if isinstance(query, tree.And) else [query]


def _joined(clauses: Sequence[tree.Query]) -> list[tree.Query]:
    """Neighbouring words of one field as one text again, so that names of several words are known: `hybrid bonding`."""
    found: list[tree.Query] = []
    for clause in clauses:
        last = found[-1] if found else None
        if isinstance(clause, tree.Term) and isinstance(last, tree.Term) and clause.fieldname == last.fieldname:
            found[-1] = tree.Term(clause.fieldname, f"{last.text} {clause.text}")
        else:
            found.append(clause)
    return found


def _node(query: tree.Query, seen: _Seen) -> Node | None:
    """What a part of the tree looks for, None when it holds no searchable word."""
    match query:
        case tree.Term():
            return _one(All, _words(query.text, language.field_of(query), seen))
        case tree.Phrase():
            return _phrase(" ".join(query.words), language.field_of(query), seen)
        case tree.Not():
            inner = _node(query.query, _Seen())
            return Without(inner) if inner else None
        case tree.And() | tree.Or():
            parts = _joined(query.subqueries) if isinstance(query, tree.And) else query.subqueries
            inner_nodes = [inner for inner in (_node(part, seen) for part in parts) if inner]
            return _one(All if isinstance(query, tree.And) else Any, inner_nodes)
    return None


def _one(combination: type[All] | type[Any], nodes: Sequence[Node]) -> Node | None:
    return combination(nodes) if len(nodes) > 1 else next(iter(nodes), None)


def _words(text: str, field: str | None, seen: _Seen) -> list[Word]:
    words = [Word(tuple(alternatives), field) for alternatives in analysis.query_terms(text)]
    seen.terms.update(term for word in words for term, _ in word.alternatives)
    for typed in filter(analysis.looks_like_part_number, text.split()):
        seen.names += [alternatives[0][0] for alternatives in analysis.query_terms(typed)[:1]]
    return words


def _phrase(text: str, field: str | None, seen: _Seen) -> Phrase | None:
    folded = fold(text)
    return Phrase(folded, _words(text, field, seen), field) if any(map(str.isalnum, folded)) else None
