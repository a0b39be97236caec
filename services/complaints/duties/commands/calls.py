"""What the commands of duties share: their options, how they list and show."""

from datetime import datetime
from typing import Annotated, Any

import typer

from shared.cli.client import Client
from shared.cli.output import present

HEAD = "agency_head"
ReceiptOption = Annotated[str, typer.Option("--receipt", help="The reporter's secret code.")]
LateOption = Annotated[bool, typer.Option("--late", help="Only open ones with a breached clock.")]
LetterOption = Annotated[str, typer.Option("--letter", help="Number of the letter.")]
LetterDayOption = Annotated[
    datetime, typer.Option("--letter-date", formats=["%Y-%m-%d"], help="Date of the letter.")
]


def list_at(
    place: str, role: str, columns: tuple[str, ...], *, closed: bool, late: bool, as_json: bool, **asked: Any
) -> None:
    """Print the duties of a kind."""
    state = "closed" if closed else None
    with Client("complaints", role=role) as client:
        found = client.get(place, state=state, late="true" if late else None, **asked)
    present(found, as_json, columns=("id", "unit_id", "state", "is_late", "due_rule", "due_at", *columns))


def show_at(place: str, role: str, as_json: bool) -> None:
    """Print one duty."""
    with Client("complaints", role=role) as client:
        present(client.get(place), as_json)


def enter_at(place: str, role: str, body: dict[str, Any], as_json: bool) -> None:
    """Enter a duty."""
    with Client("complaints", role=role) as client:
        present(client.post(place, body), as_json)
