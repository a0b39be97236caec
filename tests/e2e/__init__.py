"""End to end: the whole system as people start it."""
