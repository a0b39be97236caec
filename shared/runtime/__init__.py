"""The life of a service process: workers, signals, exit codes, crash points for fault tests."""
