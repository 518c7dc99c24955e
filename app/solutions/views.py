"""Pages."""

from flask import Blueprint

blueprint = Blueprint("solutions", __name__)
