"""Pages, by topic."""

from app.scenarios.views import amendments, drafts, invitations, lists, pages
from app.scenarios.views.base import blueprint

__all__ = ["amendments", "blueprint", "drafts", "invitations", "lists", "pages"]
