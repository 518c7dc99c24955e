"""What people get for what they type."""

import pytest

from search_index import highlighting
from search_index.engine import EVERYBODY, Changes, Range, Request, Suggestion
from search_index.opening import open_engine
from tests.support.search import document

DOCUMENTS = (
    document(
        "s1", "车载毫米波雷达 MMIC 芯片", kind="scenario", number="S-2026-0001", technologies=["毫米波雷达", "射频"],
        need="探测距离不小于 200 m，AEC-Q100 Grade 2",
        codes={"status": ["open"], "domain": ["iov"]}, numbers={"fresh": 5, "budget": 100},
    ),
    document(
        "s2", "数据中心电源模块", kind="scenario", number="S-2026-0002", technologies=["碳化硅"], need="采用碳化硅器件的 3 kW 电源",
        codes={"status": ["closed"], "domain": ["compute"]}, numbers={"fresh": 9, "budget": 50},
    ),
    document(
        "p1", "HX2101 碳化硅 MOSFET", firm="苏州华芯半导体", parameters=["耐压 1200 V", "导通电阻 40 mΩ"],
        technologies=["碳化硅", "功率器件"], codes={"domain": ["iov", "compute"]}, numbers={"fresh": 2},
    ),
    document(
        "p2", "栅极驱动器", firm="苏州驱芯", text="HX2101 的推荐驱动器 HX2101 HX2101",
        codes={"domain": ["iov"]}, numbers={"fresh": 3},
    ),
    document(
        "p3", "GaN power amplifier", firm="Suzhou RF", text="A linear amplifier for base stations",
        codes={"domain": ["telecom"]},
    ),
    document(
        "x1", "保密的量子加密芯片", kind="scenario", technologies=["量子通信"],
        codes={"domain": ["infra"]}, readers={"organization:1"}, hidden_from={"user:9"},
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_engine(f"whoosh:{tmp_path_factory.mktemp('search') / 'index'}")
    engine.rebuild(DOCUMENTS)
    return engine


@pytest.fixture
def find(engine):
    return lambda query, **request: [hit.id for hit in engine.search(Request(query, **request)).hits]


ALL = ["s1", "s2", "p2", "p1", "p3"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("毫米波雷达", ["s1"]),
        ("ＭＭＩＣ", ["s1"]),
        ("碳化硅", ["s2", "p1"]),
        ("amplifiers", ["p3"]),
        ("电源 碳化硅", ["s2", "p1"]),
        ("“电源” 碳化硅", ["s2"]),
        ("雷达 OR 驱动器", ["s1", "p2"]),
        ("雷达 或 驱动器", ["s1", "p2"]),
        ("碳化硅 -电源", ["p1"]),
        ("碳化硅 －电源", ["p1"]),
        ("碳化硅 NOT 电源", ["p1"]),
        ("(雷达 OR 电源) 碳化硅", ["s2"]),
        ("（雷达 或 电源） 碳化硅", ["s2"]),
        ("-碳化硅 -雷达", ["p2", "p3"]),
        ('"碳化硅器件"', ["s2"]),
        ("“power amplifier”", ["p3"]),
        ('"amplifier power"', []),
        ('"power amp"', []),
        ("「推荐驱动器」", ["p2"]),
        ("title:碳化硅", ["p1"]),
        ("标题：碳化硅", ["p1"]),
        ("企业:华芯", ["p1"]),
        ('FIRM:"苏州驱芯"', ["p2"]),
        ("-企业:华芯 碳化硅", ["s2"]),
        ("title:(碳化硅 MOSFET)", ["p1"]),
        ("苏州 NOT (华芯 OR RF)", ["p2"]),
        ("", ALL),
        ("  ", ALL),
        ("*", ALL),
        ("的", []),
        ("的 碳化硅", ["s2", "p1"]),
        ("?!…", []),
        ('"?!"', []),
        ('-"?!" MOSFET', ["p1"]),
        ("🙂", []),
        ("🙂 MOSFET", ["p1"]),
    ],
)
def test_the_query_language(find, query, found):
    assert sorted(find(query)) == sorted(found)


@pytest.mark.parametrize(
    "query",
    [
        '"', '""', '"雷达', "((雷达", "雷达))", "OR", "OR 雷达", "雷达 OR", "AND", "-", "--", "- 雷达", "NOT", "-()", ":",
        "title:", "雷达:", "field:", "nonsense:雷达", "雷达*", "雷达~2^3", "[雷达 TO", "{", "\\", "\0", "\ud800",
        "(" * 150 + "雷达", "-(" * 90, '"' * 200, "雷达 " * 66, "title:" * 30, "OR " * 60,
        "a" * 10_000, "雷达" * 5_000, "的" * 10_000, "🙂" * 10_000, "\n" * 10_000, '"雷达' * 3_000,
    ],
    ids=lambda query: ascii(query)[:24],
)  # fmt: skip
def test_a_malformed_query_is_answered(engine, query):
    page = engine.search(Request(query, facets=("domain",), filters={"domain": ["no such code"], "no such column": ["x"]}))
    engine.suggest(query, kinds=frozenset({"no such kind"}), readers=frozenset({EVERYBODY}))
    assert (page.hits, page.total) == ([], 0)
    engine.search(Request(query, page=10**9, per_page=10**6, sort="no such number"))


def test_a_part_number_finds_its_bearer_before_whoever_mentions_it(find):
    assert find("HX2101") == ["p1", "p2"]
    assert find("hx2101") == ["p1", "p2"]
    assert find("S-2026-0002") == ["s2"]


def test_when_nothing_has_all_the_words_what_has_most_of_them_comes_first(engine):
    page = engine.search(Request("碳化硅 电源 雷达"))
    assert page.loosened
    assert [hit.id for hit in page.hits] == ["s2", "s1", "p1"]
    assert page.hits[0].score > page.hits[1].score > 0
    assert not engine.search(Request("碳化硅 电源")).loosened


def test_where_few_have_every_word_those_with_half_of_them_follow(tmp_path):
    engine = open_engine(f"whoosh:{tmp_path / 'index'}")
    both = [document(f"b{number}", "碳化硅 电源") for number in range(5)]
    engine.rebuild([*both[:4], document("one", "碳化硅 碳化硅 碳化硅"), document("none", "雷达")])
    page = engine.search(Request("碳化硅 电源"))
    assert [hit.id for hit in page.hits][4:] == ["one"]
    assert not page.loosened
    engine.apply(Changes([both[4]]))
    assert engine.search(Request("碳化硅 电源")).total == 5


def test_filters_are_no_reason_to_loosen(engine):
    page = engine.search(Request("“碳化硅” 电源", filters={"domain": ["iov"]}))
    assert (page.total, page.loosened) == (0, False)


def test_a_description_finds_what_shares_its_telling_words(find):
    text = (
        "我们需要一种用于新能源汽车主驱逆变器的功率器件，要求采用碳化硅材料，耐压不低于 1200 V，导通电阻尽可能小，通过车规认证。"
        * 4
    )
    assert find(text)[0] == "p1"
    assert find(text + '"(OR -碳化硅')[0] == "p1"
    assert "p1" in find("需要 用于 汽车 主驱 逆变器 的 功率器件 采用 碳化硅 材料 耐压 不低于 1200 V 导通电阻 尽可能 小 车规 认证")


def test_equals_are_ordered_by_openness_then_freshness(tmp_path):
    engine = open_engine(f"whoosh:{tmp_path}/index")
    engine.rebuild([
        document("old", "雷达", codes={"status": ["open"]}, numbers={"fresh": 1}),
        document("closed", "雷达", codes={"status": ["closed"]}, numbers={"fresh": 99}),
        document("new", "雷达", codes={"status": ["open"]}, numbers={"fresh": 2}),
        document("unknown", "雷达", codes={"status": ["open"]}),
    ])  # fmt: skip
    for query in ("", "雷达", "雷达 天线"):
        assert [hit.id for hit in engine.search(Request(query)).hits] == ["new", "old", "unknown", "closed"]


def test_facets_count_under_all_filters_but_their_own(engine):
    page = engine.search(Request(filters={"domain": ["iov"], "status": ["open"]}, facets=("domain", "status", "kind", "nothing")))
    assert page.total == 1
    assert page.facets == {"domain": {"iov": 1}, "status": {"open": 1}, "kind": {"scenario": 1}, "nothing": {}}
    page = engine.search(Request(filters={"domain": ["iov"]}, facets=("domain", "status")))
    assert page.facets == {"domain": {"iov": 3, "compute": 2, "telecom": 1}, "status": {"open": 1}}


def test_kinds_and_ranges_narrow(find):
    assert find("", kinds=frozenset({"scenario"})) == ["s1", "s2"]
    assert find("", ranges={"budget": Range(50, 100)}) == ["s1", "s2"]
    assert find("", ranges={"budget": Range(low=51)}) == ["s1"]
    assert find("", ranges={"budget": Range(high=50)}) == ["s2"]
    assert find("", ranges={"budget": Range()}) == ["s1", "s2"]
    assert find("", sort="budget") == ["s2", "s1", "p2", "p1", "p3"]


def test_an_order_of_the_askers_own_comes_before_any_other(engine, find):
    assert find("", sort="budget", order={"p3": 1.0, "s1": 9.5, "gone": 99.0}) == ["s1", "p3", "s2", "p2", "p1"]
    assert find("", sort="budget", order={"p3": 1.0, "s1": 9.5}, per_page=2, page=2) == ["s2", "p2"]
    assert engine.search(Request(order={"gone": 1.0})).hits == engine.search(Request()).hits


def test_pages_beyond_the_end_are_empty_with_the_right_total(engine):
    page = engine.search(Request(page=10**9, per_page=2))
    assert (page.hits, page.total) == ([], 5)
    assert [hit.id for hit in engine.search(Request(page=3, per_page=2)).hits] == ["p3"]
    assert engine.search(Request(page=-4, per_page=2)) == engine.search(Request(page=1, per_page=2))


def test_what_a_reader_may_not_see_is_nowhere(engine):
    member, hidden = frozenset({EVERYBODY, "organization:1"}), frozenset({EVERYBODY, "organization:1", "user:9"})
    assert engine.search(Request("量子", readers=member)).total == 1
    for readers in (frozenset({EVERYBODY}), hidden, frozenset()):
        page = engine.search(Request("量子", readers=readers, facets=("domain", "kind")))
        assert (page.hits, page.total, page.facets) == ([], 0, {"domain": {}, "kind": {}})
        assert engine.search(Request("量字加密", readers=readers)).did_you_mean is None
        assert engine.suggest("liangzi", kinds=frozenset(), readers=readers) == []
    assert engine.suggest("liangzi", kinds=frozenset(), readers=member) == [
        Suggestion("量子通信"),
        Suggestion("保密的量子加密芯片", "scenario", "record-x1"),
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("毫米拨雷达", "毫米波雷达"),
        ("haomibo", "毫米波"),
        ("tanhuagui", "碳化硅"),
        ("amplifer", "amplifier"),
        ("ampilfier", "amplifier"),
        ("firm:amplifer title:amplifer", None),
        ("MOSFTE", "MOSFET"),
        ("毫米波雷达", None),
        ("zzzzzz", None),
        ("OR", None),
        ("", None),
    ],
)
def test_a_slip_is_corrected_by_words_of_the_index(engine, typed, meant):
    assert engine.search(Request(typed)).did_you_mean == meant


