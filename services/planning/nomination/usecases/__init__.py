"""Commands and queries of nomination, one file a subject."""
