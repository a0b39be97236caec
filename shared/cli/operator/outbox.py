"""`zi outbox`: the outbox and its topics."""

from functools import partial
from typing import Annotated, Any

import typer

from shared.cli.addresses import address
from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator.access import Service, in_database, in_transaction
from shared.cli.output import JsonOption, present

outbox = typer.Typer(help="The outbox and its topics.", no_args_is_help=True)


@outbox.callback()
def _outbox() -> None: ...


@outbox.command(epilog="Example: zi outbox reconcile --service planning")
def reconcile(
    service: Annotated[Service | None, typer.Option(help="One service; all four without it.")] = None,
    republish: Annotated[bool, typer.Option(help="Hand missing events to the relay again.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Compare published events with the topics; exit 1 when something is missing, unknown or altered."""
    from shared.outbox.reconcile import reconcile as compare  # noqa: PLC0415

    results = {}
    for name in [service] if service else list(Service):
        work = partial(compare, bootstrap=address("kafka"), service=name, republish=republish)
        found = run_async(in_database(name, work))
        results[str(name)] = {
            "checked": found.checked,
            "missing": [str(i) for i in found.missing],
            "ghosts": [str(i) for i in found.ghosts],
            "altered": [str(i) for i in found.altered],
            "republished": found.is_republished,
        }
    if as_json:
        present(results, as_json)
    else:
        rows = [
            {"service": name} | {k: len(v) if isinstance(v, list) else v for k, v in result.items()}
            for name, result in results.items()
        ]
        present(rows, as_json)
    if any(result[kind] for result in results.values() for kind in ("missing", "ghosts", "altered")):
        raise typer.Exit(1)


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
