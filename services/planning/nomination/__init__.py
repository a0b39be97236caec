"""Nomination: which units may be proposed, what they were awarded before, and the package that is frozen."""
