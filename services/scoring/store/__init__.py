"""SQL of the scoring service."""
