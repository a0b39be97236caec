"""Refusals that several use cases share."""

from services.planning.domain import ProgrammeMissingError
from shared.kernel import NotFoundError, StaleVersionError


def unit_not_found(unit_id: str) -> NotFoundError:
    return NotFoundError(f"Unit {unit_id} tidak ditemukan.", field="unit_id")


def programme_missing(unit_id: str, year: int) -> ProgrammeMissingError:
    return ProgrammeMissingError(f"Unit {unit_id} belum punya program tahun {year}. Buat programnya dahulu.")


def check_version(present: int, expected: int) -> None:
    """Raise `StaleVersionError` when the caller has read another version."""
    if present != expected:
        raise StaleVersionError(version=present)
