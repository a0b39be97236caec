"""One function per command or query: load, decide, save, record the fact; the caller owns the transaction."""
