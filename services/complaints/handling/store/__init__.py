"""Reports in and out of tables."""
