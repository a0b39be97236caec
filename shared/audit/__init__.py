"""The audit trail: one insert-only row per command, written in the command's own transaction."""

from shared.audit.record import record

__all__ = ["record"]
