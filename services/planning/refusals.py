"""Refusals that several use cases share."""

from shared.kernel import StaleVersionError


def check_version(present: int, expected: int) -> None:
    """Raise `StaleVersionError` when the caller has read another version."""
    if present != expected:
        raise StaleVersionError(version=present)
