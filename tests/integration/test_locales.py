"""Languages: templates speak the reader's, and a letter its receiver's."""

import pytest
from flask import render_template_string
from flask_babel import gettext, lazy_gettext, ngettext

from app.locales import speaking


def rendered(source: str, **values: object) -> str:
    return render_template_string(source, **values)


def test_a_template_speaks_the_language_that_is_spoken_and_then_the_one_before(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert rendered("{{ _('Sign in') }}") == "Sign in"
        with speaking("zh_CN"):
            assert rendered("{{ _('Sign in') }}") == "登录"
            with speaking("en"):
                assert rendered("{{ _('Sign in') }}") == "Sign in"
            assert rendered("{{ _('Sign in') }}") == "登录"
        assert rendered("{{ _('Sign in') }}") == "Sign in"


def test_texts_of_the_code_follow_the_language_too(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        late = lazy_gettext("Sign in")
        assert (gettext("Sign in"), str(late), ngettext("%(num)s firm", "%(num)s firms", 2)) == ("Sign in", "Sign in", "2 firms")
        with speaking("zh_CN"):
            assert (gettext("Sign in"), str(late), ngettext("%(num)s firm", "%(num)s firms", 2)) == ("登录", "登录", "2 家企业")
        assert gettext("Sign in") == "Sign in"


def test_values_are_escaped_in_pages_and_not_in_plain_letters(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        page = "{{ _('Page %(number)s', number=value) }}"
        assert rendered(page, value="<b>") == "Page &lt;b&gt;"
        assert rendered("{% autoescape false %}" + page + "{% endautoescape %}", value="<b>") == "Page <b>"


@pytest.mark.parametrize(("source", "text"), [("{{ _('100%%') }}", "100%"), ("{{ _('%(n)s of 100%%', n=5) }}", "5 of 100%")])
def test_a_doubled_per_cent_sign_is_one_with_and_without_values(app, source, text):
    with app.test_request_context():
        assert rendered(source) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 requirement"), (3, "3 requirements")])
def test_numbers_choose_singular_or_plural(app, number, text):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert rendered("{{ ngettext('%(num)s requirement', '%(num)s requirements', n) }}", n=number) == text
