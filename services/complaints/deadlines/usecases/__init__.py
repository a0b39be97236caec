"""Arming, ending, moving and firing deadlines, and their upkeep."""
