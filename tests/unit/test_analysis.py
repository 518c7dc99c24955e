"""Texts into terms: what is found by what."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index.analysis import index_terms, looks_like_part_number, normalize, query_terms, suggestion_keys, tokens, typed_key
from search_index.folding import Places
from search_index.vocabulary import groups

PIECES = [
    "碳化硅",
    "氮化鎵",
    "毫米波雷达",
    "的",
    "芯旺",
    "SiC",
    "AEC-Q100",
    "PCIe 4.0",
    "28 nm",
    "25Gb/s",
    "３Ｄ",
    "㎜",
    "ﬁ",
    "½",
    "é",
    "İ",
    "-",
    " ",
    "，",
]
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


def fits(query: str, text: str) -> bool:
    """Whether each word of the query is met by the text."""
    terms = set(index_terms(text))
    return all(any(term in terms for term, _ in word) for word in query_terms(query))


def worth(query: str, text: str) -> float:
    """What the words of the query find in the text, by the weights of their terms alone."""
    terms = set(index_terms(text))
    return sum(weight for word in query_terms(query) for term, weight in word if term in terms)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＳＴＭ３２", "stm32"),
        ("SiC", "sic"),
        ("氮化鎵與積體電路", "氮化镓与积体电路"),
        ("±0.5 μm", "±0.5 um"),
        ("5 µA", "5 ua"),
        ("−40～125℃", "-40~125°c"),
        ("３８４０×２１６０", "3840x2160"),
        ("Schrödinger", "schrodinger"),
        ("AEC‑Q100", "aec-q100"),
    ],
)
def test_spellings_are_folded(written: str, folded: str) -> None:
    assert normalize(written) == folded


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


@given(texts, texts)
def test_folding_goes_piece_by_piece(left: str, right: str) -> None:
    assert normalize(left + right) == normalize(left) + normalize(right)


@given(texts)
def test_a_token_is_where_it_says_it_is(text: str) -> None:
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.text
        stretch = normalize(text[token.start : token.end])
        # a character that folds to several (½, ㎜) may hold two tokens, and cannot be cut
        one_to_one = all(len(normalize(char)) == 1 for char in text[token.start : token.end])
        assert stretch == token.text if one_to_one else token.text in stretch


@given(texts)
def test_tokens_and_terms_are_the_same(text: str) -> None:
    assert [token.term for token in tokens(text)] == index_terms(text)


@given(texts)
def test_a_text_gives_the_same_terms_each_time(text: str) -> None:
    assert index_terms(text) == index_terms(text)
    assert query_terms(text) == query_terms(text)


@given(texts)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert fits(text, text)


@given(texts)
def test_queries_and_suggestions_never_fail(text: str) -> None:
    assert all(word and all(term and 0 < weight <= 1 for term, weight in word) for word in query_terms(text))
    assert all(key == typed_key(key) for key in suggestion_keys(text))
    assert looks_like_part_number(text) in {True, False}


@given(st.text(max_size=40))
def test_places_lead_back_to_the_original(text: str) -> None:
    folded, places = normalize(text), Places(text)
    for start in range(len(folded)):
        first, last = places.original(start, start + 1)
        assert folded[start] in normalize(text[first:last])
        assert last == first + 1


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("AEC-Q100", {"aecq100", "aec", "q100"}),
        ("STM32F407VG", {"stm32f407vg", "stm32f407", "stm32f", "stm32", "stm"}),
        ("25G", {"25g"}),
        ("PCIe 4.0", {"pcie4.0", "pcie4", "pcie", "4.0"}),
        ("PCIe4.0", {"pcie4.0", "pcie4", "pcie"}),
        ("3D IC", {"3dic", "3d", "ic"}),
        ("S-2026-0001", {"s20260001", "2026", "0001"}),
        ("Wi-Fi 6", {"wifi6", "wifi", "wi", "fi", "6"}),
    ],
)
def test_part_numbers_are_kept_whole_and_in_parts(text: str, terms: set[str]) -> None:
    assert terms <= set(index_terms(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("AEC Q100", "通过 AEC-Q100 认证"),
        ("AECQ100", "通过 AEC-Q100 认证"),
        ("aec-q100", "通过ＡＥＣ－Ｑ１００认证"),
        ("STM32", "兼容 STM32F407"),
        ("PCIe 4.0", "PCIe4.0 x4"),
        ("PCIe 4", "支持 PCIe 4.0"),
        ("28纳米", "28 nm CMOS"),
        ("28nm", "28纳米工艺"),
        ("25Gbps", "25 Gb/s 光模块"),
        ("3D-IC", "三维封装"),
        ("wifi6", "Wi-Fi 6 模组"),
    ],
)
def test_another_way_of_writing_a_number_finds_it(query: str, text: str) -> None:
    assert fits(query, text)


def test_another_part_number_is_not_found() -> None:
    assert not fits("AEC-Q100", "通过 AEC-Q200 认证")
    assert not fits("28 nm", "40 nm 工艺")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SiC", "碳化硅二极管"),
        ("silicon carbide", "SiC 二极管"),
        ("碳化硅", "Silicon-carbide diodes"),
        ("氮化镓", "650 V GaN HEMT"),
        ("MCU", "32 位單片機"),
        ("单片机", "automotive microcontrollers"),
        ("毫米波雷达", "77 GHz mmWave radar"),
        ("millimeter-wave radar", "毫米波雷達"),
        ("ADC", "16 位模数转换器"),
        ("analog to digital converters", "24 bit ADC"),
        ("積體電路", "集成电路设计"),
        ("DC-DC", "降压 DC/DC 变换器"),
        ("AI chip", "端侧人工智能芯片"),
        ("lidar", "车载激光雷达"),
    ],
)
def test_a_thing_is_found_by_its_other_names(query: str, text: str) -> None:
    assert fits(query, text)


def test_the_very_word_counts_a_little_more_than_its_other_names() -> None:
    assert worth("碳化硅", "碳化硅二极管") > worth("碳化硅", "SiC diode") >= 1.0


def test_a_name_with_several_meanings_finds_itself_first() -> None:
    itself, meant, reverse = worth("PA", "PA 模块"), worth("PA", "功率放大器"), worth("功率放大器", "PA 模块")
    assert itself > meant > reverse > 0
    assert "=功率放大器" not in index_terms("PA 模块")


def test_a_kind_of_a_thing_is_found_by_the_thing_and_not_the_reverse() -> None:
    assert fits("雷达", "毫米波雷达")
    assert not fits("毫米波雷达", "雷达")


def test_a_term_made_of_terms_is_found_by_them_but_less_well() -> None:
    whole, apart = "液冷服务器主板", "服务器主板采用液冷"
    assert fits("服务器主板", whole)
    assert fits("服务器 主板", apart)
    assert worth("服务器主板", whole) > worth("服务器主板", "主板与服务器")


def test_english_words_are_found_in_any_form() -> None:
    assert fits("packaging processors", "package of a processor")
    assert fits("sensors", "a sensor")
    assert not fits("module", "a modulator")  # one stem by Porter, two meanings


def test_acronyms_lose_only_their_plural() -> None:
    assert fits("MCUs", "MCU")
    assert index_terms("GaAs") == ["gaas", "=砷化镓"]
    assert index_terms("CMOS")[0] == "cmos"


def test_an_unknown_name_is_found_by_its_bigrams() -> None:
    assert fits("芯旺", "苏州芯旺微电子有限公司")
    assert fits("髹灏", "芯髹灏微")
    assert not fits("芯旺", "芯片兴旺")


def test_words_without_a_subject_are_dropped() -> None:
    assert query_terms("的 of, the 和 ???") == []
    assert query_terms("我们需要一个雷达") == query_terms("雷达")


def test_lonely_characters_count_only_without_anything_else() -> None:
    assert query_terms("铟") == [[("铟", 1.0)]]
    assert query_terms("铟 雷达") == query_terms("雷达")


def test_repeated_words_are_counted() -> None:
    assert Counter(index_terms("雷达、雷达"))["雷达"] == 2


def test_every_name_of_every_group_is_indexed_as_its_group() -> None:
    missed = [
        (group.names[0], name)
        for group in groups()
        for name in group.names
        if "=" + normalize(group.names[0]) not in index_terms(f"，{name}。")
    ]
    assert missed == []


@pytest.mark.parametrize("typed", ["毫米", "haomibo", "hmb", "雷达", "leida", "ld", "haomiboleida"])
def test_suggestions_know_pinyin_and_initials(typed: str) -> None:
    assert any(key.startswith(typed_key(typed)) for key in suggestion_keys("毫米波雷达"))


def test_suggestions_keep_what_is_not_chinese_and_spell_by_word() -> None:
    assert "sicgonglv" in suggestion_keys("SiC 功率")
    assert "chongqing" in suggestion_keys("重庆")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("STM32F4", True),
        ("AEC-Q100", True),
        ("S-2026-0001", True),
        ("ＬＣＶ３０２", True),
        ("28nm", False),
        ("25 Gbps", False),
        ("5G", False),
        ("碳化硅", False),
        ("GaN", False),
        ("2026", False),
        ("STM32F4 单片机", False),
        ("", False),
    ],
)
def test_part_numbers_are_told_from_words(typed: str, expected: bool) -> None:
    assert looks_like_part_number(typed) is expected
