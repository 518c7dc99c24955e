"""The life of an account: sign-up, confirmation, profile, consent, address, and its end."""

from datetime import datetime, timedelta
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts import passwords, personal, tokens
from app.accounts.letters import key_within_window, send_letter
from app.accounts.models import ApiToken, User, UserSession
from app.accounts.operations.passwords import LINK_OVER, stamp, tell, user_of_link
from app.accounts.operations.sign_in import Attempt, Outcome, check_own_password, check_password, forget_failures
from app.accounts.policy import CONSENT_VERSION, is_self
from app.accounts.queries import account_digest, lock_user, lock_user_by_email, user_by_email
from app.actor import Actor, Role
from app.audit.operations import erase_personal, record
from app.errors import Conflict, Invalid, collecting, require_fresh, require_visible
from app.locales import LOCALES
from app.notifications.operations import erase_for
from app.outbox.operations import emit

CONFIRM_LIFE = timedelta(days=3)
ERASED_NAME = "已注销 (deleted)"


def normal_email(email: str) -> str:
    """The address in lower case. Raises Invalid when it is none."""
    try:
        # special-use names such as .example and .test are addresses too: the demo's, a test's
        checked = validate_email(email, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid({"email": [_l("This is not an e-mail address.")]}) from None
    return checked.normalized.lower()


def check_sign_up(*, email: str, password: str, consented: bool) -> str:
    """The address as it is understood; raises Invalid, as `sign_up` does, with all that is wrong."""
    with collecting() as problems:
        with problems.including():
            email = normal_email(email)
        if not consented:
            problems.add("consent", _l("Without it we may not keep your data."))
        problem = passwords.problem_with(password, email=email)
        if problem is not None:
            problems.add("password", problem)
    return email


def sign_up(
    session: Session, *, email: str, name: str, password: str, locale: str, consented: bool, address: str, now: datetime
) -> str:
    """Make an account that waits for its address to be confirmed. Nothing tells whether the address has an account already.

    The owner of a confirmed one gets a letter that says so; an unconfirmed one takes on the new name and password, and only who
    knows that password and reads that mail can confirm it. Returns the address as it was understood.
    Raises Invalid at `email`, `password` or `consent`.
    """
    email = check_sign_up(email=email, password=password, consented=consented)
    password_hash = passwords.hash_password(password)
    user = lock_user_by_email(session, email)
    if user is not None and (user.email_confirmed_at is not None or not user.may_sign_in):
        if user.may_sign_in:
            send_letter(
                session,
                "accounts.exists",
                to=user.id,
                key=key_within_window(user.id, now),
                endpoint="accounts.reset_request",
                now=now,
            )
        return email
    if user is None:
        user = User(email=email, created_at=now)
        session.add(user)
    user.name, user.password_hash, user.locale = name, password_hash, locale if locale in LOCALES else "zh_CN"
    user.consented_at, user.consent_version = now, CONSENT_VERSION
    session.flush()
    record(session, "accounts.sign_up", user, actor=Actor(user.id, name, address=address), now=now)
    send_confirmation(session, user, now=now)
    return email


def send_confirmation(session: Session, user: User, *, now: datetime) -> None:
    """Promise the letter that confirms an address, one in ten minutes. Its link outlives another sign-up with the address."""
    send_letter(
        session,
        "accounts.confirm",
        to=user.id,
        key=key_within_window(user.id, now),
        endpoint="accounts.confirm",
        now=now,
        params={"name": user.name},
        purpose="confirm",
        user_id=str(user.id),
        stamp=stamp(user, "confirm"),
    )


def confirm_email(session: Session, token: str, password: str, *, address: str, now: datetime) -> Attempt:
    """Confirm the address that a letter was sent to; with the password, so that nobody confirms an account that another began.

    Raises Invalid (at no field) when the link is over. A wrong password counts as a failed sign-in.
    """
    user = user_of_link(session, "confirm", token, max_age=CONFIRM_LIFE)
    if user is None:
        raise Invalid({"": [LINK_OVER]}, LINK_OVER)
    attempt = check_password(session, user.email, password, address=address, now=now)
    if attempt.outcome is not Outcome.UNCONFIRMED:
        return attempt
    user.email_confirmed_at = now
    record(session, "accounts.confirm_email", user, actor=Actor(user.id, user.name, address=address), now=now)
    emit(session, "accounts.confirmed", str(user.id), now=now, user_id=user.id)
    return Attempt(Outcome.DONE, user)


def update_profile(
    session: Session, user: User, *, name: str, locale: str, expected: int | None, actor: Actor, now: datetime
) -> User:
    """Change one's name and language. Raises Stale when the account has changed since it was read."""
    require_visible(is_self(actor, user))
    require_fresh(user.version, expected)
    before = {"name": user.name, "locale": user.locale}
    user.name, user.locale = name, locale
    record(session, "accounts.update_profile", user, actor=actor, now=now, before=before, after={"name": name, "locale": locale})
    return user


def give_consent(session: Session, user: User, *, actor: Actor, now: datetime) -> User:
    """Agree to the present privacy notice."""
    require_visible(is_self(actor, user))
    user.consented_at, user.consent_version = now, CONSENT_VERSION
    record(session, "accounts.give_consent", user, actor=actor, now=now, after={"version": CONSENT_VERSION})
    return user


def withdraw_consent(session: Session, user: User, *, actor: Actor, now: datetime) -> User:
    """Take the agreement back: what is left to do then is to agree anew, take one's data along, or delete the account."""
    require_visible(is_self(actor, user))
    user.consented_at = user.consent_version = None
    record(session, "accounts.withdraw_consent", user, actor=actor, now=now)
    return user


def start_email_change(session: Session, user: User, *, email: str, password: str, actor: Actor, now: datetime) -> Attempt:
    """Send a link to the new address; the account keeps the old one until it is followed. Raises Invalid at `email`.

    A wrong password counts as a failed sign-in. Nothing tells whether the new address has an account already.
    """
    require_visible(is_self(actor, user))
    email = normal_email(email)
    attempt = check_own_password(session, user, password, actor=actor, now=now)
    if attempt.outcome is Outcome.DONE and user_by_email(session, email) is None:
        send_letter(
            session,
            "accounts.change_email",
            to=email,
            locale=user.locale,
            # of an address nothing stays that it could be guessed from: the stamp is gone with the account
            key=f"{key_within_window(user.id, now)}:{account_digest(stamp(user) + email)[:20]}",
            endpoint="accounts.change_email",
            now=now,
            params={"name": user.name},
            purpose="change_email",
            user_id=str(user.id),
            stamp=stamp(user),
            email=email,
        )
    return attempt


def change_email(session: Session, user: User, token: str, *, actor: Actor, now: datetime) -> User:
    """Take on the new address that a letter was sent to; the old one is told. Raises Invalid when the link is over."""
    require_visible(is_self(actor, user))
    data = tokens.read("change_email", token, max_age=CONFIRM_LIFE)
    user = lock_user(session, user.id) or user
    if data is None or data["user_id"] != str(user.id) or data["stamp"] != stamp(user):
        raise Invalid({"": [LINK_OVER]}, LINK_OVER)
    if user_by_email(session, data["email"]) is not None:
        raise Invalid({"": [_l("This address has an account already.")]})
    forget_failures(session, user)
    key = f"{user.id}:{now.isoformat()}"
    send_letter(session, "accounts.email_changed", to=user.email, locale=user.locale, key=key, endpoint="accounts.sign_in", now=now)
    before, after = {"email": user.email}, {"email": data["email"]}
    user.email, user.email_confirmed_at = data["email"], now
    session.flush()
    record(session, "accounts.change_email", user, actor=actor, now=now, before=before, after=after)
    tell(session, user, "accounts.email_changed", now=now)
    return user


def export_personal(session: Session, user: User, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything that is kept about a person, as plain JSON values."""
    require_visible(is_self(actor, user))
    record(session, "accounts.export_personal", user, actor=actor, now=now)
    return personal.exported(session, user.id)


def erase_account(session: Session, user: User, *, password: str, actor: Actor, now: datetime) -> Attempt:
    """Delete one's account: name, address and all that identifies the person go, here, in invitations and in the audit details.

    What the person did for a firm stays, without the name. A wrong password counts as a failed sign-in. Raises Conflict when
    somebody depends on the account: the last owner of a firm, the only system administrator.
    """
    require_visible(is_self(actor, user))
    attempt = check_own_password(session, user, password, actor=actor, now=now)
    if attempt.outcome is not Outcome.DONE:
        return attempt
    if user.is_admin and _active_admins(session) == 1:
        raise Conflict(_l("You are the only system administrator. Appoint another one first."))
    personal.erase(session, user.id, now)
    erase_for(session, user.id)
    forget_failures(session, user)
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    session.execute(delete(ApiToken).where(ApiToken.user_id == user.id, ~ApiToken.shared))
    user.email, user.name, user.password_hash = f"{user.id}@erased.invalid", ERASED_NAME, passwords.UNUSABLE
    user.totp_secret = user.totp_confirmed_at = user.totp_last_step = user.consented_at = user.consent_version = None
    for role in Role:
        setattr(user, f"is_{role}", False)
    user.erased_at = now
    session.flush()
    erase_personal(session, user.id, now=now)
    # without the name: this entry is written after the others were erased
    record(session, "accounts.erase", user, actor=Actor(user.id), now=now)
    emit(session, "accounts.erased", str(user.id), now=now, user_id=user.id)
    return attempt


def _active_admins(session: Session) -> int:
    active = (User.is_admin, User.disabled_at.is_(None), User.erased_at.is_(None))
    return session.scalar(select(func.count()).select_from(User).where(*active)) or 0
