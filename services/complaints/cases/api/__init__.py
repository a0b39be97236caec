"""Routes of officers."""
