"""`zi programme`, `zi activity` and `zi lke`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import every_row, upload_file
from services.planning.commands.findings import finding_line, with_findings
from services.planning.layers import WRITER_ROLE, Layer
from services.planning.plan.domain import Target
from services.planning.worksheets.domain import ImportMode
from shared.cli.client import Client
from shared.cli.errors import CliError, RefusedError
from shared.cli.hints import about_names, ask_about_unit
from shared.cli.output import JsonOption, UnitOption, YearOption, present

ANY_VERSION = "*"
"""Whoever types a command means to overwrite what stands there."""


LayerOption = Annotated[Layer, typer.Option("--layer", help="Whose answers.")]

programme = typer.Typer(help="Programmes: one per unit and year.", no_args_is_help=True)
activity = typer.Typer(help="Activities of the work plan.", no_args_is_help=True)
lke = typer.Typer(help="LKE worksheets: import, export, answer, show.", no_args_is_help=True)


@programme.command("create", epilog="Example: zi programme create --unit kantor-a --year 2026 --target WBK")
def create_programme(
    unit_id: UnitOption,
    year: YearOption,
    target: Annotated[Target, typer.Option(help="Predicate to reach.")],
    as_json: JsonOption = False,
) -> None:
    """Open a unit's programme of a year; edition and rule set are pinned now."""
    body = {"unit_id": unit_id, "year": year, "target": target}
    with Client("planning", role="admin") as api:
        present(api.post("/programmes", body), as_json)


