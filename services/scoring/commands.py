"""`zi score`: where a unit stands, after waiting for what was just written; `zi rebuild scoring`."""

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from services.scoring.report import tell
from shared.cli.addresses import address, database_url
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.output import JsonOption, UnitArgument, YearOption, present
from shared.cli.progress import Steps
from shared.cli.waiting import LimitOption, NotYetError, is_passing, until

READER = "verifier"

score = typer.Typer(help="A unit's LKE score.")
rebuild = typer.Typer(help="Rebuild a service's state from the topics alone.", no_args_is_help=True)


class LayerName(StrEnum):
    """Whose answers count."""

    UNIT = "unit"
    TPI = "tpi"
    TPN = "tpn"
    LIVE = "live"
    EFFECTIVE = "effective"


class ModeName(StrEnum):
    """How blanks count."""

    ZERO = "zero"
    WORKBOOK = "workbook"


@score.command(epilog="Example: zi score kantor-a --year 2026 --layer unit --mode workbook --json")
def show(
    unit: UnitArgument,
    year: YearOption,
    layer: Annotated[LayerName, typer.Option(help="Whose answers are scored.")] = LayerName.EFFECTIVE,
    mode: Annotated[
        ModeName, typer.Option(help="zero decides; workbook shows what Excel does.")
    ] = ModeName.ZERO,
    wait_version: Annotated[
        int | None, typer.Option(help="Wait until this worksheet version is counted.", min=0)
    ] = None,
    wait_seconds: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print where a unit stands: the verdict, the failed gates, the survey, and what to do next."""
    with Client("scoring", role=READER) as api:

        def ask() -> Any:
            return _of_programme(api.get(f"/units/{unit}/score", year=year, layer=layer, mode=mode))

        found = ask() if wait_version is None else _counted(ask, wait_version, wait_seconds)
    if as_json:
        present(found, as_json)
        return
    tell(found)


def _counted(ask: Callable[[], Any], version: int, limit: float | None) -> Any:
    """Return the score once this worksheet version is counted; a new unit may take a moment to be known."""

    def look() -> Any:
        try:
            found = ask()
        except CliError as error:
            if is_passing(error):
                raise NotYetError(str(error)) from error
            raise
        if found["version"] < version:
            unit, year = found["unit"], found["year"]
            raise NotYetError(
                f"scoring has counted version {found['version']} of {unit} {year}, not {version}"
            )
        return found

    return until(look, reader="scoring", teller="planning", limit=limit)


def _of_programme(found: Any) -> Any:
    """Return the score of a year that has a programme; any other year's would be a nought about nothing."""
    if found["target"] is not None:
        return found
    unit, year, years = found["unit"], found["year"], found["programme_years"]
    if years:
        raise CliError(f"{unit} has no programme of {year}; it has one of {', '.join(map(str, years))}")
    raise CliError(
        f"{unit} has no programme of {year}, nor of any other year: "
        f"zi programme create --unit {unit} --year {year} --target WBK"
    )


@rebuild.callback()
def _rebuild() -> None: ...


@rebuild.command("scoring", epilog="Example: zi rebuild scoring --json")
def rebuild_scoring(
    keep: Annotated[
        bool,
        typer.Option(help="Keep the rebuilt database, to put it in the live one's place; scoring must rest."),
    ] = False,
    processes: Annotated[
        int, typer.Option(help="How many processes do it: one for each free core.", min=1, max=12)
    ] = 1,
    as_json: JsonOption = False,
) -> None:
    """Replay the topics into an empty database and compare it with the live one; exit 1 when they differ.

    How far it is stands on standard error. Stopped before its end, it begins from the start the next time.
    """
    from services.scoring.rebuild import BESIDE, MovedOnError, compare  # noqa: PLC0415 - heavy
    from services.scoring.rebuilding.crew import ProcessLostError  # noqa: PLC0415

    whole = compare(database_url("scoring"), address("kafka"), is_kept=keep, processes=processes, say=Steps())
    try:
        found = run_async(whole)
    except ProcessLostError as error:
        raise CliError(str(error)) from error
    except MovedOnError as error:
        raise CliError(f"{error}; stop scoring first, then run this again; nothing was kept") from error
    except KeyboardInterrupt:
        print("zi: stopped; nothing live has changed, and the next rebuild begins anew", file=sys.stderr)
        raise
    rebuilt = found.rebuilt
    present(
        {
            "equal": not found.differences,
            "differences": found.differences,
            "digest": rebuilt.digest.text,
            "live_digest": found.live.text,
            "records": rebuilt.records,
            "dead_letters": rebuilt.dead,
            "published": rebuilt.published,
            "seconds": round(rebuilt.seconds, 2),
            "database": BESIDE if keep else None,
        },
        as_json,
    )
    if found.differences:
        raise typer.Exit(1)
