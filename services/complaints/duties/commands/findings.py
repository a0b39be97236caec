"""`zi complaint ombudsman ...`: reports of the Ombudsman (LHP)."""

from datetime import datetime
from typing import Annotated

import typer

from services.complaints.duties.commands.calls import (
    LateOption,
    LetterDayOption,
    LetterOption,
    enter_at,
    list_at,
    show_at,
)
from services.complaints.matters.commands import (
    ClosedOption,
    CursorOption,
    LimitOption,
    NoteOption,
    RoleOption,
    UnitFilter,
    UnitOption,
    VersionOption,
    act_on,
)
from shared.cli.output import JsonOption

KP = "complaint_supervisor"
PLACE = "/ombudsman-reports"
ombudsman = typer.Typer(no_args_is_help=True, help="Reports of the Ombudsman: enter, act, report back.")
ReportArgument = Annotated[str, typer.Argument(metavar="REPORT", help="Id of the report.")]


@ombudsman.command(
    epilog="Example: zi complaint ombudsman enter --unit contoh-melati --number LHP-1 --issued 2026-03-02"
    " --received 2026-03-04 --action 'Perbaiki jadwal loket.'"
)
def enter(
    unit: UnitOption,
    number: Annotated[str, typer.Option("--number", help="Number of the report.")],
    issued: Annotated[datetime, typer.Option("--issued", formats=["%Y-%m-%d"], help="Date of the report.")],
    received: Annotated[
        datetime, typer.Option("--received", formats=["%Y-%m-%d"], help="Day of its receipt.")
    ],
    action: Annotated[
        list[str], typer.Option("--action", help="Corrective action; may be given several times.")
    ],
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """Enter a report; the time to report back runs from the day of its receipt."""
    body = {
        "unit_id": unit,
        "number": number,
        "issued_on": issued.date().isoformat(),
        "received_on": received.date().isoformat(),
        "actions": action,
    }
    enter_at(PLACE, role, body, as_json)


@ombudsman.command("list", epilog="Example: zi complaint ombudsman list --late")
def list_reports(
    unit: UnitFilter = None,
    closed: ClosedOption = False,
    late: LateOption = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    role: RoleOption = KP,
    as_json: JsonOption = False,
) -> None:
    """List reports, open ones by the time left."""
    asked = {"unit": unit, "limit": limit, "cursor": cursor}
    list_at(PLACE, role, ("number", "received_on"), closed=closed, late=late, as_json=as_json, **asked)


@ombudsman.command("show", epilog="Example: zi complaint ombudsman show REPORT")
def show(report: ReportArgument, role: RoleOption = KP, as_json: JsonOption = False) -> None:
    """Show a report with its corrective actions, acts and clocks."""
    show_at(f"{PLACE}/{report}", role, as_json)


@ombudsman.command(
    "record-action", epilog="Example: zi complaint ombudsman record-action REPORT --number 1 --evidence BA-7"
)
def record_action(
    report: ReportArgument,
    number: Annotated[int, typer.Option("--number", min=1, help="Number of the corrective action.")],
    evidence: Annotated[
        str | None, typer.Option("--evidence", help="Document reference; without: it was not done.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="A word, or why it was not done.")] = None,
    role: RoleOption = KP,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note what was done about a corrective action, or why nothing was."""
    body = {"number": number, "is_done": evidence is not None, "evidence": evidence, "note": note}
    act_on(f"{PLACE}/{report}", role, "record-action", body, version, as_json)


@ombudsman.command(
    epilog="Example: zi complaint ombudsman report REPORT --letter S-7 --letter-date 2026-03-30"
)
def report(
    report: ReportArgument,
    letter: LetterOption,
    letter_date: LetterDayOption,
    role: RoleOption = KP,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note the letter that reports to the Ombudsman."""
    body = {"letter_number": letter, "letter_on": letter_date.date().isoformat()}
    act_on(f"{PLACE}/{report}", role, "report", body, version, as_json)


@ombudsman.command(epilog="Example: zi complaint ombudsman close REPORT")
def close(
    report: ReportArgument,
    note: NoteOption = None,
    role: RoleOption = KP,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it: the Ombudsman asks for nothing more."""
    act_on(f"{PLACE}/{report}", role, "close", {"note": note}, version, as_json)
