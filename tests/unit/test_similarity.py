import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index import similarity
from search_index.encoders import Careful, EncoderUnavailable
from search_index.similarity import Statistics, TextModel, background, bigrams, characters, fitted, shared
from search_index.similarity_space import UNIT, Space, embed, passages

TITLES = ["碳化硅功率模块", "碳化硅衬底", "毫米波雷达芯片", "车规级MCU"]


@pytest.fixture(scope="module")
def model():
    return TextModel.shipped("none")


def near(model, asked, offered, *, body="", text=""):
    return shared(model.asked(asked, text), model.offered(offered, body))


def test_characters_and_bigrams_keep_latin_tokens_whole():
    assert characters("车规级MCU，１2位") == ["车", "规", "级", "mcu", "12", "位"]
    assert bigrams("车规级MCU 位") == ["车规", "规级", "mcu", "位"]


def test_rare_terms_weigh_more_and_unknown_ones_most():
    statistics = Statistics.gather(TITLES)
    assert statistics.texts == 4
    assert statistics.counts["characters"]["碳"] == 2
    weights = [statistics.weight("characters", term) for term in ("碳", "波", "从")]
    assert 0 < weights[0] < weights[1] < weights[2]


def test_statistics_add_up():
    both = Statistics.gather(TITLES[:1]).plus(Statistics.gather(TITLES[1:]))
    whole = Statistics.gather(TITLES)
    assert both.counts == whole.counts
    assert both.lengths == pytest.approx(whole.lengths)


def test_no_titles_have_no_statistics():
    with pytest.raises(ValueError, match="no titles"):
        Statistics.gather([])


def test_what_shares_more_is_nearer(model):
    same, part, none = (near(model, "碳化硅功率模块", title) for title in ("碳化硅功率模块", "碳化硅衬底", "红茶发酵"))
    assert same > part > none == 0


def test_both_languages_meet_in_a_synonym(model):
    assert near(model, "碳化硅", "SiC") > 0
    assert near(model, "碳化硅", "silicon carbide wafer") > 0


def test_the_text_asks_too_and_the_body_answers_less_than_the_title(model):
    assert near(model, "降低损耗", "碳化硅模块", text="希望采用碳化硅") > near(model, "降低损耗", "碳化硅模块")
    title, body = near(model, "碳化硅", "碳化硅模块"), near(model, "碳化硅", "模块", body="碳化硅工艺")
    assert title > body > near(model, "碳化硅", "模块")


def test_a_catalogues_own_statistics_count():
    many = Statistics.gather(["芯片"] * 5000)
    plain, own = TextModel.shipped("none"), TextModel.shipped("none", catalogue=many)
    assert near(own, "芯片", "芯片") < near(plain, "芯片", "芯片")


def test_the_shipped_background_is_small_and_counts_no_term_of_a_single_title():
    assert background().texts > 1000
    assert all(count > 1 for counts in background().counts.values() for count in counts.values())
    assert sum(path.stat().st_size for path in similarity.DATA.iterdir()) < 2_000_000


def test_the_shipped_weights_are_few_and_not_negative():
    text = fitted()["text"]
    assert set(text["families"]) == {"characters", "coverage", "words"}
    assert all(weight >= 0 for weight in [*text["families"].values(), *text["shares"].values()])
    assert sum(text["shares"].values()) == pytest.approx(1)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_compares_and_values_stay_within_bounds(title, text, offered):
    model = TextModel.shipped("none")
    total = near(model, title, offered, text=text, body=text)
    value = float(model.terms_value(np.array([total], np.int32))[0])
    assert 0 <= value <= 1


@given(st.lists(st.integers(0, 10_000_000), min_size=2, max_size=40), st.lists(st.integers(-(UNIT**2), UNIT**2), min_size=2))
def test_a_value_is_the_same_alone_and_in_a_block(sums, products):
    model = TextModel.shipped("none")
    block = model.terms_value(np.array(sums, np.int32))
    assert block.tolist() == [model.terms_value(np.array([each], np.int32))[0] for each in sums]
    block = model.meaning_value(np.array(products, np.float32))
    assert block.tolist() == [model.meaning_value(np.array([each], np.float32))[0] for each in products]


