"""The second factor: time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 seconds)."""

from datetime import datetime
from hmac import compare_digest

import pyotp
import segno

STEP_SECONDS = 30
DIGITS = 6
ISSUER = "Kaijing"


def new_secret() -> str:
    """A random secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """The time step whose password `code` is, or None. One step early or late is accepted; a step up to `after` is used already."""
    typed, current, generator = code.replace(" ", ""), int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        return None
    for step in (current - 1, current, current + 1):
        if compare_digest(generator.generate_otp(step), typed) and (after is None or step > after):
            return step
    return None


def address_of(secret: str, email: str) -> str:
    """The otpauth:// address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture_of(address: str) -> str:
    """The address as a QR code: an SVG in a data: address, dark on white in either theme."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white")
