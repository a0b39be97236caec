"""The working-day calendar: exact counting, pure. Which days are off, its administrators say."""
