"""The lexicon's files are as its README says."""

from collections import Counter, defaultdict

import pytest

from search_index import vocabulary
from search_index.folding import normalize
from search_index.lexemes import Lexicon, is_han, lexicon

ROWS = [
    (path.relative_to(vocabulary.FOLDER).as_posix(), line)
    for pattern in ("terms/*.txt", "synonyms/*.tsv")
    for path in sorted(vocabulary.FOLDER.glob(pattern))
    for line in vocabulary.lines(path)
]


def test_there_are_as_many_terms_and_groups_as_a_trade_needs() -> None:
    assert len({normalize(term) for term in vocabulary.terms()}) >= 2_500
    assert len(vocabulary.groups()) >= 600


def test_nothing_is_written_twice_and_no_column_is_empty() -> None:
    for path, line in ROWS:
        columns = [column.removeprefix("~") for column in line.split("\t")]
        assert all(column and column == column.strip() for column in columns), (path, line)
        assert len(columns) == 1 if path.startswith("terms/") else len(columns) >= 2, (path, line)
    folded = Counter(normalize(line) for path, line in ROWS if path.startswith("terms/"))
    names = {normalize(name) for group in vocabulary.groups() for name in (*group.names, *group.ambiguous)}
    assert [term for term, times in folded.items() if times > 1 or term in names] == []


def test_every_group_is_named_by_a_name_that_means_nothing_else() -> None:
    assert [group for group in vocabulary.groups() if not group.names] == []
    first = Counter(normalize(group.names[0]) for group in vocabulary.groups())
    assert [name for name, times in first.items() if times > 1] == []


def test_no_name_stands_in_two_groups_unless_it_is_marked_as_ambiguous() -> None:
    contradictions = {term: groups for term, groups in lexicon().groups.items() if len(groups) > 1}
    assert contradictions == {}
    assert [term for term in lexicon().ambiguous if term in lexicon().groups] == []


def test_names_are_words_that_are_indexed() -> None:
    assert [term for term in (*lexicon().groups, *lexicon().ambiguous) if not term or term in vocabulary.stop_words()] == []


def test_a_spelling_belongs_to_one_unit() -> None:
    spellings: dict[str, set[str]] = defaultdict(set)
    for line in vocabulary.lines(vocabulary.FOLDER / "unit_spellings.tsv"):
        unit, *others = line.split("\t")
        for spelling in (unit, *others):
            spellings[spelling].add(unit)
    assert {spelling: units for spelling, units in spellings.items() if len(units) > 1} == {}


def test_a_chinese_term_stays_whole() -> None:
    terms = [normalize(term) for term in vocabulary.terms()]
    chinese = [term for term in terms if all(is_han(char) for char in term)]
    assert len(chinese) > 1_500
    assert [term for term in chinese if [word for word, _, _ in lexicon().units(term)] != [term]] == []


def test_stop_words_units_and_exceptions_are_folded() -> None:
    words = [*vocabulary.stop_words(), *vocabulary.units(), *vocabulary.unstemmed()]
    assert [word for word in words if normalize(word) != word] == []


def test_traditional_characters_lead_to_simplified_ones() -> None:
    table = vocabulary.traditional()
    assert len(table) > 3_000
    assert all(len(old) == len(new) == 1 and old != new for old, new in table.items())


@pytest.mark.parametrize("name", ["碳化硅", "氮化镓", "微控制器", "毫米波雷达", "模数转换器", "现场可编程门阵列"])
def test_groups_of_the_trade_are_there(name: str) -> None:
    assert Lexicon.joined(lexicon(), name) in lexicon().groups
