"""Programmes of a year and the activities of their work plans."""
