"""What a project must know of records above it, in the manner of `app.scenarios.facts`."""

from app.scenarios.facts import Fact

has_match_under_way = Fact("has_match_under_way")