@programme.command("list", epilog="Example: zi programme list --unit kantor-a")
def list_programmes(
    unit_id: Annotated[str | None, typer.Option("--unit", help="Only of this unit.")] = None,
    year: Annotated[int | None, typer.Option(help="Only of this year.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List programmes."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/programmes", unit_id=unit_id, year=year))
    present(rows, as_json, columns=("unit_id", "year", "target", "edition", "rule_set"))
    ask_about_unit(unit_id, rows)


@programme.command("show", epilog="Example: zi programme show --unit kantor-a --year 2026")
def show_programme(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """Show one programme."""
    with Client("planning", role="admin") as api:
        present(api.get(f"/units/{unit_id}/programmes/{year}"), as_json)


@activity.command(
    epilog='Example: zi activity add --unit kantor-a --year 2026 --indicator A.I.1.i --title "Rapat tim"'
    " --kind undangan --kind notulen --due-on 2026-03-31"
)
def add(
    unit_id: UnitOption,
    year: YearOption,
    indicator: Annotated[str, typer.Option(help="LKE indicator, e.g. A.I.1.i.")],
    title: Annotated[str, typer.Option(help="What will be done.")],
    kind: Annotated[list[str] | None, typer.Option(help="Required evidence kind; repeat for more.")] = None,
    due_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Add an activity to the work plan."""
    body = {
        "unit_id": unit_id,
        "year": year,
        "indicator_code": indicator,
        "title": title,
        "evidence_kinds": kind or [],
        "due_on": due_on,
    }
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        try:
            made = api.post("/activities", body)
        except RefusedError as refused:
            raise about_names(refused, (indicator,), _indicator_codes()) from refused
    present(made, as_json)


@activity.command(
    epilog="Example: zi activity complete 019a9c1e-0000-7000-8000-000000000000 --evidence notulen=notulen.pdf"
)
def complete(
    activity_id: Annotated[str, typer.Argument(metavar="ACTIVITY", help="Activity id.")],
    evidence: Annotated[
        list[str] | None, typer.Option(metavar="KIND=FILE", help="File to upload; repeat for more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Upload evidence and complete an activity with it."""
    files = [_kind_and_file(given) for given in evidence or []]
    with Client("planning", role="unit_operator") as api:
        found, version = api.get_versioned(f"/activities/{activity_id}")
        path = f"/units/{found['unit_id']}/evidence"
        uploaded = [upload_file(api, path, file, kind=kind)["evidence_id"] for kind, file in files]
        body = {"evidence_ids": uploaded}
        present(api.post(f"/activities/{activity_id}/complete", body, if_match=version), as_json)


@activity.command("list", epilog="Example: zi activity list --unit kantor-a --year 2026")
def list_activities(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """List the activities of a work plan."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        rows = list(every_row(api, f"/units/{unit_id}/programmes/{year}/activities"))
    columns = ("activity_id", "indicator_code", "title", "due_on", "state", "evidence_kinds")
    present(rows, as_json, columns=columns)


@lke.command(
    "import", epilog="Example: zi lke import lke.xlsx --unit kantor-a --year 2026 --layer unit --dry-run"
)
def import_workbook(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Workbook in layout 2021, or PortalRB's sheet, .xlsx.")
    ],
    unit_id: UnitOption,
    year: YearOption,
    layer: LayerOption = Layer.UNIT,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would change.")] = False,
    mode: Annotated[
        ImportMode,
        typer.Option(help="merge; replace erases what is blank, with --reason; fill overwrites nothing."),
    ] = ImportMode.MERGE,
    replace: Annotated[bool, typer.Option("--replace", help="The same as --mode replace.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why answers are erased.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a workbook over into one layer: all of it, or nothing and every fault by its cell."""
    chosen = ImportMode.REPLACE if replace else mode
    with Client("planning", role=WRITER_ROLE[layer], unit=unit_id) as api:
        require_programme(api, unit_id, year)
        try:
            done = upload_file(
                api,
                f"/units/{unit_id}/worksheets/{year}/import",
                file,
                if_match=None if dry_run else ANY_VERSION,
                layer=layer,
                dry_run=dry_run,
                mode=chosen,
                reason=reason,
            )
        except RefusedError as refused:
            raise with_findings(refused) from refused
    if as_json:
        present(done, as_json)
    else:
        _present_import(done, chosen)
    if not done["is_accepted"]:
        raise typer.Exit(1)


@lke.command(
    epilog="Example: zi lke answer --unit kantor-a --year 2026 A.I.1.i.a=Ya B.I.a=3.71 A.II.1.i.a=n1=4,n2=3"
)
def answer(
    unit_id: UnitOption,
    year: YearOption,
    given: Annotated[list[str], typer.Argument(metavar="CODE=VALUE...", help="CODE= blanks the item.")],
    layer: LayerOption = Layer.UNIT,
    note: Annotated[str | None, typer.Option(help="Note kept with each answer.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; needed to blank an item.")] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Evidence that proves each answer; repeat for more."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write answers of one layer: all of them, or none."""
    beside = {"note": note, "reason": reason, "evidence_ids": evidence or []}
    answers = [_answer(text) | beside for text in given]
    with Client("planning", role=WRITER_ROLE[layer], unit=unit_id) as api:
        require_programme(api, unit_id, year)
        path = f"/units/{unit_id}/worksheets/{year}/answers"
        try:
            written = api.post(path, {"layer": layer, "answers": answers}, if_match=ANY_VERSION)
        except RefusedError as refused:
            raise about_names(refused, (one["item_code"] for one in answers), _item_codes()) from refused
    if not as_json and not written["warnings"]:
        del written["warnings"]
    present(written, as_json)


@lke.command(epilog="Example: zi lke show --unit kantor-a --year 2026")
def show(unit_id: UnitOption, year: YearOption, as_json: JsonOption = False) -> None:
    """Show a worksheet with its layers side by side."""
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        require_programme(api, unit_id, year)
        found = api.get(f"/units/{unit_id}/worksheets/{year}")
    if as_json:
        present(found, as_json)
        return
    rows = [
        {"item_code": item["item_code"], **{layer.value: _shown(item[layer.value]) for layer in Layer}}
        for item in found["items"]
    ]
    present(rows, as_json)
    print(f"version {found['version']}, edition {found['edition']}")


@lke.command(epilog="Example: zi lke item A.I.1.i.a")
def item(
    code: Annotated[str, typer.Argument(metavar="CODE", help="LKE item, e.g. A.I.1.i.a.")],
    as_json: JsonOption = False,
) -> None:
    """Show a question of the LKE: its official texts, and the documents that units usually show for it."""
    with Client("planning", role="admin") as api:
        try:
            found = api.get(f"/instruments/lke/items/{code}")
        except RefusedError as refused:
            raise about_names(refused, (code,), _item_codes()) from refused
    present(found, as_json)


def require_programme(api: Client, unit_id: str, year: int) -> None:
    """Raise `CliError` that says what to run where there is no worksheet yet."""
    api.get(f"/units/{unit_id}")
    if not api.get("/programmes", unit_id=unit_id, year=year)["items"]:
        raise CliError(
            f"{unit_id} has no programme of {year}: "
            f"run `zi programme create --unit {unit_id} --year {year} --target WBK` first"
        )


def _kind_and_file(given: str) -> tuple[str, Path]:
    kind, separator, file = given.partition("=")
    if not separator or not Path(file).is_file():
        raise CliError(f"--evidence wants KIND=FILE with a file that exists, not {given}")
    return kind, Path(file)


def _answer(given: str) -> dict[str, Any]:
    """Return `CODE=VALUE` as the API takes it: letter, index, or counts like n1=4,n2=3."""
    code, separator, value = given.partition("=")
    if not separator:
        raise CliError(f"{given} is not CODE=VALUE")
    if "=" in value:
        counts = dict(pair.partition("=")[::2] for pair in value.split(","))
        return {"item_code": code, "inputs": counts}
    if not value:
        return {"item_code": code}
    return {"item_code": code, "index" if "0" <= value[0] <= "9" else "letter": value}


def _shown(version: Any) -> str | None:
    if version is None:
        return None
    inputs = ", ".join(f"{key}={count}" for key, count in sorted((version["inputs"] or {}).items()))
    return version["letter"] or version["index"] or inputs or "(blank)"


def _item_codes() -> Iterable[str]:
    from shared.instruments.lke import lke_instrument  # noqa: PLC0415 - only a refusal needs it

    return lke_instrument().questions


def _indicator_codes() -> Iterable[str]:
    from shared.instruments.lke import lke_instrument  # noqa: PLC0415 - only a refusal needs it

    instrument = lke_instrument()
    return filter(instrument.is_plan_code, instrument.nodes)


def _line(text: str | None) -> str:
    return "-" if text is None else " / ".join(text.split("\n"))


def _present_import(done: Any, mode: ImportMode) -> None:
    for finding in done["findings"]:
        print(f"{finding['severity']}: {finding_line(finding)}")
    for change in done["changes"]:
        if change["before"] != change["after"]:
            print(f"{change['item_code']}: {change['before'] or '-'} -> {change['after'] or '-'}")
        if change["note_before"] != change["note_after"]:
            print(
                f"{change['item_code']} note: {_line(change['note_before'])} -> {_line(change['note_after'])}"
            )
        for title in change["references"]:
            print(f"{change['item_code']} evidence: {title}")
    why = "says otherwise" if mode is ImportMode.FILL else "is blank"
    for kept in done["kept"]:
        value, place = _line(kept["value"]), kept["cell"] or "its cell"
        print(f"{kept['item_code']}.{kept['field']}: {value} is kept ({place} {why})")
    if done["kept"] and mode is ImportMode.FILL:
        print("What is stored is kept; --mode merge takes what the workbook says.")
    elif done["kept"]:
        print("What is blank in the workbook is kept; --replace with --reason erases it.")
    verb = "written" if done["is_written"] else "would be written" if done["is_accepted"] else "refused"
    print(f"{len(done['changes'])} answers {verb}, version {done['version']}")
