"""The unified social credit code of GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.credit_code import ALPHABET, check_character, is_valid, normalize

# codes as their holders publish them, and the one that texts about the standard take for their example
PUBLISHED = ("914403001922038216", "91440300708461136T", "9144030071526726XG", "91350100M000100Y43")

firsts = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_pass(code):
    assert is_valid(code)


@given(firsts)
def test_there_is_exactly_one_check_character_for_each_code(first):
    assert [character for character in ALPHABET if is_valid(first + character)] == [check_character(first)]


@given(firsts, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(first, position, other):
    code = first + check_character(first)
    changed = code[:position] + other + code[position + 1 :]
    assert is_valid(changed) == (changed == code)


@given(firsts, st.integers(0, 15))
def test_two_neighbours_in_the_wrong_order_are_always_found(first, position):
    code = first + check_character(first)
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert is_valid(swapped) == (swapped == code)


@given(st.text(max_size=40))
def test_any_text_gets_a_verdict(text):
    assert is_valid(normalize(text)) in {True, False}


@pytest.mark.parametrize("code", ["", "91440300708461136", "91440300708461136TT", "9144030070846113OT", "91440300708461136t"])
def test_wrong_length_letters_that_do_not_occur_and_small_letters_fail(code):
    assert not is_valid(code)


def test_white_space_and_small_letters_are_put_right_before_the_check():
    assert is_valid(normalize(" 9144 0300 7084 6113 6t\n"))


@pytest.mark.parametrize("first", ["", "123", "1" * 18, "I" * 17])
def test_no_check_character_for_what_cannot_stand_in_a_code(first):
    with pytest.raises(ValueError):  # noqa: PT011
        check_character(first)
