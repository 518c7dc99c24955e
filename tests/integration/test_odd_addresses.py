"""Addresses and fields that nobody means: an answer below 500, on either database, for whoever asks."""

import pytest

from app.forms import LocalDateTimeField, WanField
from tests.factories.accounts import UserFactory

NUL = (
    "/progress?programme=%00", "/progress/area.csv?programme=%00", "/progress/scenarios?programme=%00", "/projects?programme=%00",
    "/scenarios?q=%00", "/scenarios?%00=x", "/audit?action=%00", "/audit?actor=%00", "/administration/users?q=%00",
    "/taxonomy/words/domains/%00", "/taxonomy/indicators/%00",
)  # fmt: skip
HUGE = ("/taxonomy/tasks/99999999999999999999", "/administration/outbox/99999999999999999999/retry")


@pytest.mark.parametrize("address", NUL)
def test_nul_in_an_address_never_reaches_the_database(client, session, sign_in, address):
    roles = {f"is_{role}": True for role in ("operator", "admin")}
    for browser in (client, sign_in(UserFactory(**roles)), sign_in(UserFactory(is_auditor=True))):
        assert browser.get(address).status_code in {200, 302, 403, 404}


@pytest.mark.parametrize("address", HUGE)
def test_a_number_beyond_all_bounds_is_no_address(session, sign_in, address):
    browser = sign_in(UserFactory(is_operator=True, is_admin=True))
    assert {browser.get(address).status_code, browser.post(address).status_code} <= {404, 405}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (WanField, "9e999999"),
        (WanField, "1e-999999"),
        (LocalDateTimeField, "0001-01-01T00:00"),
        (LocalDateTimeField, "9999-12-31T23:59"),
    ],
)
def test_an_extreme_value_is_an_error_at_its_field(app, kind, text):
    from werkzeug.datastructures import MultiDict
    from wtforms import Form

    form = type("Odd", (Form,), {"field": kind()})(MultiDict({"field": text}))
    assert not form.validate()
    assert form.errors["field"]
