"""Rules of duties: their kinds, states and acts, what each says, and why something is refused."""
