"""`zi policy ...`: which deadlines are in force, by which source, and what differs between two versions."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present

policy = typer.Typer(no_args_is_help=True, help="Deadline policies: lengths, sources, versions.")
MIGRATION_COLUMNS = (
    "id",
    "to_policy",
    "unit_id",
    "moved",
    "lifted",
    "held",
    "asked_by",
    "confirmed_by",
    "ended_at",
    "stopped",
)
COLUMNS = ("id", "version", "case_class", "scope", "length", "is_confirmed", "source")


@policy.command("list", epilog="Example: zi policy list --kind pengaduan")
def list_policies(
    kind: Annotated[str | None, typer.Option("--kind", help="pengaduan, aspirasi, konsultasi, ...")] = None,
    rule: Annotated[str | None, typer.Option("--id", help="Only this id, e.g. D5.")] = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Only those in force on this start date."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the policies that the service has read, with their sources."""
    day: date | None = None if on is None else on.date()
    with Client("complaints", role="complaint_officer") as client:
        found = client.get("/policies", kind=kind, rule=rule, on=None if day is None else day.isoformat())
    present(found if as_json else [_line(one) for one in found["items"]], as_json, columns=COLUMNS)


@policy.command("show", epilog="Example: zi policy show D5-normatif.1")
def show(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Version of a policy.")],
    as_json: JsonOption = False,
) -> None:
    """Show one version of a policy whole."""
    with Client("complaints", role="complaint_officer") as client:
        present(client.get(f"/policies/{version}"), as_json)


@policy.command("diff", epilog="Example: zi policy diff D5-normatif.1 D5-tidak-berkadar.1")
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="Version of a policy.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two versions; exit 1 when something does, as `diff` has it."""
    with Client("complaints", role="complaint_officer") as client:
        one, other = (client.get(f"/policies/{version}") for version in (first, second))
    changes = [
        {"field": field, "a": one[field], "b": other[field]}
        for field in one
        if field != "version" and one[field] != other[field]
    ]
    present(changes, as_json, columns=("field", "a", "b"))
    if changes:
        raise typer.Exit(1)


@policy.command("migrate", epilog="Example: zi policy migrate --from D5-normatif.1 --to D5-normatif.2")
def migrate(
    old: Annotated[str, typer.Option("--from", help="Version that clocks run under now.")],
    new: Annotated[str, typer.Option("--to", help="Version of the same id that they shall run under.")],
    unit: Annotated[str | None, typer.Option("--unit", help="Only clocks of this unit.")] = None,
    is_applied: Annotated[
        bool, typer.Option("--apply", help="Do it; else only show what it would do.")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; with --apply.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what moving running clocks to another version would do, or move them, step by step."""
    if is_applied == (reason is None):
        raise CliError("say --apply and --reason together, or neither to see what would happen")
    with Client("complaints", role="admin") as client:
        if is_applied:
            body = {"to": new, "unit_id": unit, "reason": reason}
            done = client.post(f"/policies/{old}/migrations", body)
        else:
            done = client.get(f"/policies/{old}/migrations/preview", to=new, unit=unit)
    present(done, as_json)


@policy.command("migrations", epilog="Example: zi policy migrations D5-normatif.1")
def list_migrations(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Version that clocks left or leave.")],
    as_json: JsonOption = False,
) -> None:
    """List the moves of running clocks away from a version, and how far each is."""
    with Client("complaints", role="admin") as client:
        found = client.get(f"/policies/{version}/migrations")
    present(found if as_json else found["items"], as_json, columns=MIGRATION_COLUMNS)


@policy.command("confirm-migration", epilog="Example: zi policy confirm-migration D5-normatif.1 ID")
def confirm_migration(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Version that the clocks leave.")],
    migration: Annotated[str, typer.Argument(metavar="ID", help="Of the move, as `migrations` lists it.")],
    as_json: JsonOption = False,
) -> None:
    """Agree, as somebody else than who asked, that clocks get more time after most of it is over."""
    with Client("complaints", role="admin") as client:
        present(client.post(f"/policies/{version}/migrations/{migration}/confirm"), as_json)


def _line(told: dict[str, Any]) -> dict[str, Any]:
    scope = told["scope_level"] if told["scope_id"] is None else f"{told['scope_level']} {told['scope_id']}"
    return told | {"scope": scope, "length": f"{told['length']} {told['unit']}"}
