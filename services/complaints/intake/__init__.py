"""Intake: what is reported, the receipt it gets, and how often strangers may ask."""
