"""Pages."""

from flask import Blueprint

blueprint = Blueprint("discovery", __name__)
