"""How pages say an assessment's way: stages, acts, deadlines, and what was done."""
