"""Pages of the people of units, for those who know them by name."""
