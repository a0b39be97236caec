"""Event contracts: what crosses a service border, and nothing else does."""
