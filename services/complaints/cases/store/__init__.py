"""SQL of cases and officers."""
