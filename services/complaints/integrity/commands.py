"""`zi gratification ...` and `zi conflict ...`: gifts, nil returns, declarations and the map of conflicts."""

from datetime import datetime
from typing import Annotated, Any

import typer

from shared.cli.client import Client
from shared.cli.output import JsonOption, present

UPG = "gratification_officer"
STAFF = "unit_operator"
LEADER = "unit_leader"
gratification = typer.Typer(no_args_is_help=True, help="Gifts: report, lead to their end, nil returns.")
conflict = typer.Typer(no_args_is_help=True, help="Conflicts of interest: declare, decide, keep the map.")
GiftArgument = Annotated[str, typer.Argument(metavar="GIFT", help="Id of the report.")]
ConflictArgument = Annotated[str, typer.Argument(metavar="DECLARATION", help="Id of the declaration.")]
EntryArgument = Annotated[str, typer.Argument(metavar="ENTRY", help="Id of the entry.")]
UnitOption = Annotated[str, typer.Option("--unit", help="Unit id.")]
UnitFilter = Annotated[str | None, typer.Option("--unit", help="Only this unit.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", help="Version the act is based on; default: the present one.")
]
NoteOption = Annotated[str | None, typer.Option("--note", help="A word for the log.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")]
RoleOption = Annotated[str, typer.Option("--role", help="Role to act in.")]
ClosedOption = Annotated[bool, typer.Option("--closed", help="Ended ones, the newest first.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=200)]
CursorOption = Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")]
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
CONFLICT_COLUMNS = ("id", "unit_id", "state", "is_late", "due_at", "conflict_type", "activity")
ENTRY_COLUMNS = ("id", "version", "activity", "position", "conflict_type", "reviewed_on")


def _act(place: str, role: str, act: str, body: dict[str, Any], version: int | None, as_json: bool) -> None:
    with Client("complaints", role=role) as client:
        tag = f'"{version}"' if version else client.get_versioned(place)[1]
        present(client.post(f"{place}/{act}", body, if_match=tag), as_json)


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
    _act(f"/gratifications/{gift}", UPG, "request-data", {"missing": missing}, version, as_json)


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
    _act(f"/gratifications/{gift}", role, "complete", body, version, as_json)


@gratification.command("proceed", epilog='Example: zi gratification proceed GIFT --reason "Waktunya habis."')
def proceed(
    gift: GiftArgument, reason: ReasonOption, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Go on with what is there once the reporter's time is over (UPG)."""
    _act(f"/gratifications/{gift}", UPG, "proceed", {"reason": reason}, version, as_json)


@gratification.command("forward", epilog="Example: zi gratification forward GIFT")
def forward(
    gift: GiftArgument, note: NoteOption = None, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Note that the report went to the KPK (UPG)."""
    _act(f"/gratifications/{gift}", UPG, "forward", {"note": note}, version, as_json)


@gratification.command("manage", epilog="Example: zi gratification manage GIFT")
def manage(
    gift: GiftArgument, note: NoteOption = None, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Note that the agency itself deals with the gift (UPG)."""
    _act(f"/gratifications/{gift}", UPG, "manage", {"note": note}, version, as_json)


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
    _act(f"/gratifications/{gift}", UPG, "settle", body, version, as_json)


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
    _act(f"/gratifications/{gift}", UPG, "finish", body, version, as_json)


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


@conflict.command(
    "declare",
    epilog="Example: zi conflict declare --unit contoh-melati --activity Pengadaan --position Pejabat"
    " --type hubungan_keluarga --decision 'Penetapan pemenang.'",
)
def declare(
    unit: UnitOption,
    activity: Annotated[str, typer.Option("--activity", help="In which activity.")],
    position: Annotated[str, typer.Option("--position", help="As what.")],
    conflict_type: Annotated[str, typer.Option("--type", help="hubungan_keluarga, rangkap_jabatan, ...")],
    decision: Annotated[str, typer.Option("--decision", help="What is suspended meanwhile.")],
    concerns_superior: Annotated[
        bool,
        typer.Option("--concerns-superior", help="Superiors see nothing of it; the inspectorate decides."),
    ] = False,
    role: RoleOption = STAFF,
    as_json: JsonOption = False,
) -> None:
    """Declare a conflict of interest of one's own."""
    body = {
        "unit_id": unit,
        "activity": activity,
        "position": position,
        "conflict_type": conflict_type,
        "decision": decision,
        "concerns_superior": concerns_superior,
    }
    with Client("complaints", role=role) as client:
        present(client.post("/coi-declarations", body), as_json)


@conflict.command("list", epilog="Example: zi conflict list")
def list_conflicts(
    unit: UnitFilter = None,
    closed: ClosedOption = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    role: RoleOption = LEADER,
    as_json: JsonOption = False,
) -> None:
    """List declarations, open ones by the time left."""
    state = "closed" if closed else None
    with Client("complaints", role=role) as client:
        found = client.get("/coi-declarations", unit=unit, state=state, limit=limit, cursor=cursor)
    present(found, as_json, columns=CONFLICT_COLUMNS)


@conflict.command("show", epilog="Example: zi conflict show DECLARATION")
def show_conflict(
    declaration: ConflictArgument, role: RoleOption = LEADER, as_json: JsonOption = False
) -> None:
    """Show a declaration with its acts and clocks."""
    with Client("complaints", role=role) as client:
        present(client.get(f"/coi-declarations/{declaration}"), as_json)


@conflict.command("assess", epilog='Example: zi conflict assess DECLARATION --note "Diperiksa."')
def assess(
    declaration: ConflictArgument,
    note: Annotated[str, typer.Option("--note", help="What was found out.")],
    role: RoleOption = LEADER,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note what was found out (superior)."""
    _act(f"/coi-declarations/{declaration}", role, "assess", {"note": note}, version, as_json)


@conflict.command(
    "decide",
    epilog='Example: zi conflict decide DECLARATION --reason "Ada hubungan." --control "Digantikan."',
)
def decide(
    declaration: ConflictArgument,
    reason: ReasonOption,
    control: Annotated[
        str | None, typer.Option("--control", help="How it is controlled; without: there is no conflict.")
    ] = None,
    role: RoleOption = LEADER,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide whether there is a conflict, and how it is controlled (superior, not of an own one)."""
    body = {"is_conflict": control is not None, "control": control, "reason": reason}
    _act(f"/coi-declarations/{declaration}", role, "decide", body, version, as_json)


@conflict.command("finish", epilog="Example: zi conflict finish DECLARATION")
def finish_conflict(
    declaration: ConflictArgument,
    note: NoteOption = None,
    role: RoleOption = LEADER,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it, e.g. as the declarant left the position (superior)."""
    _act(f"/coi-declarations/{declaration}", role, "finish", {"note": note}, version, as_json)


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
