"""`zi complaint breach ...`: breaches of personal data."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from services.complaints.duties.commands.calls import (
    HEAD,
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
    ReasonOption,
    RoleOption,
    UnitFilter,
    UnitOption,
    VersionOption,
    act_on,
)
from shared.cli.output import JsonOption

PO = "privacy_officer"
PLACE = "/data-breaches"
breach = typer.Typer(no_args_is_help=True, help="Breaches of personal data: enter, assess, notify, end.")
BreachArgument = Annotated[str, typer.Argument(metavar="BREACH", help="Id of the breach.")]


@breach.command(epilog="Example: zi complaint breach enter --unit contoh-melati --summary 'Berkas terkirim.'")
def enter(
    unit: UnitOption,
    summary: Annotated[str, typer.Option("--summary", help="What is known; no personal data.")],
    detected: Annotated[
        str | None, typer.Option("--detected", help="e.g. 2026-03-02T09:00+07:00; default: now.")
    ] = None,
    role: RoleOption = PO,
    as_json: JsonOption = False,
) -> None:
    """Enter a breach; the time to notify runs from when it was found."""
    moment = detected or datetime.now(UTC).isoformat()
    enter_at(PLACE, role, {"unit_id": unit, "summary": summary, "detected_at": moment}, as_json)


@breach.command("list", epilog="Example: zi complaint breach list --late")
def list_breaches(
    unit: UnitFilter = None,
    closed: ClosedOption = False,
    late: LateOption = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    role: RoleOption = PO,
    as_json: JsonOption = False,
) -> None:
    """List breaches, open ones by the time left."""
    asked = {"unit": unit, "limit": limit, "cursor": cursor}
    list_at(PLACE, role, ("detected_at", "summary"), closed=closed, late=late, as_json=as_json, **asked)


@breach.command("show", epilog="Example: zi complaint breach show BREACH")
def show(one: BreachArgument, role: RoleOption = PO, as_json: JsonOption = False) -> None:
    """Show a breach with its acts and clocks."""
    show_at(f"{PLACE}/{one}", role, as_json)


@breach.command(
    epilog="Example: zi complaint breach assess BREACH --data 'Nama.' --people 3 --happened 'Salah kirim.'"
)
def assess(
    one: BreachArgument,
    data: Annotated[str, typer.Option("--data", help="Which data.")],
    people: Annotated[int, typer.Option("--people", min=0, help="How many people.")],
    happened: Annotated[str, typer.Option("--happened", help="What happened.")],
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note what was found out; again when more is known."""
    body = {"data_kinds": data, "people_count": people, "happened": happened}
    act_on(f"{PLACE}/{one}", role, "assess", body, version, as_json)


@breach.command(
    epilog="Example: zi complaint breach notify BREACH --people-told 'Lewat surat.' --letter S-1"
    " --letter-date 2026-03-03"
)
def notify(
    one: BreachArgument,
    people_told: Annotated[str, typer.Option("--people-told", help="How the people concerned were told.")],
    letter: LetterOption,
    letter_date: LetterDayOption,
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that the people concerned and the authority were told."""
    body = {
        "people_told": people_told,
        "letter_number": letter,
        "letter_on": letter_date.date().isoformat(),
    }
    act_on(f"{PLACE}/{one}", role, "notify", body, version, as_json)


@breach.command("rule-out", epilog='Example: zi complaint breach rule-out BREACH --reason "Data uji."')
def rule_out(
    one: BreachArgument,
    reason: ReasonOption,
    role: RoleOption = HEAD,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End what turned out to be no breach (agency head, inspector)."""
    act_on(f"{PLACE}/{one}", role, "rule-out", {"reason": reason}, version, as_json)


@breach.command(epilog="Example: zi complaint breach close BREACH --measures 'Alamat diperiksa dua orang.'")
def close(
    one: BreachArgument,
    measures: Annotated[str, typer.Option("--measures", help="So that it does not happen again.")],
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it with what was done."""
    act_on(f"{PLACE}/{one}", role, "close", {"measures": measures}, version, as_json)
