"""`zi gratification ...`: gifts and nil returns."""

from datetime import datetime
from typing import Annotated, Any

import typer

from services.complaints.matters.commands import (
    STAFF,
    ClosedOption,
    CursorOption,
    LimitOption,
    NoteOption,
    ReasonOption,
    RoleOption,
    UnitFilter,
    UnitOption,
    VersionOption,
    act_on,
)
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

UPG = "gratification_officer"
gratification = typer.Typer(no_args_is_help=True, help="Gifts: report, lead to their end, nil returns.")
GiftArgument = Annotated[str, typer.Argument(metavar="GIFT", help="Id of the report.")]
DayOption = Annotated[datetime, typer.Option("--received", formats=["%Y-%m-%d"], help="Day of receipt.")]
GIFT_COLUMNS = (
    "id",
    "unit_id",
    "state",
    "is_late",
    "due_rule",
    "due_at",
    "direction",
    "object_kind",
    "estimate",
)


@gratification.command(
    epilog="Example: zi gratification report --unit contoh-melati --received 2026-02-02 --object barang"
    " --estimate 400000 --place 'Ruang tamu' --occasion ulang_tahun --relation rekan_kerja"
)
def report(
    unit: UnitOption,
    received: DayOption,
    object_kind: Annotated[str, typer.Option("--object", help="uang, barang, makanan_minuman, ...")],
    estimate: Annotated[int, typer.Option("--estimate", min=0, help="Whole rupiah.")],
    place: Annotated[str, typer.Option("--place", help="Where.")],
    occasion: Annotated[str, typer.Option("--occasion", help="pernikahan, ulang_tahun, kedinasan, ...")],
    relation: Annotated[str, typer.Option("--relation", help="keluarga, rekan_kerja, mitra_kerja, ...")],
    refused: Annotated[bool, typer.Option("--refused", help="The gift was refused.")] = False,
    giver: Annotated[str | None, typer.Option("--giver", help="Who gave; kept apart.")] = None,
    role: RoleOption = STAFF,
    as_json: JsonOption = False,
) -> None:
    """Report a gift, taken or refused; a late report is taken and marked."""
    body = {
        "unit_id": unit,
        "direction": "tolak" if refused else "terima",
        "received_on": received.date().isoformat(),
        "place": place,
        "object_kind": object_kind,
        "estimate": estimate,
        "occasion": occasion,
        "giver_relation": relation,
        "giver": giver,
    }
    with Client("complaints", role=role) as client:
        present(client.post("/gratifications", body), as_json)


@gratification.command("list", epilog="Example: zi gratification list --late")
def list_gifts(
    unit: UnitFilter = None,
    closed: ClosedOption = False,
    late: Annotated[bool, typer.Option("--late", help="Only open ones with a breached clock.")] = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    role: RoleOption = UPG,
    as_json: JsonOption = False,
) -> None:
    """List gifts, open ones by the time left."""
    asked: dict[str, Any] = {
        "unit": unit,
        "limit": limit,
        "cursor": cursor,
        "state": "closed" if closed else None,
    }
    with Client("complaints", role=role) as client:
        found = client.get("/gratifications", late="true" if late else None, **asked)
    present(found, as_json, columns=GIFT_COLUMNS)


@gratification.command("show", epilog="Example: zi gratification show GIFT")
def show_gift(gift: GiftArgument, role: RoleOption = UPG, as_json: JsonOption = False) -> None:
    """Show a gift with its acts, clocks and limits; who gave is told by `giver`."""
    with Client("complaints", role=role) as client:
        present(client.get(f"/gratifications/{gift}"), as_json)


