"""Pages of organisations, by topic."""

from app.organizations.views import members
from app.organizations.views.records import blueprint

__all__ = ["blueprint", "members"]
