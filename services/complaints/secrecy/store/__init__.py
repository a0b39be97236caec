"""SQL of sealed identities, of the log of openings, and of custodians."""
