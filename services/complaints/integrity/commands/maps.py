"""`zi conflict map|add|confirm|retire|review`: the map of conflicts and its yearly review."""

from typing import Annotated

import typer

from services.complaints.integrity.commands.conflicts import conflict
from services.complaints.matters.commands import LEADER, STAFF, RoleOption, UnitOption
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

ENTRY_COLUMNS = ("id", "version", "activity", "position", "conflict_type", "reviewed_on")
EntryArgument = Annotated[str, typer.Argument(metavar="ENTRY", help="Id of the entry.")]


@conflict.command("map", epilog="Example: zi conflict map --unit contoh-melati")
def show_map(
    unit: UnitOption,
    year: Annotated[
        int | None, typer.Option("--year", help="Year of the review; default: the present.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a unit's map, and how much of it was looked at in a year."""
    with Client("complaints", role=STAFF) as client:
        found = client.get("/coi-map", unit=unit, year=year)
    present(found if as_json else found["items"], as_json, columns=ENTRY_COLUMNS)


@conflict.command(
    "add",
    epilog="Example: zi conflict add --unit contoh-melati --activity Pengadaan --position Pejabat"
    " --type hubungan_keluarga --control 'Digantikan pejabat lain.'",
)
def add(
    unit: UnitOption,
    activity: Annotated[str, typer.Option("--activity", help="In which activity.")],
    position: Annotated[str, typer.Option("--position", help="Of which position.")],
    conflict_type: Annotated[str, typer.Option("--type", help="hubungan_keluarga, rangkap_jabatan, ...")],
    control: Annotated[str, typer.Option("--control", help="How it is controlled.")],
    as_json: JsonOption = False,
) -> None:
    """Enter a possible conflict of a position into a unit's map."""
    body = {
        "unit_id": unit,
        "activity": activity,
        "position": position,
        "conflict_type": conflict_type,
        "control": control,
    }
    with Client("complaints", role=STAFF) as client:
        present(client.post("/coi-map", body), as_json)


@conflict.command("confirm", epilog="Example: zi conflict confirm ENTRY --version 1")
def confirm(
    entry: EntryArgument,
    version: Annotated[int, typer.Option("--version", help="Version that was looked at.")],
    as_json: JsonOption = False,
) -> None:
    """Note that an entry of the map was looked at and stays as it is."""
    with Client("complaints", role=STAFF) as client:
        present(client.post(f"/coi-map/{entry}/confirm", if_match=f'"{version}"'), as_json)


@conflict.command("retire", epilog="Example: zi conflict retire ENTRY --version 1")
def retire(
    entry: EntryArgument,
    version: Annotated[int, typer.Option("--version", help="Version that was looked at.")],
    as_json: JsonOption = False,
) -> None:
    """Take an entry off the map; its versions stay known."""
    with Client("complaints", role=STAFF) as client:
        present(client.post(f"/coi-map/{entry}/retire", if_match=f'"{version}"'), as_json)


@conflict.command("review", epilog="Example: zi conflict review --unit contoh-melati --year 2026")
def review(
    unit: UnitOption,
    year: Annotated[int, typer.Option("--year", help="Year of the review.")],
    role: RoleOption = LEADER,
    as_json: JsonOption = False,
) -> None:
    """State that every entry of a unit's map was looked at in a year (superior)."""
    with Client("complaints", role=role) as client:
        found = client.get("/coi-map", unit=unit, year=year)["review"]
        tag = f'"{found["version"]}"' if found else '"1"'
        present(client.post("/coi-map/reviews", {"unit_id": unit, "year": year}, if_match=tag), as_json)
