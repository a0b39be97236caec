"""What the commands of matters share, gifts, conflicts and duties: their options, and how they act on one."""

from typing import Annotated, Any

import typer

from shared.cli.client import Client
from shared.cli.output import present

STAFF = "unit_operator"
LEADER = "unit_leader"
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


def act_on(place: str, role: str, act: str, body: dict[str, Any], version: int | None, as_json: bool) -> None:
    with Client("complaints", role=role) as client:
        present(client.act(place, act, body, version), as_json)
