"""`zi stage`, `zi window`, `zi finding`: where assessments stand, and the acts that move them."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from services.planning.commands.calls import every_row
from services.planning.layers import Layer
from services.planning.stages.domain.acts import Act, roles_of
from services.planning.stages.domain.assessment import CLEARERS
from services.planning.stages.domain.stage import Window
from shared.cli.client import Client
from shared.cli.output import JsonOption, UnitOption, YearOption, present

ANY_VERSION = "*"
"""Whoever types a command means to act on what stands there."""

stage = typer.Typer(help="Stages of assessments: show them, move them.", no_args_is_help=True)
window = typer.Typer(help="Days on which stages are open.", no_args_is_help=True)
finding = typer.Typer(help="Findings of assessors, and the unit's answers.", no_args_is_help=True)

ReasonOption = Annotated[
    str | None, typer.Option("--reason", help="Why; acts that send back or end need it.")
]
SAID = {
    Act.SUBMIT: "Hand the worksheet in for the first time; everything must be answered.",
    Act.RESUBMIT: "Hand the worksheet in again after it was returned.",
    Act.FORWARD: "Hand the worksheet on from the preliminary check to TPI.",
    Act.RETURN: "Send the worksheet back to the unit, with a reason.",
    Act.FINISH_ROUND: "End a round of TPI; after the last one the agency may propose.",
    Act.PROPOSE: "Propose the unit to the national team.",
    Act.ACCEPT: "Let the unit through pre-evaluation, to the desk.",
    Act.REFUSE: "Refuse the unit at pre-evaluation, with a reason.",
    Act.TO_FIELD: "Go on from the desk to the field.",
    Act.OPEN_OBJECTION: "Open the time in which the agency may object.",
    Act.OBJECT: "Object, once, with a reason.",
    Act.UPHOLD_OBJECTION: "Find the objection right: back to the field, to be mended.",
    Act.DISMISS_OBJECTION: "Find the objection wrong, with a reason.",
    Act.TO_PANEL: "Hand the unit to the panel.",
    Act.WITHDRAW: "Take the unit out of this year's assessment, with a reason.",
}


def _act(act: Act) -> Callable[..., None]:
    def command(
        unit_id: UnitOption, year: YearOption, reason: ReasonOption = None, as_json: JsonOption = False
    ) -> None:
        _perform(act, unit_id, year, {"reason": reason}, as_json=as_json)

    command.__doc__ = SAID[act]
    return command


for _name in SAID:
    _shown = _name.value.replace("_", "-")
    stage.command(_shown, epilog=f"Example: zi stage {_shown} --unit kantor-a --year 2026")(_act(_name))


DecreeOption = Annotated[str | None, typer.Option("--decree", help="Number of the decree.")]
DecreeDayOption = Annotated[
    str | None, typer.Option("--dated-on", metavar="YYYY-MM-DD", help="Date of the decree.")
]
SignatoryOption = Annotated[str | None, typer.Option("--signatory", help="Who signed it, by office.")]
DocumentOption = Annotated[
    str | None, typer.Option("--document", help="Its file, an id of `zi document add`.")
]


@stage.command(
    epilog="Example: zi stage decide --unit kantor-a --year 2026 --awarded"
    " --cleared ombudsman --cleared kpk --cleared apip --decree 'B/1/2026' --dated-on 2026-11-30"
    " --signatory 'Menteri PANRB'"
)
def decide(
    unit_id: UnitOption,
    year: YearOption,
    awarded: Annotated[bool, typer.Option("--awarded/--not-awarded", help="Whether the predicate is given.")],
    cleared: Annotated[
        list[str] | None, typer.Option(help=f"Who has cleared the unit: {', '.join(CLEARERS)}.")
    ] = None,
    decree: DecreeOption = None,
    dated_on: DecreeDayOption = None,
    signatory: SignatoryOption = None,
    document_id: DocumentOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide about a unit that the panel has heard of; who is awarded enters the register of predicates."""
    body = {
        "reason": reason,
        "is_awarded": awarded,
        "cleared": cleared or [],
        "decree": _decree(decree, dated_on, signatory, document_id),
    }
    _perform(Act.DECIDE, unit_id, year, body, as_json=as_json)


