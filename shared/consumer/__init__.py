"""Consume topics with exactly-once effects: one SQL transaction per batch holds effects and watermarks."""
