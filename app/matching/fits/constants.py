"""The frozen constants of a generation as bytes: term statistics of the collection, and where its embeddings lie."""

import json
import zlib
from base64 import b85decode, b85encode
from typing import Any

import numpy as np

from search_index.encoders import Vectors
from search_index.similarity import Statistics, TextModel
from search_index.similarity_space import Space

WORDS_ALONE = "none"


def model_of(encoder: str, statistics: Statistics | None, space: Space | None) -> TextModel:
    """The fitted model under a collection's statistics; by words alone where there is no space."""
    return TextModel.shipped(encoder if space is not None else WORDS_ALONE, catalogue=statistics, space=space)


def dump(statistics: Statistics | None, space: Space | None) -> bytes:
    """Both in compressed JSON."""
    content: dict[str, Any] = {"statistics": None, "space": None}
    if statistics is not None:
        content["statistics"] = {"texts": statistics.texts, "lengths": statistics.lengths, "counts": statistics.counts}
    if space is not None:
        content["space"] = {"means": _text(space.means), "components": _text(space.components), "width": space.means.shape[1]}
    return zlib.compress(json.dumps(content, ensure_ascii=False).encode())


def load(encoder: str, stored: bytes) -> TextModel:
    """The model that `dump` stored."""
    content = json.loads(zlib.decompress(stored))
    statistics = Statistics(**content["statistics"]) if content["statistics"] else None
    space = None
    if content["space"]:
        width = content["space"]["width"]
        space = Space(_matrix(content["space"]["means"], width), _matrix(content["space"]["components"], width))
    return model_of(encoder, statistics, space)


def _text(matrix: Vectors) -> str:
    return b85encode(np.ascontiguousarray(matrix, np.float32).tobytes()).decode()


def _matrix(text: str, width: int) -> Vectors:
    return np.frombuffer(b85decode(text), np.float32).reshape(-1, width)
