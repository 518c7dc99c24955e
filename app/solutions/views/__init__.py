"""Pages of solutions, by topic."""

from app.solutions.views import answers, judging, pages
from app.solutions.views.base import blueprint

__all__ = ["answers", "blueprint", "judging", "pages"]
