"""Use cases of scoring: fold facts, recount what they touched, read and explain."""
