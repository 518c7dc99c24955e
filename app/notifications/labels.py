"""Names of the mail preferences."""

from flask_babel import lazy_gettext as _l

from app.notifications.models import MailPreference

MAIL_PREFERENCE = {
    MailPreference.AT_ONCE: _l("At once"),
    MailPreference.DAILY: _l("Once a day"),
    MailPreference.NEVER: _l("No mail"),
}
