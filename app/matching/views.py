"""Pages."""

from flask import Blueprint

blueprint = Blueprint("matching", __name__)
