"""Records for tests, one file per capability."""
