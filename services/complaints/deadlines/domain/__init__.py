"""Pure rules of deadlines: working days, policies, schedules, and when a clock may be trusted."""
