"""`python -m search_index.rank`: candidates by how well they fit a requirement, with the text similarity that matching uses.

One JSON object a line in: `{"requirement": {"id", "title", "text"}, "candidates": [{"id", "title", "text"?}]}`.
One a line out, in the same order: `{"requirement": id, "ranking": [candidate ids, best first], "scores": [0 to 100, descending]}`.
Equals keep the order in which they came. Same input, same output, byte for byte.

A missing or empty text, an empty list and unknown fields are no mistakes. A line that cannot be read gets
`{"requirement": id or null, "error": "..."}`, and the rest still runs. The encoder is the one that KAIJING_ENCODER names.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from search_index.encoders import Careful, Side, Vectors, open_carefully
from search_index.similarity import TextModel, shared
from search_index.similarity_space import Embedding, embed

BLOCK = 32  # lines that are encoded together


class BadLine(Exception):
    """A line of the input is not what the module's description asks for."""


def rank(tasks: Iterable[str], encoder: Careful) -> Iterator[str]:
    """The output lines for the input lines, without line ends. Blank lines are skipped."""
    ranker = _Ranker(encoder)
    block: list[str] = []
    for line in tasks:
        if line.strip():
            block.append(line)
        if len(block) == BLOCK:
            yield from ranker.answers(block)
            block = []
    yield from ranker.answers(block)


class _Ranker:
    """Ranks under one frozen model, and remembers the embeddings of texts that come again."""

    def __init__(self, encoder: Careful) -> None:
        self._encoder = encoder
        self._model = TextModel.shipped(encoder.name)
        self._offered = lru_cache(maxsize=1 << 16)(self._model.offered)
        self._embeddings: dict[tuple[Side, str, str], Embedding] = {}

    def answers(self, lines: list[str]) -> list[str]:
        tasks = [_read(line) for line in lines]
        good = [task for task in tasks if "error" not in task]
        with_meaning = self._model.space is not None and self._encode(good)
        return [json.dumps(task if "error" in task else self._answer(task, with_meaning), ensure_ascii=False) for task in tasks]

    def _encode(self, tasks: list[dict[str, Any]]) -> bool:
        wanted: dict[Side, list[tuple[str, str]]] = {
            "query": [(task["title"], task["text"]) for task in tasks],
            "passage": [(title, text) for task in tasks for _, title, text in task["candidates"]],
        }
        for side, texts in wanted.items():
            new = list(dict.fromkeys(text for text in texts if (side, *text) not in self._embeddings))
            rows = embed(self._encoder, new, side) if new else []
            if rows is None:
                return False
            self._embeddings |= {(side, *text): row for text, row in zip(new, rows, strict=True)}
        return True

    def _answer(self, task: dict[str, Any], with_meaning: bool) -> dict[str, Any]:
        asked = self._model.asked(task["title"], task["text"])
        sums = np.array([shared(asked, self._offered(title, text)) for _, title, text in task["candidates"]], np.int64)
        meaning = self._model.meaning_value(self._products(task)) if with_meaning and task["candidates"] else None
        values = self._model.together(self._model.terms_value(sums), meaning).astype(np.float64)
        scores = np.rint(values * 100_000) / 1000
        order = np.argsort(-scores, kind="stable")
        ids = [candidate[0] for candidate in task["candidates"]]
        return {"requirement": task["requirement"], "ranking": [ids[at] for at in order], "scores": scores[order].tolist()}

    def _products(self, task: dict[str, Any]) -> Vectors:
        space = self._model.space
        assert space is not None  # noqa: S101 - the callers have seen to it
        query = space.place(self._embeddings["query", task["title"], task["text"]], "query")
        places = [space.place(self._embeddings["passage", title, text], "passage") for _, title, text in task["candidates"]]
        return np.asarray(places, np.float32) @ query.astype(np.float32)


def _read(line: str) -> dict[str, Any]:
    """A task, or the answer to a line that is none."""
    name = None
    try:
        task = json.loads(line)
        requirement = task["requirement"]
        name = _id(requirement)
        candidates = [(_id(candidate), _text(candidate, "title"), _text(candidate, "text")) for candidate in task["candidates"]]
        title, text = _text(requirement, "title"), _text(requirement, "text")
    except (BadLine, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {"requirement": name, "error": f"{type(error).__name__}: {error}"[:200]}
    return {"requirement": name, "title": title, "text": text, "candidates": candidates}


def _id(record: Any) -> str | int:
    identity = record.get("id") if isinstance(record, dict) else None
    if not isinstance(identity, str | int):
        raise BadLine("a requirement or candidate without an id")
    return identity


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"{field} is not a text")
    return (value or "").encode("utf-8", "replace").decode()


def main() -> None:
    """Standard input to standard output."""
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    encoder = open_carefully(os.environ.get("KAIJING_ENCODER"), os.environ.get("KAIJING_ENCODER_KEY", ""))
    for answer in rank(sys.stdin, encoder):
        sys.stdout.write(answer + "\n")


if __name__ == "__main__":
    main()
