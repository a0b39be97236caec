"""SQL in and out of domain objects; identities in a module of their own, under their own role."""
