"""`zi outbox`: the outbox and its topics."""

from functools import partial
from typing import Annotated, Any

import typer

from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator import comparing
from shared.cli.operator.access import Service, in_transaction
from shared.cli.output import JsonOption, present

outbox = typer.Typer(help="The outbox and its topics.", no_args_is_help=True)


@outbox.callback()
def _outbox() -> None: ...


outbox.command(epilog="Example: zi outbox reconcile --service planning")(comparing.reconcile)
outbox.command(epilog="Example: zi outbox snapshot --service planning --dry-run")(comparing.snapshot)


@outbox.command("list", epilog="Example: zi outbox list --service planning")
def list_parked(
    service: Annotated[Service | None, typer.Option(help="One service; all four without it.")] = None,
    after: Annotated[int, typer.Option(help="Only positions beyond this one: the next page.")] = 0,
    limit: Annotated[int, typer.Option(help="Rows of a page, of each service.", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List events that the broker will not take and those that wait behind them, in order of position."""
    from shared.outbox import parking  # noqa: PLC0415

    items: list[dict[str, Any]] = []
    totals: dict[str, int] = {}
    for name in [service] if service else list(Service):
        work = partial(parking.listing, after=after, limit=limit)
        page = run_async(in_transaction(name, work))
        totals[str(name)] = page.total
        items += [{"service": str(name), **row, "since": row["since"].isoformat()} for row in page.rows]
    present({"totals": totals, "items": items}, as_json)
    if not as_json and items:
        print(f"{len(items)} of {sum(totals.values())}; the next page begins --after a page's last position")


@outbox.command(epilog="Example: zi outbox release 4711 --service planning")
def release(
    position: Annotated[int | None, typer.Argument(help="Of a parked event; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every parked event.")] = False,
    service: Annotated[Service, typer.Option(help="Whose outbox.")] = Service.PLANNING,
    as_json: JsonOption = False,
) -> None:
    """Hand parked events back to the relay, each with all that waits on its key, once the cause is gone."""
    from shared.outbox import parking  # noqa: PLC0415

    if (position is None) != everything:
        raise CliError("name one position, or use --all")
    rows = run_async(in_transaction(service, lambda session: parking.release(session, position)))
    if not rows and position is not None:
        raise CliError(f"{service} has no parked event at position {position}")
    present({"service": service.value, "released": rows}, as_json)
