"""SQL in and out of what nomination knows, one file a subject."""
