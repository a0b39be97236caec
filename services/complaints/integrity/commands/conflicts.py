"""`zi conflict declare|list|show|assess|decide|finish`: declarations."""

from typing import Annotated

import typer

from services.complaints.matters.commands import (
    LEADER,
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

conflict = typer.Typer(no_args_is_help=True, help="Conflicts of interest: declare, decide, keep the map.")
ConflictArgument = Annotated[str, typer.Argument(metavar="DECLARATION", help="Id of the declaration.")]
CONFLICT_COLUMNS = ("id", "unit_id", "state", "is_late", "due_at", "conflict_type", "activity")


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
    act_on(f"/coi-declarations/{declaration}", role, "assess", {"note": note}, version, as_json)


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
    act_on(f"/coi-declarations/{declaration}", role, "decide", body, version, as_json)


@conflict.command("finish", epilog="Example: zi conflict finish DECLARATION")
def finish_conflict(
    declaration: ConflictArgument,
    note: NoteOption = None,
    role: RoleOption = LEADER,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it, e.g. as the declarant left the position (superior)."""
    act_on(f"/coi-declarations/{declaration}", role, "finish", {"note": note}, version, as_json)
