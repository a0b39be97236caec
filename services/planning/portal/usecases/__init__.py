"""What PortalRB and an agency's people do: pull, make tokens, review."""
