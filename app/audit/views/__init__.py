"""Pages: the audit log as the auditor reads and exports it."""

from app.audit.views.pages import blueprint as blueprint
