"""`zi complaint identity|identity-log`: who reported, for a reason, and the log of who asked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from services.complaints.commands.calls import CaseArgument, ReasonOption, RoleOption, complaint
from services.complaints.secrecy.domain import Reading, first_fault
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present

PAGE = 200


@complaint.command(
    "identity", epilog='Example: zi complaint identity CASE --reason "Bukti perlu dipastikan."'
)
def open_identity(
    case: CaseArgument,
    reason: ReasonOption,
    role: RoleOption = "complaint_officer",
    as_json: JsonOption = False,
) -> None:
    """Show who reported; the log keeps who asked and why, and the reporter sees how often."""
    with Client("complaints", role=role) as client:
        present(client.post(f"/cases/{case}/identity-requests", {"reason": reason}), as_json)


@complaint.command("identity-log", epilog="Example: zi complaint identity-log --known 41:9f2c...")
def check_log(
    known: Annotated[
        str | None,
        typer.Option(
            "--known", help="POSITION:HASH noted at the last check; a log cut or written anew fails."
        ),
    ] = None,
    role: RoleOption = "auditor",
    as_json: JsonOption = False,
) -> None:
    """Read the log of opened identities and check its chain here; note the last position and hash."""
    with Client("complaints", role=role) as client:
        rows = list(_rows(client))
    if (fault := first_fault(rows)) is not None:
        raise CliError(f"the log was changed: row {fault} does not follow from the rows before it")
    last = rows[-1] if rows else (0, None, b"")
    if known is not None:
        position, _, hashed = known.partition(":")
        if not position.isdecimal() or not hashed:
            raise CliError("--known is POSITION:HASH, as this command shows it")
        if (int(position), hashed) not in {(row[0], row[2].hex()) for row in rows}:
            raise CliError(f"the log was cut or written anew: row {position} is not the one that was noted")
    told = {"rows": len(rows), "is_whole": True, "last": f"{last[0]}:{last[2].hex()}" if rows else None}
    present(told, as_json)


def _rows(client: Client) -> Iterator[tuple[int, Reading | None, bytes]]:
    """Yield position, content and hash of every row."""
    cursor = None
    while True:
        page = client.get("/identity-reads", limit=PAGE, cursor=cursor)
        for row in page["items"]:
            yield row["position"], _reading(row), bytes.fromhex(row["hash"])
        if (cursor := page["next"]) is None:
            return


def _reading(row: dict[str, Any]) -> Reading | None:
    if row["reader"] is None:
        return None
    values = {name: row[name] for name in Reading.__dataclass_fields__}
    return Reading(**values | {"at": datetime.fromisoformat(row["at"]), "ref": UUID(row["ref"])})
