"""SQL of deadlines."""
