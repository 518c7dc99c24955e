"""The blueprint of what leads to all records."""

from flask import Blueprint

blueprint = Blueprint("discovery", __name__)
