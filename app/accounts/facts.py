"""What an account must know of records above it."""

from app.facts import Fact

belongs_to_a_firm = Fact("belongs_to_a_firm")
