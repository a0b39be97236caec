"""Runs the whole system on one machine, from Python packages alone, for development and tests."""