def test_without_embeddings_the_terms_are_all():
    model = TextModel.shipped("none")
    terms, meaning = np.float32([0.2, 0.4]), np.float32([1.0, 0.0])
    assert model.together(terms, None) is terms
    assert model.together(terms, meaning)[0] > model.together(terms, meaning)[1]


# the space


class Fake:
    """An encoder of four dimensions that knows which texts it was given."""

    name = "fake"

    def __init__(self):
        self.asked = []

    def encode(self, texts, side):
        self.asked.append((list(texts), side))
        rows = np.array([[len(text), text.count("a"), text.count("b"), 1] for text in texts], np.float32).reshape(-1, 4)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_long_text_becomes_five_passages_at_most():
    assert passages(" a \n b ") == ["a b"]
    assert passages("") == []
    assert [len(each) for each in passages("x" * 450)] == [200, 200, 50]
    assert len(passages("x" * 5000)) == 5


def test_each_distinct_text_is_encoded_once():
    encoder = Fake()
    rows = embed(Careful(encoder), [("a", "b" * 300), ("a", ""), ("c", "b" * 300)], "query")
    assert encoder.asked == [(["a", "c"], "query"), (["b" * 200, "b" * 100], "passage")]
    assert [each.shape for each in rows] == [(3, 4), (1, 4), (3, 4)]
    assert all(each.dtype == np.float16 for each in rows)
    assert embed(Careful(encoder), [], "query") == []


class FailingOnPassages(Fake):
    def encode(self, texts, side):
        if side == "passage":
            raise EncoderUnavailable("gone")
        return super().encode(texts, side)


def test_a_failing_encoder_embeds_nothing():
    assert embed(Careful(FailingOnPassages()), [("a", "")], "passage") is None
    assert embed(Careful(FailingOnPassages()), [("a", "b")], "query") is None
    assert len(embed(Careful(FailingOnPassages()), [("a", "")], "query")) == 1


def rows_of(*vectors):
    return np.array(vectors, np.float16)


def test_a_fitted_space_takes_away_what_all_share():
    random = np.random.default_rng(1)
    offers = [rows_of([5, *random.normal(size=7)]) for _ in range(400)]
    asks = [rows_of([-5, *random.normal(size=7)], [9, *random.normal(size=7)]) for _ in range(30)]
    space = Space.fit(asks, offers)
    assert space.means[:, 0] == pytest.approx([-5, 5, 9], abs=0.01)
    assert space.components.shape == (3, 8)
    assert space.components @ space.components.T == pytest.approx(np.eye(3), abs=1e-5)
    placed = space.place(offers[0], "passage").astype(float)
    assert np.linalg.norm(placed) == pytest.approx(UNIT, abs=2)
    assert space.components @ placed == pytest.approx(np.zeros(3), abs=2)


def test_few_texts_leave_a_space_as_it_is():
    space = Space.fit([rows_of([1, 0])], [rows_of([0, 1])])
    assert not space.means.any()
    assert space.components.shape == (0, 2)
    assert space.place(rows_of([3, 4]), "query").tolist() == [2400, 3200]
    with pytest.raises(ValueError, match="no embeddings"):
        Space.fit([], [])


def test_a_text_that_only_says_what_all_say_has_no_place():
    space = Space(np.ones((3, 2), np.float32), np.zeros((0, 2), np.float32))
    assert not space.place(rows_of([1, 1]), "query").any()


def test_title_and_body_count_alike():
    space = Space(np.zeros((3, 2), np.float32), np.zeros((0, 2), np.float32))
    place = space.place(rows_of([1, 0], [0, 1], [0, 1]), "passage")
    assert place[0] == place[1] == round(UNIT / 2**0.5)


@given(st.integers(0, 2**32 - 1))
def test_dot_products_of_places_are_exact_in_float32(seed):
    random = np.random.default_rng(seed)
    space = Space(np.zeros((3, 384), np.float32), np.zeros((0, 384), np.float32))
    a, b = (space.place(random.normal(size=(1, 384)).astype(np.float16), "query") for _ in range(2))
    for other in (a, b):
        assert int(a.astype(np.float32) @ other.astype(np.float32)) == int(a.astype(np.int64) @ other.astype(np.int64))


def test_only_its_own_encoder_has_the_shipped_space():
    assert Space.shipped("bge-m3@host") is None
    assert TextModel.shipped("none").space is None
