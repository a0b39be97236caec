"""`zi complaint channel open|list|show|change|publish|test|close`: by which ways complaints come in."""

from typing import Annotated

import typer

from services.complaints.commands.calls import ReasonOption, UnitFilter, VersionOption, complaint
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

KP = "complaint_supervisor"
COLUMNS = ("id", "unit_id", "kind", "label", "address", "state", "place_count", "version")
channel = typer.Typer(no_args_is_help=True, help="Channels: by which ways complaints come in.")
complaint.add_typer(channel, name="channel")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Channel id.")]
AddressOption = Annotated[str, typer.Option("--address", help="Link (https), mailbox, number or place.")]
MarkOption = Annotated[str | None, typer.Option("--mark", help="Word that stands on the page of a link.")]
RoleOption = Annotated[str, typer.Option("--role", help="Role to act in: KP, or admin.")]


@channel.command(
    "open",
    epilog="Example: zi complaint channel open --unit kantor-a --kind telepon --label Hotline "
    '--address "+62 21 5550100"',
)
def open_channel(
    kind: Annotated[str, typer.Option("--kind", help="web, loket, telepon, kotak, email, ...")],
    label: Annotated[str, typer.Option("--label", help="What it is called.")],
    address: AddressOption,
    mark: MarkOption = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit that it serves.")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Agency that it serves as a whole.")] = None,
    opened_on: Annotated[str | None, typer.Option("--on", help="First day; default: today.")] = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Open a channel of a unit or of an agency (KP)."""
    body = {
        "unit_id": unit,
        "agency_id": agency,
        "kind": kind,
        "label": label,
        "address": address,
        "mark": mark,
        "opened_on": opened_on,
    }
    with Client("complaints", role=role) as client:
        present(client.post("/channels", body), as_json)


@channel.command("list", epilog="Example: zi complaint channel list --unit kantor-a --down")
def list_channels(
    unit: UnitFilter = None,
    down: Annotated[bool, typer.Option("--down", help="Only those that do not answer.")] = False,
    lacks_place: Annotated[
        bool, typer.Option("--without-place", help="Only open ones that are made known nowhere.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List channels, closed ones too (KP)."""
    asked = {"is_down": down or None, "lacks_place": lacks_place or None}
    with Client("complaints", role=KP) as client:
        found = client.get("/channels", unit=unit, limit=limit, cursor=cursor, **asked)
        present(found, as_json, columns=COLUMNS)


@channel.command("show", epilog="Example: zi complaint channel show ID")
def show(channel_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show a channel with its places, tests and outages (KP)."""
    with Client("complaints", role=KP) as client:
        present(client.get(f"/channels/{channel_id}"), as_json)


@channel.command("change", epilog='Example: zi complaint channel change ID --address "+62 21 5550111"')
def change(
    channel_id: IdArgument,
    label: Annotated[str | None, typer.Option("--label", help="What it is called.")] = None,
    address: Annotated[str | None, typer.Option("--address", help="Where it is reached.")] = None,
    mark: MarkOption = None,
    version: VersionOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Let a channel say something else (KP): what is not given stays."""
    given = {"label": label, "address": address, "mark": mark}
    path = f"/channels/{channel_id}"
    with Client("complaints", role=role) as client:
        found, tag = client.get_versioned(path)
        body = {name: value or found[name] for name, value in given.items()}
        present(client.put(path, body, if_match=f'"{version}"' if version else tag), as_json)


@channel.command(
    "publish", epilog='Example: zi complaint channel publish ID --as poster --place "Ruang tunggu lantai 1"'
)
def publish(
    channel_id: IdArgument,
    place: Annotated[str, typer.Option("--place", help="Where it hangs, lies or stands.")],
    kind: Annotated[
        str, typer.Option("--as", help="poster, situs, loket, media_sosial, brosur, lainnya")
    ] = "poster",
    published_on: Annotated[str | None, typer.Option("--on", help="Since when; default: today.")] = None,
    picture: Annotated[str | None, typer.Option("--picture", help="Reference of a picture.")] = None,
    version: VersionOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Note that a channel is made known at a place (KP)."""
    body = {"kind": kind, "place": place, "published_on": published_on, "picture": picture}
    with Client("complaints", role=role) as client:
        present(client.act(f"/channels/{channel_id}", "places", body, version), as_json)


@channel.command(
    "test", epilog='Example: zi complaint channel test ID --ok --note "Diangkat dalam 20 detik."'
)
def record_test(
    channel_id: IdArgument,
    note: Annotated[str, typer.Option("--note", help="What was found.")],
    ok: Annotated[bool, typer.Option("--ok/--failed", help="Whether it was answered, or emptied.")] = True,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Note a test call, or that the box was emptied (KP, PP)."""
    with Client("complaints", role=role) as client:
        present(client.post(f"/channels/{channel_id}/tests", {"is_ok": ok, "note": note}), as_json)


@channel.command("close", epilog='Example: zi complaint channel close ID --reason "Nomor diganti."')
def close(
    channel_id: IdArgument,
    reason: ReasonOption,
    closed_on: Annotated[
        str | None, typer.Option("--on", help="First day without it; default: today.")
    ] = None,
    version: VersionOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Close a channel for good (KP): it takes no case that comes in from then on."""
    body = {"reason": reason, "closed_on": closed_on}
    with Client("complaints", role=role) as client:
        present(client.act(f"/channels/{channel_id}", "close", body, version), as_json)
