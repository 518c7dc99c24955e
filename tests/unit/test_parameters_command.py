"""`python -m search_index.judge` answers every line, and stops at none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from search_index.judge import answers

EXAMPLES = Path(__file__).parent.parent / "data" / "quantities" / "examples.jsonl"
CASE = {
    "id": 1,
    "requirement": {"name": "功耗", "operator": "<=", "value": "10", "unit": "W"},
    "parameters": [{"name": "功耗", "value": "8", "unit": "W"}],
}
MET = {"id": 1, "verdict": "met", "evidence": "功耗"}


def answer(case):
    return next(iter(answers([case if isinstance(case, bytes) else json.dumps(case).encode()])))


def changed(**parts):
    return CASE | parts


def requirement(**parts):
    return changed(requirement=CASE["requirement"] | parts)


def parameter(**parts):
    return changed(parameters=[CASE["parameters"][0] | parts])


def test_the_command_answers_in_order_and_goes_on_after_a_bad_line():
    lines = EXAMPLES.read_bytes().splitlines()
    lines.insert(3, b"not json")
    run = subprocess.run(
        [sys.executable, "-m", "search_index.judge"], input=b"\n".join(lines) + b"\n\n", capture_output=True, check=True
    )
    found = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert found.pop(3) == {"id": None, "error": "not a line of JSON"}
    cases = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]
    assert found == [{key: case[key] for key in ("id", "verdict", "evidence")} for case in cases]


@pytest.mark.parametrize(
    "case", [CASE, requirement(value=10), requirement(value=10.0), parameter(value=8), requirement(value="１０")]
)
def test_numbers_may_stand_for_texts(case):
    assert answer(case) == MET


def test_the_unit_may_be_left_out():
    bare = {
        "id": 1,
        "requirement": {"name": "通道数", "operator": ">=", "value": "8"},
        "parameters": [{"name": "通道", "value": "16"}],
    }
    assert answer(bare) == {"id": 1, "verdict": "met", "evidence": "通道"}


@pytest.mark.parametrize(
    "case",
    [
        requirement(operator="<"), requirement(operator=None), requirement(operator=["<="]), requirement(value=None),
        requirement(value={}), requirement(value=True), requirement(name=None), requirement(unit=[]), changed(requirement=None),
        changed(requirement=[]), changed(parameters=None), changed(parameters={}), changed(parameters=["功耗"]), parameter(name=3),
        parameter(value=[]), {key: value for key, value in CASE.items() if key != "parameters"},
    ],
)  # fmt: skip
def test_what_is_missing_or_of_another_type_is_an_error(case):
    found = answer(case)
    assert found["id"] == 1
    assert found["error"]


@pytest.mark.parametrize("line", [b"[]", b"null", b"3", b"{", b"\xff\xfe", b"[" * 100_000, b'{"requirement": {}}'])
def test_a_line_that_is_no_case_is_an_error_without_an_id(line):
    assert answer(line) == {"id": None, "error": answer(line)["error"]}


@pytest.mark.parametrize(
    "value", ["", "10^400", "9" * 5_000, "10 \x00\x07 W W", "85~-40", "低", "NaN", "Infinity", "-" * 5_000, "\ud800"]
)
def test_a_value_without_a_figure_is_unknown(value):
    assert answer(requirement(value=value)) == {"id": 1, "verdict": "unknown", "evidence": None}
    assert answer(parameter(value=value)) == {"id": 1, "verdict": "unknown", "evidence": None}


def test_numbers_that_json_does_not_have_prove_nothing():
    line = json.dumps(requirement(value=float("nan"))).encode()
    assert answer(line) == {"id": 1, "verdict": "unknown", "evidence": None}


def test_a_number_too_long_for_an_int_leaves_the_line_its_id():
    line = json.dumps(requirement(value=0)).replace('"value": 0', '"value": ' + "9" * 5_000, 1).encode()
    assert answer(line) == {"id": 1, "verdict": "unknown", "evidence": None}
    assert answer(b'{"id": ' + b"9" * 5_000 + b"}")["id"] == "9" * 5_000
