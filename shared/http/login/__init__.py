"""Page log-in at the issuer, and the sessions that follow it."""
