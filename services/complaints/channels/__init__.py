"""Channels that complaints come in by: a register of each unit, and whether they answer."""
