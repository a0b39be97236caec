"""`zi dlq`: records a consumer could not take."""

import asyncio
import base64
import time
from typing import Annotated, Any

import typer

from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator.access import Service, ServiceOption, in_database, in_transaction
from shared.cli.output import JsonOption, present

REPLAY_SECONDS = 30.0

dlq = typer.Typer(help="Dead letters: records a consumer could not take.", no_args_is_help=True)


@dlq.command("list", epilog="Example: zi dlq list --service scoring --state open")
def list_dead_letters(
    service: ServiceOption = Service.SCORING,
    state: Annotated[
        str | None, typer.Option(help="open, requested, replayed, discarded, quarantined.")
    ] = "open",
    as_json: JsonOption = False,
) -> None:
    """List dead letters without their bytes, oldest first."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    wanted = None if state == "all" else state
    rows = run_async(in_transaction(service, lambda session: dead_letters.listing(session, state=wanted)))
    present([{k: _plain(v) for k, v in row.items()} for row in rows], as_json)


@dlq.command(epilog="Example: zi dlq show 12 --service scoring")
def show(dead_letter: int, service: ServiceOption = Service.SCORING, as_json: JsonOption = False) -> None:
    """Show one dead letter whole; its bytes may hold anything."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    row = run_async(in_transaction(service, lambda session: dead_letters.show(session, dead_letter)))
    if row is None:
        raise CliError(f"{service} has no dead letter {dead_letter}")
    present({k: _plain(v) for k, v in row.items()}, as_json)


@dlq.command(epilog="Example: zi dlq replay --all --service scoring")
def replay(
    dead_letter: Annotated[int | None, typer.Argument(help="Which one; or --all.")] = None,
    all_open: Annotated[bool, typer.Option("--all", help="Every open one.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would happen.")] = False,
    service: ServiceOption = Service.SCORING,
    as_json: JsonOption = False,
) -> None:
    """Have the consumer fold stored records again; exit 1 when one failed once more."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    if (dead_letter is None) != all_open:
        raise CliError("name one dead letter, or use --all")
    if dry_run:
        _rehearse(service, dead_letter, as_json)
        return
    ids = run_async(
        in_transaction(service, lambda session: dead_letters.request_replay(session, dead_letter))
    )
    if not ids and dead_letter is not None:
        raise CliError(_nothing_to_replay(service, dead_letter))
    states = run_async(in_database(service, lambda db: _wait_for_replay(db, ids)))
    present({"replayed": states.count("replayed"), "failed": len(states) - states.count("replayed")}, as_json)
    if states.count("replayed") < len(states):
        raise typer.Exit(1)


@dlq.command(epilog='Example: zi dlq discard 12 --service scoring --reason "sent again by hand"')
def discard(
    dead_letter: int,
    reason: Annotated[str, typer.Option(help="Why nobody will miss it.")],
    service: ServiceOption = Service.SCORING,
    as_json: JsonOption = False,
) -> None:
    """Close a dead letter for good."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    is_done = run_async(
        in_transaction(service, lambda session: dead_letters.discard(session, dead_letter, reason))
    )
    if not is_done:
        raise CliError(f"{service} has no open or quarantined dead letter {dead_letter}")
    present({"id": dead_letter, "state": "discarded"}, as_json)


def _rehearse(service: str, dead_letter: int | None, as_json: bool) -> None:
    """Show what a replay would meet before the fold; the fold itself may still refuse."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    found = run_async(in_transaction(service, lambda session: dead_letters.rehearse(session, dead_letter)))
    if not found and dead_letter is not None:
        raise CliError(_nothing_to_replay(service, dead_letter))
    rows = [
        {
            "id": stored.id,
            "topic": stored.topic,
            "partition": stored.partition,
            "offset": stored.offset,
            "reason": stored.reason,
            "replay": "would be folded" if fault is None else fault,
        }
        for stored, fault in found
    ]
    present(rows, as_json)


def _nothing_to_replay(service: str, dead_letter: int) -> str:
    return f"{service} has no open dead letter {dead_letter} that still has its bytes"


async def _wait_for_replay(db: Any, ids: list[int]) -> list[str]:
    """Return the states of the dead letters once their consumer has dealt with all of them."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    deadline = time.monotonic() + REPLAY_SECONDS
    while True:
        async with db.reading() as session:
            states: list[str] = await dead_letters.states(session, ids)
        if "requested" not in states:
            return states
        if time.monotonic() > deadline:
            raise CliError("asked for, but the consumer has not answered; it will when its worker runs")
        await asyncio.sleep(0.2)


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; bytes as text when they are text, else as base64."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return "base64:" + base64.b64encode(value).decode()
    return value if value is None or isinstance(value, int | str | list | dict) else str(value)
