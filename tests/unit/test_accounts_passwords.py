"""Passwords and codes of the second factor."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from app.accounts import passwords, totp
from app.accounts.operations.sign_in import LONGEST_LOCK, lock_ends
from app.accounts.policy import conflicting_duties
from app.actor import Role

NOW = datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("orchid-lamp-72", True),
        ("九层之台起于累土始于足下", True),
        ("short-1", False),
        ("x" * 201, False),
        ("Password123", False),
        ("aaaabbbbaaaabbbb", False),
        ("my-li.wei-secret", False),
    ],
)
def test_a_password_is_long_uncommon_and_not_the_address(password, accepted):
    assert (passwords.problem_with(password, email="Li.Wei@example.com") is None) is accepted


def test_a_short_local_part_may_occur_in_a_password():
    assert passwords.problem_with("liberty-lamp-72", email="li@example.com") is None


def test_only_the_right_password_verifies():
    kept = passwords.hash_password("orchid-lamp-72")
    assert passwords.verify(kept, "orchid-lamp-72")
    assert not passwords.verify(kept, "orchid-lamp-73")


@pytest.mark.parametrize("kept", [None, passwords.UNUSABLE, "no hash at all"])
def test_no_password_fits_an_account_without_one(kept):
    assert not passwords.verify(kept, "no account has this password")


def test_a_hash_with_weaker_parameters_is_outdated():
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8192).hash("orchid-lamp-72"))


@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (-30, True), (30, True), (-60, False), (60, False)])
def test_a_code_holds_one_step_early_or_late(seconds, accepted):
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=seconds))
    assert (totp.matching_step(SECRET, code, now=NOW, after=None) is not None) is accepted


def test_a_code_is_used_once():
    code = pyotp.TOTP(SECRET).at(NOW)
    step = totp.matching_step(SECRET, code, now=NOW, after=None)
    assert totp.matching_step(SECRET, code, now=NOW, after=step) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused(code):
    assert totp.matching_step(SECRET, code, now=NOW, after=None) is None


def test_the_lock_doubles_from_a_minute_to_an_hour():
    minutes = [lock_ends(count, NOW, 5) for count in range(4, 14)]
    assert minutes[0] is None
    assert [(end - NOW) / timedelta(minutes=1) for end in minutes[1:]] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert lock_ends(10**9, NOW, 5) == NOW + LONGEST_LOCK


@pytest.mark.parametrize(
    ("roles", "compatible"),
    [
        (set(), True),
        ({Role.AUDITOR}, True),
        ({Role.REVIEWER, Role.APPROVER}, True),
        ({Role.OPERATOR, Role.ADMIN}, True),
        ({Role.APPROVER, Role.ADMIN}, False),
        ({Role.AUDITOR, Role.EVALUATOR}, False),
    ],
)
def test_duties_that_must_not_meet(roles, compatible):
    assert (conflicting_duties(roles) is None) is compatible
