"""Surveys: campaigns, answers that lead back to nobody, and the thresholds they reach."""
