"""`zi complaint report|evaluate|evaluations`: how cases were handled in a period, and what is made of it."""

from typing import Annotated, Any

import typer

from services.complaints.commands.calls import UnitFilter, complaint
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

KP = "complaint_supervisor"
LINES = ("agency_id", "unit_id", "stream", "received", "n1", "n2", "n3", "completed", "late")
HELD = ("period", "unit_id", "stream", "version", "n1", "n3", "declared", "conclusion", "evaluated_at")
PeriodOption = Annotated[str, typer.Option("--period", help="2026, 2026-S1, 2026-Q1 or 2026-03.")]
StreamFilter = Annotated[
    str | None, typer.Option("--stream", help="masyarakat or pelayanan; default: both, each by itself.")
]


@complaint.command(epilog="Example: zi complaint report --period 2026-S1 --unit kantor-a")
def report(
    period: PeriodOption,
    unit: UnitFilter = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency.")] = None,
    stream: StreamFilter = None,
    by: Annotated[str, typer.Option("--by", help="A line for each unit, or for each agency.")] = "unit",
    as_json: JsonOption = False,
) -> None:
    """Report how the cases received in a period were handled (KP); of one unit, what that proves."""
    asked = {"period": period, "unit": unit, "agency": agency, "stream": stream, "by": by}
    with Client("complaints", role=KP) as client:
        found = client.get("/reports/handling", **asked)
    if as_json:
        present(found, as_json)
        return
    present([_line(one) for one in found["lines"]], as_json, columns=LINES)
    if found["proofs"]:
        present(found["proofs"], as_json, columns=("item", "is_met", "words"))


@complaint.command(
    epilog="Example: zi complaint evaluate --unit kantor-a --stream masyarakat --period 2026-S1 "
    '--conclusion "Tepat waktu." --findings "Tidak ada." --follow-up "Tidak perlu."'
)
def evaluate(
    unit: Annotated[str, typer.Option("--unit", help="Unit whose handling is evaluated.")],
    stream: Annotated[str, typer.Option("--stream", help="masyarakat, pelayanan or benturan_kepentingan.")],
    period: PeriodOption,
    conclusion: Annotated[str, typer.Option("--conclusion", help="Whether handling goes well.")],
    findings: Annotated[str, typer.Option("--findings", help="What does not go well yet, and why.")],
    follow_up: Annotated[str, typer.Option("--follow-up", help="What is done about it.")],
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", help="Document reference; repeatable.")
    ] = None,
    based_on: Annotated[
        int, typer.Option("--based-on", min=0, help="Version that it replaces; 0: there is none.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Evaluate how a unit handled a stream in a period (KP): the figures of now are frozen with it."""
    body = {
        "unit_id": unit,
        "stream": stream,
        "period": period,
        "conclusion": conclusion,
        "findings": findings,
        "follow_up": follow_up,
        "evidence": evidence or [],
        "based_on": based_on,
    }
    with Client("complaints", role=KP) as client:
        present(client.post("/evaluations", body), as_json)


@complaint.command(epilog="Example: zi complaint evaluations --unit kantor-a --period 2026-S1")
def evaluations(
    unit: UnitFilter = None,
    stream: Annotated[
        str | None, typer.Option("--stream", help="masyarakat, pelayanan or benturan_kepentingan.")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="Only this period.")] = None,
    with_replaced: Annotated[
        bool, typer.Option("--with-replaced", help="Those that were replaced, too.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List evaluations of handling, the newest first (KP)."""
    asked = {"unit": unit, "stream": stream, "period": period, "limit": limit, "cursor": cursor}
    with Client("complaints", role=KP) as client:
        found = client.get("/evaluations", **asked, with_replaced=with_replaced or None)
    if not as_json:
        found = {"items": [_held(one) for one in found["items"]]}
    present(found, as_json, columns=HELD)


def _line(one: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the report as people read it: the counts of the LKE by their names."""
    figures = one["figures"]
    return one | {
        "received": figures["received"],
        "n1": figures["due"],
        "n2": figures["in_progress"],
        "n3": figures["completed"],
        "completed": figures["completed_share"]["share"],
        "late": figures["late"]["part"],
    }


def _held(one: dict[str, Any]) -> dict[str, Any]:
    counts, conflicts = one["counts"] or {}, one["conflicts"] or {}
    return one | {
        "n1": counts.get("due"),
        "n3": counts.get("completed"),
        "declared": conflicts.get("declared"),
    }
