"""What the commands of `zi complaint` share: their options, how they act on a case, how they print one."""

import base64
import json
from typing import Annotated, Any

import typer

from services.complaints.intake.receipt_command import session_headers
from shared.cli.client import Client, token
from shared.cli.errors import CliError
from shared.cli.output import present, until

complaint = typer.Typer(no_args_is_help=True, help="Complaints: report, handle, answer, accept.")
CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Case id.")]
UnitFilter = Annotated[str | None, typer.Option("--unit", help="Only this unit.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", help="Version the act is based on; default: the present one.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")]
RoleOption = Annotated[
    str | None, typer.Option("--role", help="Role to act in, where the act is open to several.")
]
EvidenceOption = Annotated[
    list[str] | None, typer.Option("--evidence", help="Document reference; may be given several times.")
]
NoEvidenceOption = Annotated[str | None, typer.Option("--no-evidence", help="Reason why there is none.")]
HandlerOption = Annotated[str, typer.Option("--handler", help="Account of the officer.")]
ReceiptOption = Annotated[str, typer.Option("--receipt", help="The reporter's secret code.")]
OwnCaseArgument = Annotated[
    str | None, typer.Argument(metavar="[CASE]", help="Case id, to be sure it is this one.")
]


def show_cases(found: Any, as_json: bool, columns: tuple[str, ...] | None = None) -> None:
    """Print cases and clocks; for people a due time is the due day, in the zone it is a day of."""
    present(found if as_json else _for_people(found), as_json, columns=columns)


def _for_people(found: Any) -> Any:
    if isinstance(found, list):
        return [_for_people(one) for one in found]
    if not isinstance(found, dict):
        return found
    told = {name: _for_people(value) for name, value in found.items() if not name.startswith("due_")}
    if "due_rule" in found:
        told["due_rule"] = found["due_rule"]
    if "due_at" in found:
        told["due"] = found["due_at"] and until(found["due_at"], found["due_zone"])
    if found.get("state") == "MENUNGGU_KELENGKAPAN" and found.get("is_late"):
        told["waits_for"] = "reporter or officer"  # who may go on without the reporter now
    return told


def own_act(act: str, receipt: str, case: str | None, body: dict[str, Any] | None, as_json: bool) -> None:
    """Do an act of the reporter, who shows the receipt."""
    with Client("complaints", role=None) as client:
        session = session_headers(client, receipt)
        mine = client.send("GET", "/public/my-case", headers=session).json()
        if case is not None and mine["id"] != case:
            raise CliError("the receipt belongs to another complaint")
        answer = client.send("POST", f"/public/my-case/{act}", headers=session, json=body)
    present(answer.json(), as_json)


def act_on(case: str, act: str, role: str, body: dict[str, Any], version: int | None, as_json: bool) -> None:
    with Client("complaints", role=role) as client:
        present(client.act(f"/cases/{case}", act, body, version), as_json)


def demo_handler() -> str:
    """Return the account of the demo handler; its token's signature is the services' business."""
    part = token(role="case_handler").split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])
