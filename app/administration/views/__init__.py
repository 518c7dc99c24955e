"""Pages of administration."""

from app.administration.views import health, machine, review, users
from app.administration.views.base import blueprint

__all__ = ["blueprint", "health", "machine", "review", "users"]
