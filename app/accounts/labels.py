"""Names of the duties."""

from flask_babel import lazy_gettext as _l

from app.actor import Role

ROLE = {
    Role.EVALUATOR: _l("Evaluator"),
    Role.REVIEWER: _l("Reviewer"),
    Role.APPROVER: _l("Approver"),
    Role.OPERATOR: _l("Operator"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMIN: _l("System administrator"),
}
