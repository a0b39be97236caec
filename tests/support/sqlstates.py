"""The classes of PostgreSQL's errors with what each must mean, and a switch that raises any of them.

Source: PostgreSQL documentation, appendix A.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import asyncpg

Kind = Literal["data", "away", "conflict", "fault"]

KINDS: Mapping[str, Kind] = {
    "08": "away",
    "09": "fault",
    "0A": "fault",
    "0B": "fault",
    "0F": "fault",
    "0L": "fault",
    "0P": "fault",
    "0Z": "fault",
    "20": "fault",
    "21": "fault",
    "22": "data",
    "23": "data",
    "24": "fault",
    "25": "away",
    "26": "fault",
    "27": "fault",
    "28": "away",
    "2B": "fault",
    "2D": "fault",
    "2F": "fault",
    "34": "fault",
    "38": "fault",
    "39": "fault",
    "3B": "fault",
    "3D": "away",
    "3F": "fault",
    "40": "fault",
    "42": "fault",
    "44": "fault",
    "53": "away",
    "54": "fault",
    "55": "away",
    "57": "away",
    "58": "away",
    "72": "fault",
    "F0": "away",
    "HV": "fault",
    "P0": "fault",
    "XX": "away",
}
"""Every class of errors; 00 to 03 are no errors."""
CONFLICTS = ("40001", "40P01")
DISK_FULL = "53100"

_CODES = """
    08006 09000 0A000 0B000 0F001 0LP01 0P000 0Z002 20000 21000 22003 22P02 23505 23514 24000 25006 25P02
    25P03 26000 27000 28P01 2BP01 2D000 2F002 34000 38001 39P01 3B001 3D000 3F000 40001 40003 40P01 42P01
    42501 44000 53100 53200 53300 53400 54001 55P03 57014 57P01 57P02 57P03 58030 58P01 72000 F0001 HV000
    P0001 XX000 XX001
"""
CODES = _CODES.split()
"""At least one code of each class, and more of those that an outage is made of."""

SWITCH = """
CREATE TABLE fault_switch (code text NOT NULL);
GRANT SELECT ON fault_switch TO PUBLIC;
CREATE FUNCTION raise_fault() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted text;
BEGIN
    SELECT code INTO wanted FROM fault_switch;
    IF wanted IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = wanted, MESSAGE = 'a secret of the database';
    END IF;
    RETURN NEW;
END $$
"""


class FaultSwitch:
    """While it is on, every statement under a trigger of `watch` fails with the code."""

    def __init__(self, superuser: asyncpg.Connection) -> None:
        self._superuser = superuser

    async def watch(self, what: str) -> None:
        """Let rows fail, e.g. `INSERT ON effect FOR EACH ROW WHEN (NEW.letter = 'x')`."""
        await self._superuser.execute(
            f"CREATE TRIGGER raise_fault BEFORE {what} EXECUTE FUNCTION raise_fault()"
        )

    @asynccontextmanager
    async def raising(self, code: str) -> AsyncIterator[None]:
        """Be on while the block runs."""
        await self._superuser.execute("INSERT INTO fault_switch VALUES ($1)", code)
        try:
            yield
        finally:
            await self._superuser.execute("DELETE FROM fault_switch")


@asynccontextmanager
async def fault_switch(admin_url: str, database_url: str) -> AsyncIterator[FaultSwitch]:
    """Put a switch into a database of the server, off at first."""
    path = urlsplit(database_url).path
    superuser = await asyncpg.connect(urlunsplit(urlsplit(admin_url)._replace(path=path)))
    try:
        await superuser.execute(SWITCH)
        yield FaultSwitch(superuser)
    finally:
        await superuser.close()


def kind_of(code: str) -> Kind:
    """Return what an error with this SQLSTATE must be taken for."""
    return "conflict" if code in CONFLICTS else KINDS[code[:2]]
