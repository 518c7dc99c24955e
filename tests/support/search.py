"""Small documents, and a search that can be checked by eye: sets and loops, straight from the meaning of a request."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_index import analysis, ranking
from search_index.engine import Document, Request


def document(identity: str, title: str = "", *, kind: str = "product", version: int = 1, **parts) -> Document:
    """A document; `parts` are further texts, and codes, numbers, readers, hidden_from by their names."""
    known = {name: parts.pop(name) for name in ("codes", "numbers") if name in parts}
    known |= {name: frozenset(parts.pop(name)) for name in ("readers", "hidden_from") if name in parts}
    texts = {name: text for name, text in {"title": title, **parts}.items() if text}
    return Document(identity, f"record-{identity}", kind, version, texts, **known)


@dataclass(frozen=True)
class Clause:
    """A part of a query: words of which one will do, maybe in one field, maybe not wanted."""

    words: tuple[str, ...]
    field: str | None = None
    unwanted: bool = False

    def __str__(self) -> str:
        named = f"{self.field}:" if self.field else ""
        return " OR ".join(("-" if self.unwanted else "") + named + word for word in self.words)


class Reference:
    """What an index of the documents has to answer."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = list({document.id: document for document in documents}.values())
        self._terms = {document.id: self._counted(document) for document in self.documents}

    def found(self, clauses: Sequence[Clause], request: Request) -> dict[str, float]:
        """The ids that a request for these clauses finds before its filters, with their scores."""
        visible = [document for document in self.documents if self._visible(document, request)]
        wanted = [clause for clause in clauses if not clause.unwanted]
        left = [each for each in visible if not any(self._holds(each, clause) for clause in clauses if clause.unwanted)]
        complete = [each for each in left if all(self._holds(each, clause) for clause in wanted)]
        loosened = bool(wanted) and not complete
        return {
            each.id: self._score(each, wanted) + 1000 * loosened * sum(self._holds(each, clause) for clause in wanted)
            for each in (left if loosened else complete)
            if not loosened or any(self._holds(each, clause) for clause in wanted)
        }

    def filtered(self, found: Iterable[str], request: Request, but: str | None = None) -> set[str]:
        """Those of the ids that are left under all filters, or all but one."""
        by_id = {document.id: document for document in self.documents}
        return {
            each
            for each in found
            if all(set(codes) & set(self._codes(by_id[each], name)) for name, codes in request.filters.items() if name != but)
            and all(self._within(by_id[each].numbers.get(name), limits) for name, limits in request.ranges.items())
        }

    def facet(self, found: Iterable[str], request: Request, name: str) -> dict[str, int]:
        """The counts of a facet."""
        left = self.filtered(found, request, but=name)
        return dict(Counter(code for each in self.documents if each.id in left for code in set(self._codes(each, name))))

    def _codes(self, document: Document, name: str) -> Sequence[str]:
        return (document.kind,) if name == "kind" else document.codes.get(name, ())

    def _visible(self, document: Document, request: Request) -> bool:
        asked = not request.kinds or document.kind in request.kinds
        return asked and bool(document.readers & request.readers) and not document.hidden_from & request.readers

    def _within(self, number: float | None, limits) -> bool:
        low, high = limits.low, limits.high
        return number is not None and (low is None or number >= low) and (high is None or number <= high)

    def _counted(self, document: Document) -> dict[str, Counter]:
        return {
            name: Counter(term for passage in ([text] if isinstance(text, str) else text) for term in analysis.index_terms(passage))
            for name, text in document.texts.items()
        }

    def _holds(self, document: Document, clause: Clause) -> bool:
        fields = [counts for name, counts in self._terms[document.id].items() if clause.field in (None, name)]
        return any(
            all(any(term in counts for counts in fields for term, _ in alternatives) for alternatives in analysis.query_terms(word))
            for word in clause.words
        )

    def _score(self, document: Document, clauses: Sequence[Clause]) -> float:
        scores = [self._weight(document, term, clause.field) * worth for clause in clauses for word in clause.words
                  for alternatives in analysis.query_terms(word) for term, worth in alternatives]  # fmt: skip
        return sum(scores) if clauses else 1.0

    def _weight(self, document: Document, term: str, field: str | None) -> float:
        texts = self._terms[document.id]
        if not any(term in counts for name, counts in texts.items() if field in (None, name)):
            return 0.0
        frequency = 0.0
        for name, counts in texts.items():
            rule = ranking.FIELDS[name]
            length = 1 - rule.discount + rule.discount * counts.total() / rule.length
            frequency += rule.weight * counts[term] / length if counts[term] else 0
        holding = sum(any(term in counts for counts in each.values()) for each in self._terms.values())
        saturated = (1 + ranking.SATURATION) * frequency / (ranking.SATURATION + frequency)
        return saturated * ranking.rarity(len(self.documents), holding)
