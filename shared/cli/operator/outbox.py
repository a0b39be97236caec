"""`zi outbox`: the outbox and its topics."""

from functools import partial
from typing import Annotated, Any

import typer

from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator import comparing
from shared.cli.operator.access import Service, columns_of, in_each, in_transaction
from shared.cli.output import JsonOption, present

outbox = typer.Typer(help="The outbox and its topics.", no_args_is_help=True)


@outbox.callback()
def _outbox() -> None: ...


outbox.command(epilog="Example: zi outbox reconcile --service planning")(comparing.reconcile)
outbox.command(epilog="Example: zi outbox snapshot --service planning --dry-run")(comparing.snapshot)


@outbox.command("list", epilog="Example: zi outbox list --service planning")
def list_parked(
    service: Annotated[Service | None, typer.Option(help="One service; all four without it.")] = None,
    after: Annotated[int, typer.Option(help="Of --service: only positions beyond; `next`.")] = 0,
    limit: Annotated[int, typer.Option(help="Rows of a page, of each service.", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List events that the broker will not take and those that wait behind them, in order of position."""
    from shared.outbox import parking  # noqa: PLC0415

    if after and service is None:
        raise CliError("--after needs --service: each service counts positions of its own")
    work = partial(parking.listing, after=after, limit=limit)
    pages, faults = in_each([service] if service else list(Service), lambda name: in_transaction(name, work))
    items: list[dict[str, Any]] = [
        {"service": str(name), **row, "since": row["since"].isoformat()}
        for name, page in pages.items()
        for row in page.rows
    ]
    totals = {str(name): page.total for name, page in pages.items()}
    following = {
        str(name): page.rows[-1]["position"] if len(page.rows) == limit else None
        for name, page in pages.items()
    }
    away = [{"service": str(name), "fault": fault} for name, fault in faults.items()]
    if as_json:
        present({"totals": totals, "next": following, "items": items, "faults": away}, as_json)
    else:
        rows = items + away
        present(rows, as_json, columns=columns_of(rows))
        if items:
            print(f"{len(items)} of {sum(totals.values())}")
        for name, position in following.items():
            if position is not None:
                print(f"the next page: zi outbox list --service {name} --after {position}")
    if faults:
        raise typer.Exit(1)


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
