"""Pure rules of an assessment's way: stages, acts, windows, who may write, rounds, assessors, findings."""
