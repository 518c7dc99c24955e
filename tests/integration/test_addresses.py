"""Addresses within the site, which are built once and remembered."""

import uuid

from flask import url_for


def test_an_address_is_the_same_when_it_is_asked_for_again(app):
    first, second = uuid.uuid4(), uuid.uuid4()
    with app.test_request_context("/"):
        for _ in range(2):
            assert url_for("scenarios.show", scenario_id=first) == f"/scenarios/{first}"
            assert url_for("scenarios.show", scenario_id=second) == f"/scenarios/{second}"
            assert url_for("scenarios.show", scenario_id=first, _anchor="questions") == f"/scenarios/{first}#questions"


def test_values_that_are_equal_but_written_differently_are_told_apart(app):
    with app.test_request_context("/"):
        assert url_for("discovery.home", page=1) == "/?page=1"
        assert url_for("discovery.home", page=True) == "/?page=True"
        assert url_for("discovery.home", page="1") == "/?page=1"
        assert url_for("discovery.home", page=[1, 2]) == "/?page=1&page=2"


def test_addresses_follow_where_the_application_is_mounted(app):
    for mounted, expected in (("http://localhost/", "/"), ("http://localhost/kaijing", "/kaijing/"), ("http://localhost/", "/")):
        with app.test_request_context("/", base_url=mounted):
            assert url_for("discovery.home") == expected


def test_an_address_for_mail_names_the_site(app):
    with app.test_request_context("/", base_url="https://kaijing.example"):
        assert url_for("discovery.home") == "/"
        assert url_for("discovery.home", _external=True) == "https://kaijing.example/"
