"""Every table, imported once, so that the metadata is whole for migrations, commands and tests."""

from app.accounts import models as accounts
from app.api import models as api
from app.attachments import models as attachments
from app.audit import models as audit
from app.discovery import models as discovery
from app.matching import models as matching
from app.matching.fits import models as fits
from app.notifications import models as notifications
from app.organizations import models as organizations
from app.outbox import models as outbox
from app.products import models as products
from app.projects import models as projects
from app.scenarios import models as scenarios
from app.solutions import models as solutions
from app.taxonomy import models as taxonomy

__all__ = [
    "accounts", "api", "attachments", "audit", "discovery", "fits", "matching", "notifications", "organizations",
    "outbox", "products", "projects", "scenarios", "solutions", "taxonomy",
]  # fmt: skip