@gratification.command("ask", epilog='Example: zi gratification ask GIFT --missing "Foto barang."')
def ask(
    gift: GiftArgument,
    missing: Annotated[str, typer.Option("--missing", help="What is missing.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the reporter for missing data (UPG)."""
    act_on(f"/gratifications/{gift}", UPG, "request-data", {"missing": missing}, version, as_json)


@gratification.command("complete", epilog='Example: zi gratification complete GIFT --note "Terlampir."')
def complete(
    gift: GiftArgument,
    note: Annotated[str, typer.Option("--note", help="What was missing.")],
    estimate: Annotated[
        int | None, typer.Option("--estimate", min=0, help="Whole rupiah, if it changed.")
    ] = None,
    role: RoleOption = STAFF,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give what was missing: the reporter, or UPG for what came on paper."""
    body = {"note": note, "estimate": estimate}
    act_on(f"/gratifications/{gift}", role, "complete", body, version, as_json)


@gratification.command("proceed", epilog='Example: zi gratification proceed GIFT --reason "Waktunya habis."')
def proceed(
    gift: GiftArgument, reason: ReasonOption, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Go on with what is there once the reporter's time is over (UPG)."""
    act_on(f"/gratifications/{gift}", UPG, "proceed", {"reason": reason}, version, as_json)


@gratification.command("forward", epilog="Example: zi gratification forward GIFT")
def forward(
    gift: GiftArgument, note: NoteOption = None, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Note that the report went to the KPK (UPG)."""
    act_on(f"/gratifications/{gift}", UPG, "forward", {"note": note}, version, as_json)


@gratification.command("manage", epilog="Example: zi gratification manage GIFT")
def manage(
    gift: GiftArgument, note: NoteOption = None, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Note that the agency itself deals with the gift (UPG)."""
    act_on(f"/gratifications/{gift}", UPG, "manage", {"note": note}, version, as_json)


@gratification.command("settle", epilog="Example: zi gratification settle GIFT --ownership milik_negara")
def settle(
    gift: GiftArgument,
    ownership: Annotated[
        str | None, typer.Option("--ownership", help="milik_penerima or milik_negara; none when refused.")
    ] = None,
    decision: Annotated[str | None, typer.Option("--decision", help="Number of the decision.")] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note whose the gift is by decision (UPG)."""
    body = {"ownership": ownership, "decision_number": decision}
    act_on(f"/gratifications/{gift}", UPG, "settle", body, version, as_json)


@gratification.command("finish", epilog="Example: zi gratification finish GIFT --handed-over 2026-03-02")
def finish(
    gift: GiftArgument,
    handed_over: Annotated[
        datetime | None,
        typer.Option("--handed-over", formats=["%Y-%m-%d"], help="Day of the hand-over to the state."),
    ] = None,
    note: NoteOption = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it: handed over, or left with the recipient (UPG)."""
    day = None if handed_over is None else handed_over.date().isoformat()
    body = {"handed_over_on": day, "note": note}
    act_on(f"/gratifications/{gift}", UPG, "finish", body, version, as_json)


@gratification.command("giver", epilog='Example: zi gratification giver GIFT --reason "Formulir KPK."')
def giver_of(gift: GiftArgument, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Show who gave; the audit trail keeps who asked and why (UPG)."""
    with Client("complaints", role=UPG) as client:
        present(client.post(f"/gratifications/{gift}/giver", {"reason": reason}), as_json)


@gratification.command("nil", epilog="Example: zi gratification nil --unit contoh-melati --period 2026-S1")
def nil(
    unit: UnitOption,
    period: Annotated[str, typer.Option("--period", help="Part of a year that is over, e.g. 2026-S1.")],
    as_json: JsonOption = False,
) -> None:
    """State that a unit got no gift in a period; said twice, it stands once (UPG)."""
    with Client("complaints", role=UPG) as client:
        present(client.post("/nil-returns", {"unit_id": unit, "period": period}), as_json)


@gratification.command("nil-returns", epilog="Example: zi gratification nil-returns --unit contoh-melati")
def nil_returns(
    unit: UnitFilter = None, limit: LimitOption = 50, cursor: CursorOption = None, as_json: JsonOption = False
) -> None:
    """List nil returns."""
    with Client("complaints", role=UPG) as client:
        present(client.get("/nil-returns", unit=unit, limit=limit, cursor=cursor), as_json)
