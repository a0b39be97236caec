"""The invented sample agency: its units, its people and what goes on there."""
