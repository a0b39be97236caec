"""Scoring: every unit's LKE score and gates, computed from the facts of the other services alone."""
