"""Pages of the register of units, for administrators."""
