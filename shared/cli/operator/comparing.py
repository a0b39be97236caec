"""The part of `zi outbox` that compares tables and topics: `reconcile` and `snapshot`."""

import sys
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from shared.cli.addresses import address
from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator.access import Service, in_database
from shared.cli.output import JsonOption, present

OneOrAll = Annotated[
    Service | None, typer.Option("--service", help="One service; all that are here without it.")
]
_FOUND = ("missing", "ghosts", "altered", "missing_states", "missing_topics")


def reconcile(
    service: OneOrAll = None,
    republish: Annotated[bool, typer.Option(help="Hand missing events to the relay again.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Compare events and present states with the topics; exit 1 when something is missing or unknown."""
    from shared.outbox.reconcile import reconcile as compare  # noqa: PLC0415
    from shared.outbox.snapshot import register_of  # noqa: PLC0415

    results: dict[str, dict[str, Any]] = {}
    for name in _asked(service):
        states = register_of(name).states
        work = partial(compare, bootstrap=address("kafka"), service=name, states=states, republish=republish)
        found = run_async(in_database(name, work))
        results[str(name)] = {
            "checked": found.checked,
            "missing": [str(i) for i in found.missing],
            "ghosts": [str(i) for i in found.ghosts],
            "altered": [str(i) for i in found.altered],
            "missing_states": found.missing_states,
            "missing_topics": found.missing_topics,
            "republished": found.is_republished,
        }
    if as_json:
        present(results, as_json)
    else:
        present([{"service": name} | _counted(result) for name, result in results.items()], as_json)
    if any(result[kind] for result in results.values() for kind in _FOUND):
        raise typer.Exit(1)


def _asked(service: Service | None) -> list[Service]:
    """Return the services whose tables can be read here: an image holds the code of its own alone."""
    here = [name for name in Service if find_spec(f"services.{name}") is not None]
    if service is None:
        return here
    if service not in here:
        raise CliError(f"the code of {service} is not here: run this where {service} is installed")
    return [service]


def _counted(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result's lists as counts; a missing topic stays named."""
    counts = {name: len(value) if isinstance(value, list) else value for name, value in result.items()}
    return counts | {
        "missing_states": sum(result["missing_states"].values()),
        "missing_topics": result["missing_topics"],
    }


def snapshot(
    service: OneOrAll = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every state, also those the topics have.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would be said.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say the present states again that the topics lack; exit 1 when a topic is missing or newer."""
    from shared.outbox.snapshot import register_of  # noqa: PLC0415
    from shared.outbox.snapshot import snapshot as say  # noqa: PLC0415

    rows = []
    for name in _asked(service):
        work = partial(
            say,
            bootstrap=address("kafka"),
            service=name,
            states=register_of(name).states,
            everything=everything,
            dry_run=dry_run,
            progress=partial(_show_progress, name),
        )
        rows.append({"service": str(name)} | asdict(run_async(in_database(name, work))))
    present(rows, as_json)
    if any(row["missing_topics"] or row["ahead"] for row in rows):
        raise typer.Exit(1)


def _show_progress(service: str, states: int) -> None:
    print(f"{service}: {states} states", file=sys.stderr)
