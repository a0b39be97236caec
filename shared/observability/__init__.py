"""What a running process tells about itself: logs, metrics, health."""
