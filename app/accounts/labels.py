"""Names of the duties, and of what programs may do."""

from flask_babel import lazy_gettext as _l

from app.accounts.models import Scope
from app.actor import Role

ROLE = {
    Role.EVALUATOR: _l("Evaluator"),
    Role.REVIEWER: _l("Reviewer"),
    Role.APPROVER: _l("Approver"),
    Role.OPERATOR: _l("Operator"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMIN: _l("System administrator"),
}
SCOPE = {
    Scope.READ: _l("Read what I may read"),
    Scope.WRITE: _l("Write and submit"),
    Scope.REVIEW: _l("Decide as a reviewer"),
    Scope.APPROVE: _l("Decide as an approver"),
}