@stage.command(
    epilog="Example: zi stage revoke --unit kantor-a --year 2026 --reason 'Tidak lagi memenuhi.'"
    " --decree 'B/9/2027' --dated-on 2027-03-01 --signatory 'Menteri PANRB'"
)
def revoke(
    unit_id: UnitOption,
    year: YearOption,
    decree: DecreeOption = None,
    dated_on: DecreeDayOption = None,
    signatory: SignatoryOption = None,
    document_id: DocumentOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke an awarded predicate by a decree, with a reason; the register of predicates says so too."""
    body = {"reason": reason, "decree": _decree(decree, dated_on, signatory, document_id)}
    _perform(Act.REVOKE, unit_id, year, body, as_json=as_json)


@stage.command(epilog="Example: zi stage show --unit kantor-a --year 2026")
def show(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """Show where an assessment stands, what leads on, and what happened so far."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        _present(api.get(f"/units/{unit_id}/stages/{year}"), as_json=as_json)


@stage.command(epilog="Example: zi stage rounds --unit kantor-a --year 2026")
def rounds(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """List what was handed in, each round with its hash."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        found = api.get(f"/units/{unit_id}/stages/{year}/rounds")
    present(found, as_json, columns=("layer", "round", "cut", "sha256", "frozen_by", "frozen_at"))


@stage.command("round", epilog="Example: zi stage round --unit kantor-a --year 2026 --number 1")
def show_round(
    unit_id: UnitOption,
    year: YearOption,
    number: Annotated[int, typer.Option(min=1, help="Which round.")],
    layer: Annotated[Layer, typer.Option(help="Whose answers.")] = Layer.UNIT,
    as_json: JsonOption = False,
) -> None:
    """Show a layer as it was handed in."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        found = api.get(f"/units/{unit_id}/stages/{year}/rounds/{layer}/{number}")
    if as_json:
        present(found, as_json)
        return
    columns = ("item_code", "letter", "index", "inputs", "version", "written_by")
    present(found["answers"], as_json, columns=columns)
    print(f"round {found['round']} of {found['layer']}, cut {found['cut']}, sha256 {found['sha256']}")


@window.command(epilog="Example: zi window announce --year 2026 --stage pengusulan --closes-on 2026-06-14")
def announce(
    year: YearOption,
    name: Annotated[Window, typer.Option("--stage", help="Which stage, or survei.")],
    opens_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="First day.")] = None,
    closes_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day, within.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only for this agency.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; moving needs it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Announce the days of a stage, or move them."""
    query = "" if agency is None else f"?agency_id={agency}"
    body = {"opens_on": opens_on, "closes_on": closes_on, "reason": reason}
    with Client("planning", role="admin") as api:
        present(api.put(f"/windows/{year}/{name}{query}", body, if_match=ANY_VERSION), as_json)


@window.command("list", epilog="Example: zi window list --year 2026")
def list_windows(
    year: Annotated[int | None, typer.Option(help="Only of this year.")] = None, as_json: JsonOption = False
) -> None:
    """List the announced days of stages."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/windows", year=year))
    columns = ("year", "window", "agency_id", "opens_on", "closes_on", "version", "reason")
    present(rows, as_json, columns=columns)


@finding.command(
    "raise", epilog='Example: zi finding raise A.I.1.i.a --unit kantor-a --year 2026 --text "SK?"'
)
def raise_finding(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="LKE item, e.g. A.I.1.i.a.")],
    unit_id: UnitOption,
    year: YearOption,
    text: Annotated[str, typer.Option(help="What the unit should answer.")],
    as_json: JsonOption = False,
) -> None:
    """Raise a finding that the unit answers before it hands the worksheet in again."""
    with Client("planning", role="tpi", unit=unit_id) as api:
        body = {"item_code": item, "text": text}
        present(api.post(f"/units/{unit_id}/stages/{year}/findings", body), as_json)


@finding.command("list", epilog="Example: zi finding list --unit kantor-a --year 2026")
def list_findings(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """List the findings about a unit's year."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        rows = list(every_row(api, f"/units/{unit_id}/stages/{year}/findings"))
    present(rows, as_json, columns=("finding_id", "item_code", "state", "text", "answer"))


@finding.command(
    "answer",
    epilog='Example: zi finding answer 019a9c1e-0000-7000-8000-000000000000 --unit kantor-a --text "Ada."',
)
def answer_finding(
    finding_id: Annotated[str, typer.Argument(metavar="FINDING", help="Finding id.")],
    unit_id: UnitOption,
    text: Annotated[str, typer.Option(help="The answer.")],
    as_json: JsonOption = False,
) -> None:
    """Answer a finding; it is answered once."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        present(api.post(f"/findings/{finding_id}/answer", {"answer": text}, if_match=ANY_VERSION), as_json)


def _decree(
    number: str | None, dated_on: str | None, signatory: str | None, document_id: str | None
) -> dict[str, str | None] | None:
    """Return a decree as the service reads it, None where nothing of it was given."""
    given = {"number": number, "dated_on": dated_on, "signatory": signatory}
    if not any((*given.values(), document_id)):
        return None
    return given | {"document_id": document_id}


def _perform(act: Act, unit_id: str, year: int, body: dict[str, Any], *, as_json: bool) -> None:
    with Client("planning", role=min(roles_of(act)), unit=unit_id) as api:
        path = f"/units/{unit_id}/stages/{year}/acts/{act.value}"
        _present(api.post(path, body, if_match=ANY_VERSION), as_json=as_json)


def _present(found: Any, *, as_json: bool) -> None:
    if as_json:
        present(found, as_json)
        return
    shown = ("unit_id", "year", "stage", "round", "tpi_round", "is_nominated", "objection", "is_awarded")
    told = {name: found[name] for name in (*shown, "version", "acts", "writable", "open_findings")}
    told["windows"] = [one for one in found["windows"] if one["opens_on"] or one["closes_on"]]
    told["moves"] = [
        {
            name: move[name]
            for name in ("version", "act", "source", "target", "reason", "moved_by", "moved_at")
        }
        for move in found["moves"]
    ]
    present(told, as_json)
