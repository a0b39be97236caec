"""`zi demo`: switches the local run's demo traffic on and off."""

from pathlib import Path

import typer

from shared.cli.addresses import local_run
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present

demo = typer.Typer(help="Demo traffic of the local run.", no_args_is_help=True)


@demo.command(epilog="Example: zi demo start")
def start(as_json: JsonOption = False) -> None:
    """Let demo traffic flow; the run notices within a second."""
    _flag().touch()
    present({"demo": "on"}, as_json)


@demo.command(epilog="Example: zi demo stop")
def stop(as_json: JsonOption = False) -> None:
    """End demo traffic; everything else runs on."""
    _flag().unlink(missing_ok=True)
    present({"demo": "off"}, as_json)


def _flag() -> Path:
    """Return the file whose existence means that demo traffic is wanted."""
    folder = local_run().get("state_dir")
    if folder is None:
        raise CliError("no local run is here: demo traffic belongs to `make run`")
    return Path(folder) / "demo"
