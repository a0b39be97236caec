"""How often, and how many: bursts in memory, counts in a table, waits instead of refusals."""
