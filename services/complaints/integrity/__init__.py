"""Integrity of those who serve: reported gifts, nil returns, conflicts of interest and their map."""
