"""Consume topics with exactly-once effects: one SQL transaction per batch holds effects and watermarks."""

from shared.consumer.batch import Fold
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.register import PAYLOAD_CONFLICT, fold_register

__all__ = ["PAYLOAD_CONFLICT", "BatchConsumer", "Fold", "Received", "Rejected", "fold_register"]
