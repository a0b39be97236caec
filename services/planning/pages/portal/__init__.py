"""Pages of PortalRB: what it gets of a proposal, with which tokens, and what it pulled."""
