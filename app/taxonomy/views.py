"""Pages."""

from flask import Blueprint

blueprint = Blueprint("taxonomy", __name__)
