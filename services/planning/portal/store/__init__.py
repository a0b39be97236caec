"""SQL of PortalRB's tokens, pulls and reviews."""
