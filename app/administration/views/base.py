"""The blueprint that the pages share."""

from flask import Blueprint

blueprint = Blueprint("administration", __name__)
