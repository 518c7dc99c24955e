"""What a project must know of records above it."""

from app.facts import Fact

has_match_under_way = Fact("has_match_under_way")
