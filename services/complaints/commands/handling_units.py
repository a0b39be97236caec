"""`zi complaint handling-unit add|list|show|change|end`: who is appointed by a decree to handle cases."""

from typing import Annotated, Any

import typer

from services.complaints.commands.calls import (
    ReasonOption,
    UnitFilter,
    VersionOption,
    complaint,
    demo_handler,
)
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

KP = "complaint_supervisor"
BOTH = ["masyarakat", "pelayanan"]
COLUMNS = ("id", "name", "decree_number", "valid_from", "valid_to", "streams", "standing", "version")
handling_unit = typer.Typer(no_args_is_help=True, help="Handling units: who a decree appoints for cases.")
complaint.add_typer(handling_unit, name="handling-unit")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Handling unit id.")]
NameOption = Annotated[str | None, typer.Option("--name", help="What it is called.")]
DecreeOption = Annotated[str | None, typer.Option("--decree", help="Number of the decree.")]
DecreedOption = Annotated[str | None, typer.Option("--on", help="Date of the decree.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="First day in force; default: date of the decree.")
]
UntilOption = Annotated[str | None, typer.Option("--until", help="Last day in force.")]
StreamOption = Annotated[
    list[str] | None, typer.Option("--stream", help="masyarakat or pelayanan; repeatable, default: both.")
]
MemberOption = Annotated[
    list[str] | None,
    typer.Option("--member", help="ACCOUNT or ACCOUNT=ketua (sekretaris, penanggung_jawab); repeatable."),
]
RoleOption = Annotated[str, typer.Option("--role", help="Role to act in: KP, or admin.")]


@handling_unit.command(
    "add",
    epilog='Example: zi complaint handling-unit add --unit kantor-a --name "Tim Pengaduan Kantor A" '
    '--decree "SK 12/2026" --on 2026-01-05 --member putu=ketua --member sari',
)
def add(
    name: Annotated[str, typer.Option("--name", help="What it is called.")],
    decree: Annotated[str, typer.Option("--decree", help="Number of the decree.")],
    decreed_on: Annotated[str, typer.Option("--on", help="Date of the decree.")],
    member: Annotated[
        list[str] | None,
        typer.Option("--member", help="ACCOUNT or ACCOUNT=ketua; repeatable, default: the demo handler."),
    ] = None,
    unit: Annotated[list[str] | None, typer.Option("--unit", help="Unit that it serves; repeatable.")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Agency that it serves as a whole.")] = None,
    first: FromOption = None,
    until: UntilOption = None,
    stream: StreamOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Enter a handling unit with its decree (KP): cases are given to its members alone."""
    body = {
        "agency_id": agency,
        "name": name,
        "decree_number": decree,
        "decreed_on": decreed_on,
        "valid_from": first or decreed_on,
        "valid_to": until,
        "streams": stream or BOTH,
        "is_for_agency": agency is not None and not unit,
        "unit_ids": unit or [],
        "members": _members(member or [demo_handler()]),
    }
    with Client("complaints", role=role) as client:
        present(client.post("/handling-units", body), as_json)


@handling_unit.command("list", epilog="Example: zi complaint handling-unit list --unit kantor-a")
def list_units(
    unit: UnitFilter = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List handling units with their decrees, ended ones too (KP)."""
    with Client("complaints", role=KP) as client:
        found = client.get("/handling-units", unit=unit, limit=limit, cursor=cursor)
        present(found, as_json, columns=COLUMNS)


@handling_unit.command("show", epilog="Example: zi complaint handling-unit show ID")
def show(handling_unit_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show a handling unit with its members (KP)."""
    with Client("complaints", role=KP) as client:
        present(client.get(f"/handling-units/{handling_unit_id}"), as_json)


@handling_unit.command(
    "change", epilog='Example: zi complaint handling-unit change ID --add-member wati --decree "SK 3/2027"'
)
def change(
    handling_unit_id: IdArgument,
    name: NameOption = None,
    decree: DecreeOption = None,
    decreed_on: DecreedOption = None,
    first: FromOption = None,
    until: UntilOption = None,
    stream: StreamOption = None,
    member: MemberOption = None,
    add_member: Annotated[
        list[str] | None, typer.Option("--add-member", help="One more; repeatable.")
    ] = None,
    remove_member: Annotated[
        list[str] | None, typer.Option("--remove-member", help="ACCOUNT that is one no more; repeatable.")
    ] = None,
    version: VersionOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Enter what the decree says now (KP): what is not given stays; --member replaces all members."""
    given = {
        "name": name,
        "decree_number": decree,
        "decreed_on": decreed_on,
        "valid_from": first,
        "valid_to": until,
        "streams": stream,
    }
    path = f"/handling-units/{handling_unit_id}"
    with Client("complaints", role=role) as client:
        found, tag = client.get_versioned(path)
        body = {
            field: found[field] for field in (*given, "agency_id", "is_for_agency", "unit_ids", "members")
        }
        body |= {field: value for field, value in given.items() if value}
        members = body["members"] if member is None else _members(member)
        gone = set(remove_member or [])
        more = _members(add_member or [])
        gone_or_anew = gone | {one["subject"] for one in more}
        body["members"] = [one for one in members if one["subject"] not in gone_or_anew] + more
        tag = f'"{version}"' if version else tag
        present(client.put(path, body, if_match=tag), as_json)


@handling_unit.command("end", epilog='Example: zi complaint handling-unit end ID --reason "Tim dibubarkan."')
def end(
    handling_unit_id: IdArgument,
    reason: ReasonOption,
    version: VersionOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """End a handling unit today (KP): what its members handle stays theirs."""
    with Client("complaints", role=role) as client:
        ended = client.act(f"/handling-units/{handling_unit_id}", "end", {"reason": reason}, version)
    present(ended, as_json)


def _members(given: list[str]) -> list[dict[str, Any]]:
    members = []
    for one in given:
        subject, _, as_what = one.partition("=")
        members.append({"subject": subject, "role": as_what or "anggota"})
    return members