def test_a_correction_finds_something(engine, find):
    page = engine.search(Request("tanhuagui mosftes"))
    assert page.corrected
    assert find(page.did_you_mean)[0] == "p1"
    assert [hit.id for hit in page.hits] == find(page.did_you_mean)
    assert not engine.search(Request("amplifier")).corrected


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("毫米", ["毫米波雷达", "车载毫米波雷达 MMIC 芯片"]),
        ("haomib", ["毫米波雷达", "车载毫米波雷达 MMIC 芯片"]),
        ("HMB", ["毫米波雷达", "车载毫米波雷达 MMIC 芯片"]),
        ("hx21", ["HX2101 碳化硅 MOSFET"]),
        ("gan pow", ["GaN power amplifier"]),
        ("amp", ["GaN power amplifier"]),
        ("碳", ["碳化硅", "HX2101 碳化硅 MOSFET"]),
        ("车载毫米波雷达 MMIC 芯片", ["车载毫米波雷达 MMIC 芯片"]),
        ("", []),
        ("?", []),
        ("没有的", []),
    ],
)
def test_suggestions_complete_characters_pinyin_and_initials(engine, typed, texts):
    found = engine.suggest(typed, kinds=frozenset(), readers=frozenset({EVERYBODY}))
    assert [suggestion.text for suggestion in found] == texts


