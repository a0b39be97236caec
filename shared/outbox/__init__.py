"""The outbox: events leave in the transaction that made them true, a relay carries them to Kafka."""

from shared.outbox.record import record

__all__ = ["record"]
