"""The front door: one address before the four services. Its configuration is made from their table."""
