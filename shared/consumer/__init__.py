"""Consume topics with exactly-once effects: one SQL transaction per batch holds effects and watermarks."""

from shared.consumer.batch import Fold
from shared.consumer.codec import Received, Rejected
from shared.consumer.consumer import BatchConsumer
from shared.consumer.replica import Replica, fold_replica

__all__ = ["BatchConsumer", "Fold", "Received", "Rejected", "Replica", "fold_replica"]
