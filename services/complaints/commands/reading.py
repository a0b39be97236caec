"""`zi complaint list|show|overdue`."""

from typing import Annotated

import typer

from services.complaints.commands.calls import CaseArgument, UnitFilter, complaint, show_cases
from shared.cli.client import Client
from shared.cli.hints import ask_about_unit
from shared.cli.output import JsonOption

STATE_COLUMNS = ("id", "unit_id", "state", "waits_for", "due_rule", "due")


@complaint.command("list", epilog="Example: zi complaint list --unit kantor-a --state DIPROSES")
def list_cases(
    unit: UnitFilter = None,
    state: Annotated[str | None, typer.Option("--state", help="Only this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List complaints in the order of intake."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get("/cases", unit=unit, state=state, limit=limit, cursor=cursor)
    show_cases(found, as_json, STATE_COLUMNS)
    ask_about_unit(unit, found["items"])


@complaint.command(epilog="Example: zi complaint show 019a9c1e-0000-7000-8000-000000000000")
def show(case: CaseArgument, as_json: JsonOption = False) -> None:
    """Show a complaint with its acts, answers and clocks."""
    with Client("complaints", role="complaint_officer") as client:
        show_cases(client.get(f"/cases/{case}"), as_json)


@complaint.command(epilog="Example: zi complaint overdue --unit kantor-a")
def overdue(
    unit: UnitFilter = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List clocks that ran out and whose act is still missing."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get("/overdue", unit=unit, limit=limit, cursor=cursor)
    show_cases(found, as_json, ("case_id", "unit_id", "waits_for", "rule", "due", "rung"))
    ask_about_unit(unit, found["items"])
