"""Pure rules of a complaint: its states, its calendar, its clocks and the policies they follow."""
