"""One function per command or query: load, decide, save, record the event; one transaction."""
