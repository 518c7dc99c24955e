"""Errors are pages in the reader's language, with a way on."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge

from app import errors
from app.extensions import db
from tests.factories.accounts import UserFactory

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def raising(app, monkeypatch):
    """`raising(error)`: the home page raises it."""

    def set_up(error: Exception) -> None:
        def view():
            raise error

        monkeypatch.setitem(app.view_functions, "discovery.home", view)

    return set_up


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        (errors.NotFound(), 404, "Page not found"),
        (errors.Forbidden(), 403, "No permission"),
        (errors.WrongState(), 409, "Not possible now"),
        (errors.Stale(), 412, "Changed by somebody else"),
        (RequestEntityTooLarge(), 413, "Upload too large"),
        (errors.Invalid({"title": ["Too long."]}), 422, "Please correct your input"),
        (RuntimeError("a secret detail"), 500, "Something went wrong"),
        (OperationalError("SELECT secret", {}, Exception("a secret detail")), 503, "Busy for a moment"),
    ],
)
def test_each_error_has_a_page_with_a_heading_and_a_way_on(client, raising, error, status, heading):
    raising(error)
    answer = client.get("/", headers=ENGLISH)
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in answer.text
    assert "Browse scenarios" in answer.text
    assert "secret" not in answer.text


def test_an_address_that_does_not_exist_is_a_page_too(client):
    answer = client.get("/no-such-page", headers=ENGLISH)
    assert answer.status_code == 404
    assert "This page does not exist, or is not open to you." in answer.text
    assert "Sign in" in answer.text.partition("<main")[2]


def test_a_conflict_leads_back_to_the_page_that_one_came_from(client, raising):
    raising(errors.WrongState())
    back = client.get("/", headers={**ENGLISH, "Referer": "http://localhost/scenarios"})
    assert 'href="http://localhost/scenarios">Back to the page' in back.text
    assert "evil" not in client.get("/", headers={**ENGLISH, "Referer": "http://localhost.evil.example/"}).text


def test_with_the_database_away_even_a_signed_in_person_gets_a_page(app, sign_in):
    browser = sign_in(UserFactory())
    assert browser.get("/").status_code == 200

    def away(*_arguments):
        raise OperationalError("SELECT 1", {}, Exception("the server went away"))

    event.listen(db.engine, "before_cursor_execute", away)
    try:
        answer = browser.get("/", headers=ENGLISH)
    finally:
        event.remove(db.engine, "before_cursor_execute", away)
    assert answer.status_code == 503
    assert "Busy for a moment" in answer.text