def test_suggestions_keep_to_their_kinds_and_number(engine):
    everybody = frozenset({EVERYBODY})
    assert engine.suggest("碳", kinds=frozenset({"scenario"}), readers=everybody) == [Suggestion("碳化硅")]
    assert len(engine.suggest("t", kinds=frozenset(), readers=everybody, limit=1)) == 1
    assert engine.suggest("t", kinds=frozenset(), readers=everybody, limit=0) == []


def test_suggestions_of_a_changed_index_come_from_all_its_segments(tmp_path):
    engine = open_engine(f"whoosh:{tmp_path}/index")
    engine.rebuild(
        [document(str(number), f"雷达 {number}", technologies=["雷达"], numbers={"fresh": number}) for number in range(40)]
    )
    engine.apply(Changes(put=[document("new", "雷达新品", technologies=["雷达"], numbers={"fresh": 99})], remove=["39"]))
    found = engine.suggest("lei", kinds=frozenset(), readers=frozenset({EVERYBODY}), limit=4)
    assert [suggestion.text for suggestion in found] == ["雷达", "雷达新品", "雷达 38", "雷达 37"]


def highlighted(pieces):
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


def test_highlights_are_pieces_of_the_original_text(engine):
    (hit,) = engine.search(Request("ｍｍｉｃ aec-q100")).hits
    assert {name: highlighted(pieces) for name, pieces in hit.highlights.items()} == {
        "title": "车载毫米波雷达 [MMIC] 芯片",
        "need": "探测距离不小于 200 m，[AEC-Q100] Grade 2",
    }
    assert engine.search(Request("MMIC", highlight=False)).hits[0].highlights == {}
    assert engine.search(Request("", kinds=frozenset({"scenario"}))).hits[0].highlights == {}


def test_of_a_long_text_the_best_fragment_is_shown(tmp_path):
    engine = open_engine(f"whoosh:{tmp_path}/index")
    filler = "这里说的是别的事情。" * 40
    engine.rebuild(
        [document("1", need=[f"雷达。{filler}采用雷达与 <b>amplifier</b> 的 transceivers{filler}", "别的"], text="<script>")]
    )
    (hit,) = engine.search(Request("雷达 amplifiers")).hits
    (pieces,) = hit.highlights.values()
    shown = highlighted(pieces)
    assert "[雷达]与 <b>[amplifier]</b> 的 transceivers" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 2 * highlighting.LONGEST


def test_documents_of_a_foreign_make_are_refused(engine):
    with pytest.raises(ValueError, match="no such fields"):
        engine.apply(Changes(put=[document("1", nonsense="x")]))
    with pytest.raises(ValueError, match="the index's own"):
        engine.apply(Changes(put=[document("1", codes={"kind": ["product"]})]))
