"""From texts to vectors: a title and the passages of its body, embedded, cleared of what all texts share, and added.

The rows of float16 that `embed` gives are stored with the encoder's name; `Space.place` makes of them the one vector that is
compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from search_index.encoders import Careful, Side, Vectors

Embedding: TypeAlias = npt.NDArray[np.float16]
Place: TypeAlias = npt.NDArray[np.int16]

SHIPPED = Path(__file__).parent / "data" / "space.npz"
PASSAGE_CHARACTERS, PASSAGES = 200, 5
UNIT = 4000  # |a·b| ≤ |a||b| < 2²⁴ for rounded vectors of length 4000: their dot products are exact in float32, in any order
LEAST_FOR_MEANS, LEAST_FOR_COMPONENTS, COMPONENTS = 20, 300, 3


def passages(body: str) -> list[str]:
    """A long text in pieces of 200 characters, the first five of them; white space folded."""
    text = " ".join(body.split())
    return [
        text[at : at + PASSAGE_CHARACTERS] for at in range(0, min(len(text), PASSAGE_CHARACTERS * PASSAGES), PASSAGE_CHARACTERS)
    ]


def embed(encoder: Careful, texts: Sequence[tuple[str, str]], side: Side) -> list[Embedding] | None:
    """For each (title, body) the float16 matrix to be stored: its first row stands for the title, one more for each passage.

    Titles are encoded for their `side`, bodies as passages, each distinct text once. None while the encoder is failing.
    """
    if not texts:
        return []
    titles = list(dict.fromkeys(title for title, _ in texts))
    pieces = list(dict.fromkeys(piece for _, body in texts for piece in passages(body)))
    of_titles = encoder.encode(titles, side)
    if of_titles is None:
        return None
    of_pieces = encoder.encode(pieces, "passage") if pieces else of_titles[:0]
    if of_pieces is None:
        return None
    by_title = dict(zip(titles, of_titles.astype(np.float16), strict=True))
    by_piece = dict(zip(pieces, of_pieces.astype(np.float16), strict=True))
    return [np.vstack([by_title[title], *(by_piece[piece] for piece in passages(body))]) for title, body in texts]


@dataclass(frozen=True)
class Space:
    """Where the embeddings of an encoder lie, so that only what sets texts apart is compared.

    Embeddings of one encoder share a common direction, another one for titles that ask, titles that offer and bodies; and the first
    principal components tell more of the form of a text than of its subject (Mu & Viswanath, All-but-the-Top, ICLR 2018).
    `means`: three rows, for `query`, `passage` and bodies. `components`: orthonormal rows, perhaps none.
    """

    means: Vectors
    components: Vectors

    @classmethod
    def fit(cls, asking: Sequence[Embedding], offering: Sequence[Embedding]) -> "Space":
        """From a collection's own embeddings: means of twenty texts or more, components of the offers' titles of 300 or more.

        Raises ValueError when there is no embedding at all.
        """
        samples = [
            [rows[0] for rows in asking],
            [rows[0] for rows in offering],
            [row for rows in (*asking, *offering) for row in rows[1:]],
        ]
        width = max((row.size for sample in samples for row in sample[:1]), default=0)
        if not width:
            raise ValueError("no embeddings")
        means = np.zeros((3, width), np.float32)
        for kind, sample in enumerate(samples):
            if len(sample) >= LEAST_FOR_MEANS:
                means[kind] = np.mean(sample, axis=0, dtype=np.float64)
        components = np.zeros((0, width), np.float32)
        if len(samples[1]) >= LEAST_FOR_COMPONENTS:
            spread = np.asarray(samples[1], np.float64) - means[1]
            components = np.linalg.svd(spread, full_matrices=False)[2][:COMPONENTS].astype(np.float32)
        return cls(means, components)

    @classmethod
    def shipped(cls, encoder: str) -> "Space | None":
        """The space that comes with the code for this encoder (data/space.npz), or None where one has to be fitted."""
        with np.load(SHIPPED, allow_pickle=False) as stored:
            return cls(stored["means"], stored["components"]) if str(stored["encoder"]) == encoder else None

    def place(self, rows: Embedding, side: Side) -> Place:
        """One vector for a text, in whole 4000ths of a unit: its title and the mean of its passages, each of unit length, added.

        All zeros where nothing is left of the text but what all texts share.
        """
        title = self._clear(rows[:1], 0 if side == "query" else 1)[0]
        body = _unit(self._clear(rows[1:], 2).mean(axis=0)) if len(rows) > 1 else np.zeros_like(title)
        return np.rint(_unit(title + body) * UNIT).astype(np.int16)

    def _clear(self, rows: Embedding, kind: int) -> npt.NDArray[np.float64]:
        left = rows.astype(np.float64) - self.means[kind]
        return _unit(left - (left @ self.components.T) @ self.components)


def _unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: npt.NDArray[np.float64] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)
    return unit
