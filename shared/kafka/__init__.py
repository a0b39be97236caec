"""Kafka as all of our clients meet it."""
