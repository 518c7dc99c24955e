"""Pages of organisations, by topic."""

from app.organizations.views import members, tokens
from app.organizations.views.records import blueprint

__all__ = ["blueprint", "members", "tokens"]
