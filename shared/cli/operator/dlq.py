"""`zi dlq`: records a consumer could not take."""

import asyncio
import base64
import time
from functools import partial
from typing import Annotated, Any

import typer

from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator.access import Service, ServiceOption, in_database, in_transaction
from shared.cli.output import JsonOption, present
from shared.cli.waiting import STILL_SECONDS

dlq = typer.Typer(help="Dead letters: records a consumer could not take.", no_args_is_help=True)


@dlq.command("list", epilog="Example: zi dlq list --service scoring --state open")
def list_dead_letters(
    service: ServiceOption = Service.SCORING,
    state: Annotated[
        str | None, typer.Option(help="open, requested, replayed, discarded, quarantined, all.")
    ] = "open",
    limit: Annotated[int, typer.Option(help="So many at most.", min=1, max=10_000)] = 100,
    after: Annotated[int, typer.Option(help="Only those behind this id: `next` of the page before.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """List dead letters without their bytes, oldest first, a page at a time."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    wanted = None if state == "all" else state

    async def page(session: Any) -> tuple[list[dict[str, Any]], int]:
        rows = await dead_letters.listing(session, state=wanted, limit=limit + 1, after=after)
        return rows, await dead_letters.count(session, state=wanted)

    rows, total = run_async(in_transaction(service, page))
    following = rows[limit - 1]["id"] if len(rows) > limit else None
    items = [{k: _plain(v) for k, v in row.items()} for row in rows[:limit]]
    present({"items": items, "total": total, "next": following}, as_json)
    if not as_json and total:
        more = f"; the next page: --after {following}" if following else ""
        print(f"\n{len(items)} of {total}{more}")


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
    force: Annotated[bool, typer.Option(help="Also a quarantined one: after a fix.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would happen.")] = False,
    service: ServiceOption = Service.SCORING,
    as_json: JsonOption = False,
) -> None:
    """Have the consumer fold stored records again; exit 1 when one failed once more.

    With --all one of each topic and reason is tried first: where it fails as before, the others are left.
    """
    if (dead_letter is None) != all_open or (force and all_open):
        raise CliError("name one dead letter, or use --all")
    if dry_run:
        _rehearse(service, dead_letter, as_json)
        return
    work = _replay_all if dead_letter is None else partial(_replay_one, dead_letter=dead_letter, force=force)
    result = run_async(in_database(service, partial(work, service)))
    present(result, as_json)
    if result["failed"] or result["left"]:
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


async def _replay_one(service: str, db: Any, *, dead_letter: int, force: bool) -> dict[str, int]:
    from shared.consumer import dead_letters  # noqa: PLC0415

    async with db.transaction() as session:
        is_asked = await dead_letters.request_replay(session, dead_letter, is_forced=force)
    if not is_asked:
        raise CliError(_nothing_to_replay(service, dead_letter))
    states = [state for state, _ in (await _wait_for_replay(db, [dead_letter])).values()]
    return {"replayed": states.count("replayed"), "failed": len(states) - states.count("replayed"), "left": 0}


async def _replay_all(_service: str, db: Any) -> dict[str, int]:
    """Replay one of each group, then the rest of those groups whose first did not fail as before."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    async with db.reading() as session:
        groups = await dead_letters.groups(session)
        before = await dead_letters.outcomes(session, [group[0] for group in groups])
    first = await _ask(db, [group[0] for group in groups])
    rest: list[int] = []
    left = 0
    for one, *others in groups:
        if first.get(one, before[one]) == before[one]:  # open as it was, for the same reason
            left += len(others)
        else:
            rest += others
    ended = [state for state, _ in (first | await _ask(db, rest)).values()]
    replayed = ended.count("replayed")
    return {"replayed": replayed, "failed": len(ended) - replayed, "left": left}


async def _ask(db: Any, ids: list[int]) -> dict[int, tuple[str, str]]:
    from shared.consumer import dead_letters  # noqa: PLC0415

    async with db.transaction() as session:
        asked = await dead_letters.request_all(session, ids)
    return await _wait_for_replay(db, asked)


async def _wait_for_replay(db: Any, ids: list[int]) -> dict[int, tuple[str, str]]:
    """Return state and reason of the dead letters once their consumer has dealt with all of them."""
    from shared.consumer import dead_letters  # noqa: PLC0415

    deadline, waiting = time.monotonic() + STILL_SECONDS, len(ids)
    while True:
        async with db.reading() as session:
            found: dict[int, tuple[str, str]] = await dead_letters.outcomes(session, ids)
        still = sum(state == "requested" for state, _ in found.values())
        if not still:
            return found
        if still < waiting:
            deadline, waiting = time.monotonic() + STILL_SECONDS, still
        if time.monotonic() > deadline:
            raise CliError(
                f"asked for, but the consumer has dealt with none for {STILL_SECONDS:.0f} s, "
                f"and {still} are left; it goes on when its worker runs"
            )
        await asyncio.sleep(0.2)


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold; bytes as text when they are text, else as base64.

    Headers are name and base64 value; what is no text in a name is shown as an escape.
    """
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return "base64:" + base64.b64encode(value).decode()
    return value if value is None or isinstance(value, int | dict) else str(value)
