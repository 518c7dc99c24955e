"""Pages of projects: a project itself, and the lists behind every figure."""

from app.projects.views.lists import narrowed_list as narrowed_list
from app.projects.views.pages import blueprint as blueprint
