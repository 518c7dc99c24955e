"""Passwords: how they are kept (Argon2id, RFC 9106), and which are accepted (after NIST SP 800-63B: length, no common ones)."""

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l

from app.errors import Text

LEAST, MOST = 10, 200
FEWEST_DIFFERENT = 5
SHORTEST_NAME_LOOKED_FOR = 4
UNUSABLE = "!"

# 19 MiB, two passes, one lane: OWASP's choice for servers that sign many people in (Password Storage Cheat Sheet)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """What is kept of a password; salted, slow on purpose."""
    return _hasher.hash(password)


@cache
def _dummy() -> str:
    return _hasher.hash("no account has this password")


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. For an unknown account (None) it takes as long and says no."""
    known = password_hash is not None and password_hash != UNUSABLE
    try:
        return _hasher.verify(password_hash if known and password_hash else _dummy(), password) and known
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _common() -> frozenset[str]:
    return frozenset((Path(__file__).parent / "data" / "common_passwords.txt").read_text().split())


def problem_with(password: str, *, email: str) -> Text | None:
    """Why a new password is not accepted, or None."""
    lowered, local_part = password.lower(), email.lower().partition("@")[0]
    if len(password) < LEAST:
        return _l("Use at least %(least)s characters.", least=LEAST)
    if len(password) > MOST:
        return _l("Use at most %(most)s characters.", most=MOST)
    if lowered in _common() or len(set(lowered)) < FEWEST_DIFFERENT:
        return _l("This password is too easy to guess.")
    if (email and email.lower() in lowered) or (len(local_part) >= SHORTEST_NAME_LOOKED_FOR and local_part in lowered):
        return _l("The password must not contain your e-mail address.")
    return None
