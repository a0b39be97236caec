"""The people of units: who works where, under whom, by which accounts, and who acts for whom."""
