"""A service process: its settings, probes, workers, timers, bounded lines and crash points."""
