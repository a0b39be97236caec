"""`zi complaint import|export-states`: files of other systems in, how their cases stand out."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from services.complaints.commands.calls import complaint
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present
from shared.cli.progress import Steps, telling

PP = "complaint_officer"
LOOK_SECONDS = 1.0
SourceOption = Annotated[str, typer.Option("--source", help="The other system: sp4n or siwas.")]
RoleOption = Annotated[str, typer.Option("--role", help="Role to act in: PP, or complaint_supervisor.")]


@complaint.command("import", epilog="Example: zi complaint import laporan.csv --agency default --dry-run")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV as the other system exports it.")],
    agency: Annotated[str, typer.Option("--agency", help="Agency whose cases they are.")],
    source: SourceOption = "sp4n",
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="utf-8 or windows-1252; default: found out.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help='";", "," or tab; default: found out.')
    ] = None,
    date_order: Annotated[str, typer.Option("--dates", help="Order of dates: dmy, mdy or ymd.")] = "dmy",
    zone: Annotated[str, typer.Option("--zone", help="Zone of times: WIB, WITA or WIT.")] = "WIB",
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=N", help="Column of a field, from 1; several times."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what every row would do.")] = False,
    role: RoleOption = PP,
    as_json: JsonOption = False,
) -> None:
    """Take in another system's file (PP of the agency); exit 1 when no row of it can be read."""
    if not file.is_file():
        raise CliError(f"there is no file {file}")
    said: dict[str, Any] = {
        "agency_id": agency,
        "source": source,
        "encoding": encoding,
        "delimiter": delimiter,
    }
    said |= {"date_order": date_order, "zone": zone}
    with Client("complaints", role=role) as api:
        with telling(f"{file.name}: trying every row"):
            with file.open("rb") as content:
                found = api.upload("/imports", content, "import.csv", media_type="text/csv", **said)
            if columns:
                body = {"columns": dict(_column(one) for one in columns)}
                found = api.post(f"/imports/{found['id']}/mapping", body)
        if found["status"] == "checked" and not dry_run:
            found = _run(api, found)
    if as_json:
        present(found, as_json)
    else:
        _tell(found)
    if found["status"] == "mapping":
        raise typer.Exit(1)


@complaint.command(
    "export-states",
    epilog="Example: zi complaint export-states --first 2026-01-01 --last 2026-01-31 --out status.csv",
)
def export_states(
    first: Annotated[str, typer.Option("--first", help="Forwarded on this day of WIB or later.")],
    last: Annotated[str, typer.Option("--last", help="Forwarded on this day or before.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to, .csv.")],
    source: SourceOption = "sp4n",
    role: RoleOption = PP,
) -> None:
    """Write how forwarded cases stand, for the system that forwarded them (PP)."""
    if out.exists():
        raise CliError(f"there is a file {out} already")
    parts: list[bytes] = []
    with Client("complaints", role=role) as api:
        api.download("/imported-states", parts.append, source=source, first=first, last=last)
    out.write_bytes(b"".join(parts))
    print(f"{out} written, {max(1, out.stat().st_size // 1024)} kB")


def _run(api: Client, found: dict[str, Any]) -> dict[str, Any]:
    """Let a file run and say how far it is until it is done; broken off, it goes on by itself."""
    steps, path = Steps(), f"/imports/{found['id']}"
    found = api.post(f"{path}/run")
    while found["status"] == "running":
        steps("rows", found["done"], found["rows"])
        time.sleep(LOOK_SECONDS)
        found = api.get(path)
    steps("rows", found["done"], found["rows"])
    return found


def _column(said: str) -> tuple[str, int]:
    field, _, number = said.partition("=")
    if not number.isdecimal():
        raise CliError(f'--column takes FIELD=N, such as "external_ref=1", not "{said}"')
    return field, int(number)


def _tell(found: dict[str, Any]) -> None:
    for one in found["faults"]:
        for fault in one["faults"]:
            print(
                f"row {one['row']}, column {fault['column']}: {fault['code']}\n  detail: {fault['message']}"
            )
    if found["status"] == "mapping":
        for number, header in enumerate(found["head"], 1):
            print(f"column {number}: {header}")
        lacking = ", ".join(one["field"] for one in found["columns"] if one["is_missing"])
        print(f"columns are missing, name them with --column: {lacking}")
        return
    is_done = found["status"] == "done"
    counts = found["counted" if is_done else "planned"]
    told = ", ".join(f"{count} {effect}" for effect, count in counts.items())
    print(f"{found['rows']} rows {'taken in' if is_done else 'tried, nothing taken in'}: {told}")
    print(f"read as {found['encoding']}; import {found['id']}")
