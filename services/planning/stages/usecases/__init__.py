"""Commands and queries on assessments."""
