"""Pages of the review: assessors beside the unit, acts, findings, and who assesses what."""
