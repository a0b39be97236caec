"""`zi instrument`: the official wording of the LKE, loaded once per edition, and its data files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import upload_file
from services.planning.commands.findings import finding_line, with_findings
from services.planning.commands.instrument_files import check, diff
from shared.cli.client import Client
from shared.cli.errors import CliError, RefusedError
from shared.cli.output import JsonOption, present

instrument = typer.Typer(help="The LKE itself, whatever unit answers it.", no_args_is_help=True)
wording = typer.Typer(help="The official texts of an edition.", no_args_is_help=True)
instrument.add_typer(wording, name="wording")
instrument.command(epilog="Example: zi instrument check lke-2027.json")(check)
instrument.command(epilog="Example: zi instrument diff 2026 lke-2027.json --texts")(diff)

EditionOption = Annotated[str, typer.Option("--edition", help="Edition of the LKE: 2021 or 2026.")]


@wording.command(epilog="Example: zi instrument wording load lke.xlsx --edition 2021 --write")
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Official workbook of the edition, .xlsx.")],
    edition: EditionOption,
    write: Annotated[
        bool, typer.Option("--write", help="Load it; else only tell what would change.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load the official questions and criteria: all of them, or nothing and every fault by its cell."""
    if not file.is_file():
        raise CliError(f"there is no file {file}")
    with Client("planning", role="admin") as api:
        try:
            done = upload_file(api, f"/instruments/lke/{edition}/wording", file, dry_run=not write)
        except RefusedError as refused:
            raise with_findings(refused) from refused
    if as_json:
        present(done, as_json)
    else:
        _present(done)
    if not done["is_accepted"]:
        raise typer.Exit(1)


@wording.command(epilog="Example: zi instrument wording show --edition 2021")
def show(edition: EditionOption, as_json: JsonOption = False) -> None:
    """Show the official texts of an edition."""
    with Client("planning", role="admin") as api:
        found = api.get(f"/instruments/lke/{edition}/wording")
    if as_json:
        present(found, as_json)
        return
    for item in found["items"]:
        print(f"{item['item_code']}: {item['question']}")
        for line in item["criteria"].splitlines():
            print(f"    {line}")
    if found["items"]:
        print(f"edition {edition}, version {found['version']}, loaded at {found['loaded_at']}")
    else:
        print(f"nobody has loaded edition {edition}: zi instrument wording load FILE --edition {edition}")


def _present(done: Any) -> None:
    for finding in done["findings"]:
        print(f"{finding['severity']}: {finding_line(finding)}")
    if not done["is_accepted"]:
        print("refused: nothing is written while one error stands")
        return
    print(
        f"{done['questions']} questions, {done['criteria']} criteria, {done['split']} of them by letter; "
        f"{len(done['changed'])} items new or changed"
    )
    if done["is_written"]:
        print(f"written, version {done['version']}")
    elif done["changed"]:
        print("to load exactly this: --write")
    else:
        print("nothing changes")
