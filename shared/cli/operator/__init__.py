"""The operator's tools: they work on database and broker directly, not through an API."""
