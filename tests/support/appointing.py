"""Handling units for tests whose subject is another one: a decree that appoints everybody they name."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

EVERYBODY = (
    "penangan", "sari", "budi", "putu", "wati", "pengganti", "lintas", "baru", "baru-u-1", "baru-u-2",
    "test-case_handler", "nobody", "mistyped", "rangkap", "wakil",
)  # fmt: skip
"""Accounts that tests give cases to, rightly or not."""
TEAM = UUID(int=1)
"""The handling unit that `appoint` makes for an agency."""
_UNIT = """
    INSERT INTO handling_unit (id, version, agency_id, name, decree_number, decreed_on, valid_from,
        is_for_agency, unit_ids, streams, entered_by)
    VALUES ($1, 1, $2, 'Tim Penanganan Pengaduan', 'SK-1/2020', '2020-01-02', '2020-01-02', true, '{}',
        '{masyarakat,pelayanan}', 'pengawas')
"""
_MEMBER = "INSERT INTO handling_member VALUES ($1, $2, 'anggota')"


async def appoint(owner: asyncpg.Connection, agency_id: str, subjects: Sequence[str]) -> None:
    """Let a decree in force appoint these accounts for all of an agency."""
    await owner.execute(_UNIT, TEAM, agency_id)
    await owner.executemany(_MEMBER, [(TEAM, subject) for subject in subjects])
