"""Deadlines: calendars, policies, schedules, and the engine that fires them; no case is known here."""
