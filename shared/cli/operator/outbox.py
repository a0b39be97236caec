"""`zi outbox`: the outbox and its topics."""

from functools import partial
from typing import Annotated

import typer

from shared.cli.addresses import address
from shared.cli.main import run_async
from shared.cli.operator.access import Service, in_database
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
