"""Requirement lines out of pasted text: what becomes a line, what stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenarios.content import LINE_LENGTH, MOST_ROWS
from app.scenarios.models import Operator
from app.scenarios.reading import read_requirements


def test_each_line_of_text_becomes_a_row_or_stays():
    reading = read_requirements("工作温度范围不低于-40~125℃\n外观大方\n功耗期望不超过2W\n")
    temperature, power = reading.rows
    assert (temperature.name, temperature.operator, temperature.value, temperature.unit, temperature.must) == (
        "工作温度", Operator.COVERS, "-40~125", "℃", True
    )  # fmt: skip
    assert (power.name, power.operator, power.value, power.unit, power.must) == ("功耗", Operator.AT_MOST, "2", "W", False)
    assert reading.rest == "外观大方"


@pytest.mark.parametrize("text", ["", "\n\n", "0", "10^400", "\u0000\u0007", "~~~", "１２３"])
def test_nothing_is_made_of_nothing(text):
    assert read_requirements(text).rows == []


def test_more_than_the_table_holds_stays_text():
    text = "\n".join(f"功耗不高于{number}W" for number in range(1, MOST_ROWS + 6))
    reading = read_requirements(text)
    assert len(reading.rows) == MOST_ROWS
    assert len(reading.rest.splitlines()) == 5


@given(st.text(max_size=400))
def test_any_text_is_read_into_rows_that_can_be_stored(text):
    reading = read_requirements(text)
    assert all(row.name and max(len(row.name), len(row.value), len(row.unit)) <= LINE_LENGTH for row in reading.rows)
