"""The data that verdicts are made from is sound."""

import re
from collections import defaultdict
from fractions import Fraction

from search_index.parameters.grades import read_grades
from search_index.parameters.names import read_name
from search_index.parameters.text import clean, meanings, table
from search_index.parameters.units import read_unit


def test_each_spelling_means_one_concept():
    concepts = defaultdict(set)
    for concept, _, spellings in table("parameter_names.tsv"):
        for spelling in spellings.split("|"):
            concepts[clean(spelling).lower()].add(concept)
    assert {spelling: found for spelling, found in concepts.items() if len(found) > 1} == {}


def test_each_spelling_is_read_as_its_concept():
    wrong = {
        spelling: read_name(spelling).concept
        for concept, _, spellings in table("parameter_names.tsv")
        for spelling in spellings.split("|")
        if (read_name(spelling).concept, read_name(spelling).rest) != (concept, "")
    }
    assert wrong == {}


def test_what_a_concept_answers_is_a_concept():
    concepts = {row[0] for row in table("parameter_names.tsv")}
    assert [
        row[1] for row in table("parameter_names.tsv") if row[1] not in {"-", "*"} and row[1].lstrip("~<") not in concepts
    ] == []


def test_designations_name_concepts_and_units():
    concepts = {row[0] for row in table("parameter_names.tsv")}
    for answers, holders, pattern, factor, unit in table("designations.tsv"):
        assert {*answers.split(","), *holders.split(",")} <= concepts
        assert re.compile(pattern)
        assert Fraction(factor) > 0
        assert read_unit(unit)


def test_schemes_have_one_order_and_known_flags():
    orders = defaultdict(set)
    for scheme, order, pick, earlier, pattern in table("grades.tsv"):
        orders[scheme].add((order, pick, earlier))
        assert pick in {"best", "worst"}
        assert earlier in {"yes", "-"}
        assert set(re.compile(pattern).groupindex) <= {"level", "level2", "sub"}
    assert [scheme for scheme, found in orders.items() if len(found) > 1] == []
    assert {row[0] for row in table("scheme_names.tsv")} <= set(orders)


def test_every_level_of_an_order_is_read():
    samples = {
        "ASIL-A": "asil",
        "Wi-Fi 6E": "wifi",
        "LPDDR4X": "lpddr",
        "HBM3E": "hbm",
        "SATA III": "sata",
        "UL94 V-0": "ul94",
        "MSL 2a": "msl",
    }
    assert {text: list(read_grades("", text)) for text in samples} == {text: [scheme] for text, scheme in samples.items()}


def test_words_have_meanings():
    assert all(meanings("parameter_words.tsv").values())
    for pattern in meanings("list_words.tsv").values():
        assert re.compile(pattern)
