"""Pages."""

from flask import Blueprint

blueprint = Blueprint("scenarios", __name__)
