"""`zi unit`: the register of units, one by one and as a file."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import every_row
from services.planning.commands.imports import ExpectedOption, take_over
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitArgument, present
from shared.kernel import Zone

unit = typer.Typer(help="Register of units.", no_args_is_help=True)

COLUMNS = (
    *("unit_id", "name", "agency_id", "echelon", "zone", "region", "parent_id", "is_active", "merged_into"),
)
_KINDS = {".csv": "csv", ".xlsx": "xlsx"}

NameOption = Annotated[str | None, typer.Option("--name", help="Official name.")]
AgencyOption = Annotated[
    str | None, typer.Option("--agency", help="Agency; default: the caller's own, if it is one.")
]
TypeOption = Annotated[str | None, typer.Option("--type", help="Kind of unit.")]
EchelonOption = Annotated[str | None, typer.Option("--echelon", help="I to V.")]
ZoneOption = Annotated[Zone | None, typer.Option("--zone", help="Time zone of its dates.")]
RegionOption = Annotated[str | None, typer.Option("--region", help="Region it lies in; '' for none.")]
ParentOption = Annotated[str | None, typer.Option("--parent", help="Unit it stands below; '' for none.")]
ServiceOption = Annotated[bool | None, typer.Option("--service/--no-service", help="Serves the public.")]


@unit.command("create", epilog='Example: zi unit create --id kantor-a --name "Kantor A" --parent wilayah-1')
def create_unit(
    unit_id: Annotated[str, typer.Option("--id", help="Letters, digits, dot, dash, underscore.")],
    name: Annotated[str, typer.Option(help="Official name.")],
    agency: AgencyOption = None,
    unit_type: TypeOption = None,
    echelon: EchelonOption = None,
    zone: ZoneOption = None,
    has_service: ServiceOption = None,
    region: RegionOption = None,
    parent: ParentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register a unit; what is left out is kantor_pelayanan, III, WIB, with services."""
    given = {
        "unit_id": unit_id,
        "name": name,
        "agency_id": agency,
        "unit_type": unit_type,
        "echelon": echelon,
        "zone": zone,
        "has_service_function": has_service,
        "region": region or None,
        "parent_id": parent or None,
    }
    with Client("planning", role="admin") as api:
        made = api.post("/units", {field: value for field, value in given.items() if value is not None})
    present(made, as_json)


@unit.command("list", epilog="Example: zi unit list --search semarang")
def list_units(
    search: Annotated[str | None, typer.Option(help="Only what holds this in id, name or region.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the units you may see."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/units", search=search))
    present(rows, as_json, columns=COLUMNS)


@unit.command("show", epilog="Example: zi unit show kantor-a")
def show_unit(unit_id: UnitArgument, as_json: JsonOption = False) -> None:
    """Show one unit."""
    with Client("planning", role="admin") as api:
        present(api.get(f"/units/{unit_id}"), as_json)


@unit.command("change", epilog='Example: zi unit change kantor-a --name "Kantor A Baru" --parent wilayah-2')
def change_unit(
    unit_id: UnitArgument,
    name: NameOption = None,
    unit_type: TypeOption = None,
    echelon: EchelonOption = None,
    zone: ZoneOption = None,
    has_service: ServiceOption = None,
    region: RegionOption = None,
    parent: ParentOption = None,
    is_active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether it works.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a unit's entry: what is left out stays; its history stays in any case."""
    given: dict[str, Any] = {
        "name": name,
        "unit_type": unit_type,
        "echelon": echelon,
        "zone": zone,
        "has_service_function": has_service,
        "is_active": is_active,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    changes |= {
        field: value or None
        for field, value in (("region", region), ("parent_id", parent))
        if value is not None
    }
    if not changes:
        raise CliError("nothing to change: name at least one option, e.g. --name")
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(f"/units/{unit_id}")
        present(api.patch(f"/units/{unit_id}", changes, if_match=version), as_json)


@unit.command("merge", epilog="Example: zi unit merge kantor-a --into kantor-b")
def merge_unit(
    unit_id: UnitArgument,
    into: Annotated[str, typer.Option("--into", help="Unit that takes over the work.")],
    as_json: JsonOption = False,
) -> None:
    """Merge a unit into another: its history stays readable, new work belongs to the other one."""
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(f"/units/{unit_id}")
        present(api.post(f"/units/{unit_id}/merge", {"into": into}, if_match=version), as_json)


@unit.command("unmerge", epilog="Example: zi unit unmerge kantor-a")
def unmerge_unit(unit_id: UnitArgument, as_json: JsonOption = False) -> None:
    """Let a merged unit work by itself again."""
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(f"/units/{unit_id}")
        present(api.post(f"/units/{unit_id}/unmerge", if_match=version), as_json)


@unit.command("import", epilog="Example: zi unit import unit-kerja.xlsx --dry-run")
def import_units(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="xlsx or csv, as `zi unit export` writes it.")],
    agency: AgencyOption = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would change.")] = False,
    expected: ExpectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a file of units over into the register: all of it, or nothing and every fault by its cell."""
    take_over(
        "/unit-register/import",
        file,
        dry_run=dry_run,
        agency=agency,
        expected=expected,
        as_json=as_json,
        key="unit_id",
        apply="--expected",
    )


@unit.command("export", epilog="Example: zi unit export unit-kerja.xlsx")
def export_units(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Ends in .csv or .xlsx; - writes CSV to standard output.")
    ],
    agency: AgencyOption = None,
) -> None:
    """Write an agency's register as the file that `zi unit import` reads."""
    kind = "csv" if str(file) == "-" else _KINDS.get(file.suffix.lower())
    if kind is None:
        raise CliError(f"{file} must end in {' or '.join(_KINDS)}")
    query = {"format": kind} | ({} if agency is None else {"agency_id": agency})
    with Client("planning", role="admin") as api:
        content = api.send("GET", "/unit-register", params=query).content
    if str(file) == "-":
        sys.stdout.buffer.write(content)
    else:
        file.write_bytes(content)
        print(f"{file} written, {max(1, len(content) // 1024)} kB")
