"""Refusals that several use cases share."""

from services.planning.domain.plans import ProgrammeMissingError
from shared.kernel import NotFoundError, StaleVersionError


def unit_not_found() -> NotFoundError:
    return NotFoundError("Unit tidak ditemukan.", field="unit_id")


def programme_missing(year: int) -> ProgrammeMissingError:
    return ProgrammeMissingError(f"Unit ini belum punya program tahun {year}. Buat programnya dahulu.")


def check_version(present: int, expected: int) -> None:
    """Raise `StaleVersionError` when the caller has read another version."""
    if present != expected:
        raise StaleVersionError(version=present)
