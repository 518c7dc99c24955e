"""What forms share: money in 万元, local time, clean texts, record ids."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField

from app.forms import Form, LocalDateTimeField, NewRecordForm, VersionedForm, WanField, strip


class ExampleForm(VersionedForm, NewRecordForm):
    price = WanField("Price")
    closes = LocalDateTimeField("Closes")
    text = TextAreaField("Text")


@pytest.fixture(scope="module", autouse=True)
def request_context():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="test", WTF_CSRF_ENABLED=False)
    Babel(app)
    with app.test_request_context():
        yield


def sent(**values):
    return ExampleForm(MultiDict(values))


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("50", 500_000),
        ("0.5", 5_000),
        ("1,200", 12_000_000),
        ("1，200.5", 12_005_000),
        (" 3 ", 30_000),
        ("0.000001", Decimal("0.01")),
    ],
)
def test_an_amount_is_typed_in_ten_thousands_and_kept_in_yuan(typed, yuan):
    form = sent(price=typed)
    assert form.validate()
    assert form.price.data == yuan
    assert form.price._value() == typed


@pytest.mark.parametrize("typed", ["-1", "abc", "1e400", "NaN", "Infinity", "0.0000001", "1000000000", "五十", "1" * 10_000])
def test_what_is_no_sane_amount_is_refused_and_stays_in_the_field(typed):
    form = sent(price=typed)
    assert not form.validate()
    assert set(form.errors) == {"price"}
    assert form.price._value() == typed


@given(st.integers(0, 10**14))
def test_an_amount_that_is_shown_and_sent_back_is_the_same(fen):
    yuan = Decimal(fen) / 100
    shown = ExampleForm(formdata=None, data={"price": yuan}).price._value()
    assert "E" not in shown
    assert sent(price=shown).price.data == yuan


@given(st.text(max_size=50))
def test_any_text_as_an_amount_gets_a_verdict(text):
    assert sent(price=text).validate() in {True, False}


def test_no_amount_is_no_amount():
    assert sent(price=" ").price.data is None
    assert sent().price.data is None
    assert ExampleForm(formdata=None).price._value() == ""


def test_a_moment_is_typed_in_shanghai_time_and_kept_in_utc():
    assert sent(closes="2026-11-25T18:00").closes.moment == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert sent(closes="").closes.moment is None
    shown = ExampleForm(formdata=None, data={"closes": datetime(2026, 12, 31, 20, 0, tzinfo=UTC)})
    assert shown.closes._value().startswith("2027-01-01")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  a\r\nb\t c \n", "a\nb\t c"), ("nul\x00bell\x07", "nulbell"), ("\u3000中文\u3000", "中文"), ("", ""), (None, None), (3, 3)],
)
def test_texts_lose_stray_white_space_and_control_characters(typed, kept):
    assert strip(typed) == kept


def test_every_text_field_is_stripped():
    assert sent(text=" a\x00 ").text.data == "a"


def test_a_new_records_form_carries_its_id():
    first, second = ExampleForm(formdata=None), ExampleForm(formdata=None)
    assert first.new_id != second.new_id
    assert sent(record_id=str(first.new_id)).new_id == first.new_id
    assert isinstance(sent(record_id="'; drop table").new_id, uuid.UUID)


@pytest.mark.parametrize(("typed", "version"), [("3", 3), ("", 0), ("three", 0), ("-3", 0), ("9" * 5000, 0)])
def test_what_is_no_version_is_none_that_a_record_has(typed, version):
    form = sent(version=typed)
    assert form.validate()
    assert form.version.data == version


def test_a_form_sent_without_a_version_does_not_take_the_saved_one_for_it():
    form = ExampleForm(formdata=MultiDict({"text": "x"}), data={"version": 3})
    assert form.version.data == 0


def test_a_form_without_conflicts_has_none():
    assert Form(formdata=None).conflicts is None
