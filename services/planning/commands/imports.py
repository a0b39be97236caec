"""`zi unit import` and `zi person import`: a file taken over into a list, and what that did or would do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import upload_file
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import present
from shared.cli.progress import telling
from shared.cli.refusals import FAULTS

ExpectedOption = Annotated[
    str | None,
    typer.Option(metavar="DIGEST", help="Write only what the dry run of this digest told."),
]
_MOST_CHANGES = 20


def take_over(
    path: str,
    file: Path,
    *,
    dry_run: bool,
    agency: str | None,
    expected: str | None,
    as_json: bool,
    key: str,
    apply: str,
) -> None:
    """Send a file to be taken over and tell what came of it; exit 1 when it has a fault.

    `key` is the field that names a thing, `apply` the options that write what a dry run told.
    """
    if not file.is_file():
        raise CliError(f"there is no file {file}")
    size = f"{max(1, file.stat().st_size // 1024)} kB"
    with Client("planning", role="admin") as api, telling(f"{file.name}, {size}: checking every cell"):
        done = upload_file(api, path, file, dry_run=dry_run, agency_id=agency, expected=expected)
    if as_json:
        present(done, as_json)
    else:
        _tell(done, key, apply)
    if not done["is_accepted"]:
        raise typer.Exit(1)


def _tell(done: Mapping[str, Any], key: str, apply: str) -> None:
    for finding in done["findings"]:
        print(_finding(finding))
    if (rest := done["findings_count"] - len(done["findings"])) > 0:
        print(f"and {rest} more")
    for warning in done["warnings"]:
        print(_finding(warning))
    for change in done["changes"][:_MOST_CHANGES]:
        print(f"row {change['row']}: {change[key]} {change['kind']}: {_fields(change)}")
    if (rest := done["new"] + done["changed"] - min(len(done["changes"]), _MOST_CHANGES)) > 0:
        print(f"and {rest} more")
    does_nothing = done["is_accepted"] and not done["new"] + done["changed"]
    verb = "written" if done["is_written"] else "would be written" if done["is_accepted"] else "refused"
    print(
        f"{done['new']} new, {done['changed']} changed, {done['unchanged']} as they were, "
        f"{done['left_out']} not in the file and left alone: {'nothing changes' if does_nothing else verb}"
    )
    if done["is_accepted"] and not done["is_written"] and not does_nothing:
        print(f"to write exactly this: {apply} {done['digest']}")


def _finding(finding: Mapping[str, Any]) -> str:
    words = FAULTS.get(finding["code"]) or finding["code"].replace("_", " ")
    allowed = f"; right would be: {finding['allowed']}" if finding["allowed"] else ""
    return f"{_place(finding)}: {words}{allowed}\n  detail: {finding['message']}"


def _place(finding: Mapping[str, Any]) -> str:
    cell: str = finding["cell"]
    return f"row {cell}" if cell.isdecimal() else cell or "file"


def _fields(change: Mapping[str, Any]) -> str:
    if change["kind"] == "new":
        return next(str(one["after"]) for one in change["fields"] if one["field"] == "name")
    return ", ".join(
        f"{one['field']} {_value(one['before'])} -> {_value(one['after'])}" for one in change["fields"]
    )


def _value(value: Any) -> str:
    return "-" if value in (None, []) else ", ".join(value) if isinstance(value, list) else str(value)
