"""HTTP: one application, and what every route has in common; import from its modules."""
