"""Pages that lead to all others, by topic."""

from app.discovery.views import home as home
from app.discovery.views import lists as lists
from app.discovery.views import saved as saved
from app.discovery.views.base import blueprint as blueprint
