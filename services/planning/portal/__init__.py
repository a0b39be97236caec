"""PortalRB: what the ministry's portal pulls from frozen packages, with which tokens, and its reviews."""
