"""`zi restore`: what follows the restore of a database."""

from functools import partial
from typing import Annotated, Any

import typer

from shared.cli.addresses import address
from shared.cli.main import run_async
from shared.cli.operator.access import Service, in_database
from shared.cli.output import JsonOption, present

restore = typer.Typer(help="What follows the restore of a database.", no_args_is_help=True)


@restore.callback()
def _restore() -> None: ...


@restore.command(epilog="Example: zi restore finish --service planning --dry-run")
def finish(
    service: Annotated[Service, typer.Option("--service", help="Whose database was restored.")],
    dry_run: Annotated[bool, typer.Option(help="Take every step and take it back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Lift versions above the topics', with the API closed; exit 1 when people must decide."""
    from shared.outbox.restore import finish as lift  # noqa: PLC0415
    from shared.outbox.snapshot import register_of  # noqa: PLC0415

    work = partial(
        lift, bootstrap=address("kafka"), service=service, register=register_of(service), dry_run=dry_run
    )
    done = run_async(in_database(service, work))
    ghosts = [
        {**_named(ghost.fact), "id": str(ghost.id), "time": ghost.time.isoformat()} for ghost in done.ghosts
    ]
    unknown = [_named(fact) for fact in done.unknown]
    present(
        {
            "service": service.value,
            "lifted": done.lifted,
            "told": done.told,
            "missing_topics": done.missing_topics,
            "ghosts": ghosts,
            "unknown_entities": unknown,
        },
        as_json,
    )
    if unknown and not as_json:
        print("\nunknown entities: enter them again and repeat this; see After a loss in docs/operations.md")
    if unknown or done.missing_topics:
        raise typer.Exit(1)


def _named(fact: Any) -> dict[str, str | int]:
    """Return which entity's part an event is about, and its version of it."""
    return {"fact": fact.event_type.removeprefix("id.zi."), "entity": fact.part(), "version": fact.version}
