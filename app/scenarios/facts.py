"""What a scenario must know of records above it."""

from app.facts import Fact

has_submissions = Fact("has_submissions")
has_terminated_project = Fact("has_terminated_project")
