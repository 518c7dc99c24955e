"""Whatever is asked of whatever documents: the engine answers as a plain reading does, and a history as a rebuild."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index.engine import EVERYBODY, Changes, Range, Request
from search_index.opening import open_engine
from tests.support.search import Clause, Reference, document

WORDS = ("雷达", "芯片", "碳化硅", "sensor", "功率", "HX2101", "射频", "bandwidth")
FIELDS = ("title", "need", "firm")
READERS = (EVERYBODY, "verified", "organization:1", "organization:2")
CODES = {"status": ("open", "closed"), "domain": ("iov", "ai", "telecom")}

words = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)
subsets = lambda values, least=0: st.lists(st.sampled_from(values), min_size=least, unique=True)  # noqa: E731
documents = st.builds(
    document,
    st.integers(0, 30).map(str),
    words,
    kind=st.sampled_from(("scenario", "product")),
    version=st.integers(1, 9),
    need=words,
    firm=words,
    codes=st.fixed_dictionaries({}, optional={name: subsets(values) for name, values in CODES.items()}),
    numbers=st.fixed_dictionaries({}, optional={name: st.integers(-3, 3).map(float) for name in ("fresh", "budget")}),
    readers=subsets(READERS, least=1),
    hidden_from=subsets(READERS[1:]),
)
collections = st.lists(documents, max_size=25, unique_by=lambda each: each.id)
clauses = st.lists(
    st.builds(
        Clause,
        st.lists(st.sampled_from([word for word in WORDS if word != "HX2101"]), min_size=1, max_size=2, unique=True).map(tuple),
        st.sampled_from((None, None, *FIELDS)),
        st.booleans(),
    ).map(lambda clause: Clause(clause.words[:1], clause.field, True) if clause.unwanted else clause),
    max_size=4,
)
requests = st.builds(
    Request,
    kinds=subsets(("scenario", "product")).map(frozenset),
    readers=subsets(READERS, least=1).map(frozenset),
    filters=st.fixed_dictionaries({}, optional={name: subsets(values, least=1) for name, values in CODES.items()}),
    ranges=st.fixed_dictionaries(
        {}, optional={"budget": st.builds(Range, st.none() | st.integers(-3, 3), st.none() | st.integers(-3, 3))}
    ),
    facets=st.just(("status", "domain", "kind")),
    per_page=st.just(1000),
)


@pytest.fixture
def engine(tmp_path):
    return open_engine(f"whoosh:{tmp_path / 'index'}")


def asked(clauses, request):
    query = " ".join(f"({clause})" if len(clause.words) > 1 else str(clause) for clause in clauses)
    return Request(**{**vars(request), "query": query})


@given(collections, clauses, requests)
def test_what_is_found_and_counted_is_what_the_request_says(engine, documents, clauses, request):
    engine.rebuild(documents)
    reference = Reference(documents)
    page = engine.search(asked(clauses, request))
    found = reference.found(clauses, request)
    left = reference.filtered(found, request)
    assert {hit.id for hit in page.hits} == left
    assert page.total == len(left)
    assert page.facets == {name: reference.facet(found, request, name) for name in request.facets}
    for hit in page.hits:
        assert hit.score == pytest.approx(found[hit.id], rel=0.01, abs=1e-6)


@given(collections, clauses, requests)
def test_the_better_come_first_then_the_open_then_the_fresher(engine, documents, clauses, request):
    engine.rebuild(documents)
    by_id = {each.id: each for each in documents}
    hits = engine.search(asked(clauses, request)).hits
    rank = lambda hit: (  # noqa: E731
        hit.score,
        "open" in by_id[hit.id].codes.get("status", ()),
        by_id[hit.id].numbers.get("fresh", float("-inf")),
    )
    assert all(rank(first) >= rank(second) for first, second in pairwise(hits))


@given(collections, requests, st.sampled_from(("budget", "-budget", "fresh", "-nothing")))
def test_sorting_by_a_number_puts_the_missing_last(engine, documents, request, sort):
    engine.rebuild(documents)
    by_id = {each.id: each for each in documents}
    hits = engine.search(Request(**{**vars(request), "sort": sort})).hits
    sign, name = (-1, sort[1:]) if sort.startswith("-") else (1, sort)
    values = [by_id[hit.id].numbers.get(name) for hit in hits]
    present = [sign * value for value in values if value is not None]
    assert values[len(present) :] == [None] * (len(values) - len(present))
    assert present == sorted(present)


@given(collections, clauses, requests, st.integers(1, 7))
def test_pages_laid_end_to_end_are_the_whole(engine, documents, clauses, request, per_page):
    engine.rebuild(documents)
    whole = [hit.id for hit in engine.search(asked(clauses, request)).hits]
    pages = [
        Request(**{**vars(asked(clauses, request)), "per_page": per_page, "page": number}) for number in range(1, len(whole) + 2)
    ]
    assert [hit.id for page in pages for hit in engine.search(page).hits] == whole


histories = st.lists(st.tuples(st.lists(documents, max_size=6), subsets([str(number) for number in range(31)])), max_size=6)


@given(collections, histories, clauses, requests)
@settings(max_examples=40)
def test_any_history_of_changes_answers_as_a_rebuilt_index(engine, tmp_path, documents, history, clauses, request):
    engine.rebuild(documents)
    present = {each.id: each for each in documents}
    for put, removed in history:
        engine.apply(Changes(put, removed))
        present.update({each.id: each for each in put})
        present = {identity: each for identity, each in present.items() if identity not in removed}
    rebuilt = open_engine(f"whoosh:{tmp_path / 'rebuilt'}")
    rebuilt.rebuild(present.values())
    wanted = asked(clauses, request)
    assert engine.snapshot() == {identity: each.version for identity, each in present.items()}
    assert engine.search(wanted) == rebuilt.search(wanted)
    assert engine.suggest("雷", kinds=request.kinds, readers=request.readers) == rebuilt.suggest(
        "雷", kinds=request.kinds, readers=request.readers
    )


@given(st.text(max_size=300) | st.text('"()（）:-−*OR 或雷达a“”', max_size=120), st.integers(1, 10**9))
def test_no_text_is_malformed(shared_engine, text, number):
    page = shared_engine.search(
        Request(text, page=number, facets=("status", "no such facet"), filters={"status": ["open", "no such code"]})
    )
    assert page.total <= 2
    shared_engine.suggest(text, kinds=frozenset(), readers=frozenset({EVERYBODY}))


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory):
    engine = open_engine(f"whoosh:{tmp_path_factory.mktemp('search') / 'index'}")
    engine.rebuild(
        [document("1", "车载毫米波雷达", codes={"status": ["open"]}), document("2", "GaN amplifier", codes={"status": ["open"]})]
    )
    return engine


@given(collections, st.sampled_from(WORDS), subsets(READERS, least=1))
def test_neither_corrections_nor_suggestions_tell_of_what_is_hidden(engine, documents, word, readers):
    readers = frozenset(readers)
    engine.rebuild(documents)
    visible = [each for each in documents if each.readers & readers and not each.hidden_from & readers]
    only = open_engine(f"whoosh:{engine._folder.parent / 'only'}")
    only.rebuild([replace(each, readers=frozenset({EVERYBODY}), hidden_from=frozenset()) for each in visible])
    mistyped = word[:-1] + ("x" if word.isascii() else "哒")
    everybody = frozenset({EVERYBODY})
    assert engine.search(Request(mistyped, readers=readers)).did_you_mean == only.search(Request(mistyped)).did_you_mean
    for typed in (word[:1], word):
        assert engine.suggest(typed, kinds=frozenset(), readers=readers) == only.suggest(
            typed, kinds=frozenset(), readers=everybody
        )
