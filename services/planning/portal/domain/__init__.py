"""Rules of what PortalRB pulls: bodies and refusals, tokens, reviews."""
