"""Every change of an account, by topic."""

from app.accounts.operations.account import (
    change_email,
    check_sign_up,
    confirm_email,
    erase_account,
    export_personal,
    give_consent,
    send_confirmation,
    sign_up,
    start_email_change,
    update_profile,
    withdraw_consent,
)
from app.accounts.operations.administration import create_user, disable_user, enable_user, reset_second_factor, set_roles
from app.accounts.operations.api_tokens import issue_token, revoke_token
from app.accounts.operations.passwords import change_password, reset_password, start_reset
from app.accounts.operations.second_factor import confirm_enrolment, disable_second_factor, start_enrolment
from app.accounts.operations.sign_in import (
    Attempt,
    Outcome,
    authenticate,
    check_code,
    check_password,
    clean_up_due,
    forget_failures,
    open_session,
    revoke_other_sessions,
    revoke_session,
)

__all__ = [
    "Attempt", "Outcome", "authenticate", "change_email", "change_password", "check_code", "check_password", "check_sign_up",
    "clean_up_due", "confirm_email", "confirm_enrolment", "create_user", "disable_second_factor", "disable_user",
    "enable_user", "erase_account", "export_personal", "forget_failures", "give_consent", "issue_token", "open_session",
    "reset_password", "reset_second_factor", "revoke_other_sessions", "revoke_session", "revoke_token",
    "send_confirmation", "set_roles", "sign_up", "start_email_change", "start_enrolment", "start_reset",
    "update_profile", "withdraw_consent",
]  # fmt: skip
