"""The part of `zi outbox` that compares tables and topics: `reconcile` and `snapshot`."""

import sys
from collections.abc import Awaitable
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.addresses import address
from shared.cli.errors import CliError
from shared.cli.operator.access import Service, columns_of, in_database, in_each
from shared.cli.output import JsonOption, present

if TYPE_CHECKING:  # only the command that needs them loads them
    from shared.outbox.reconcile import Reconciliation
    from shared.outbox.snapshot import Said

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

    bootstrap = address("kafka")

    def of(name: Service) -> "Awaitable[Reconciliation]":
        states = register_of(name).states
        work = partial(compare, bootstrap=bootstrap, service=name, states=states, republish=republish)
        return in_database(name, work)

    compared, faults = in_each(_asked(service), of)
    results: dict[str, dict[str, Any]] = {
        str(name): {
            "checked": found.checked,
            "missing": [str(i) for i in found.missing],
            "ghosts": [str(i) for i in found.ghosts],
            "altered": [str(i) for i in found.altered],
            "missing_states": found.missing_states,
            "missing_topics": found.missing_topics,
            "republished": found.is_republished,
        }
        for name, found in compared.items()
    }
    away = {str(name): {"fault": fault} for name, fault in faults.items()}
    if as_json:
        present(results | away, as_json)
    else:
        rows = [{"service": name} | _counted(result) for name, result in results.items()]
        _table(rows + [{"service": name} | fault for name, fault in away.items()])
    if faults or any(result[kind] for result in results.values() for kind in _FOUND):
        raise typer.Exit(1)


def _table(rows: list[dict[str, Any]]) -> None:
    present(rows, as_json=False, columns=columns_of(rows))


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

    bootstrap = address("kafka")

    def of(name: Service) -> "Awaitable[Said]":
        work = partial(
            say,
            bootstrap=bootstrap,
            service=name,
            states=register_of(name).states,
            everything=everything,
            dry_run=dry_run,
            progress=partial(_show_progress, name),
        )
        return in_database(name, work)

    said, faults = in_each(_asked(service), of)
    rows: list[dict[str, Any]] = [{"service": str(name)} | asdict(one) for name, one in said.items()]
    rows += [{"service": str(name), "fault": fault} for name, fault in faults.items()]
    if as_json:
        present(rows, as_json)
    else:
        _table(rows)
    if faults or any(one.missing_topics or one.ahead for one in said.values()):
        raise typer.Exit(1)


def _show_progress(service: str, states: int) -> None:
    print(f"{service}: {states} states", file=sys.stderr)
