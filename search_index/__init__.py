"""Search and matching: knows text, numbers and vectors, and nothing of Flask, SQLAlchemy or app/."""
