"""Pages, by topic."""

from app.scenarios.views import amendments as amendments
from app.scenarios.views import drafts as drafts
from app.scenarios.views import invitations as invitations
from app.scenarios.views import lists as lists
from app.scenarios.views import pages as pages
from app.scenarios.views import preview as preview
from app.scenarios.views.base import blueprint as blueprint
