"""`zi evidence`: documents as files, words or addresses, their revisions and uses."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from services.planning.commands.calls import every_row, upload_file
from services.planning.layers import WRITER_ROLE, Layer
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitOption, present

evidence = typer.Typer(help="Evidence: files, words and addresses that prove answers.", no_args_is_help=True)

COLUMNS = ("evidence_id", "layer", "kind", "title", "form", "revision", "uploaded_at")
READER = "unit_operator"
"""Demo role of those who only look."""

IdArgument = Annotated[str, typer.Argument(metavar="EVIDENCE", help="Evidence id, as the list shows it.")]
FileArgument = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="File to upload.")]
TextOption = Annotated[str | None, typer.Option("--text", help="Words in place of a file.")]
AddressOption = Annotated[
    str | None, typer.Option("--address", metavar="URL", help="http or https address in place of a file.")
]


@evidence.command(epilog="Example: zi evidence add sk-tim.pdf --unit kantor-a --kind sk_tim_zi")
def add(
    unit_id: UnitOption,
    kind: Annotated[
        str, typer.Option(help="What it is, e.g. sk_tim_zi; `zi lke item CODE` lists the usual ones.")
    ],
    file: FileArgument = None,
    text: TextOption = None,
    address: AddressOption = None,
    title: Annotated[str | None, typer.Option(help="What it is called; default: the file's name.")] = None,
    layer: Annotated[Layer, typer.Option("--layer", help="Who brings it.")] = Layer.UNIT,
    as_json: JsonOption = False,
) -> None:
    """Add a document to a unit's evidence; `zi lke answer --evidence ID` links it to an item."""
    written = _chosen(file, text, address)
    path = f"/units/{unit_id}/evidence"
    with Client("planning", role=WRITER_ROLE[layer], unit=unit_id) as api:
        if file is not None:
            made = upload_file(api, path, file, kind=kind, layer=layer, title=title)
        else:
            if title is None:
                raise CliError("words and addresses need a --title")
            body = written | {"kind": kind, "title": title, "layer": layer}
            made = api.post(f"{path}/references", body)
    present(made, as_json)


@evidence.command("list", epilog="Example: zi evidence list --unit kantor-a")
def list_evidence(unit_id: UnitOption, as_json: JsonOption = False) -> None:
    """List a unit's evidence in its newest revisions, oldest document first."""
    with Client("planning", role=READER, unit=unit_id) as api:
        rows = list(every_row(api, f"/units/{unit_id}/evidence"))
    present(rows, as_json, columns=COLUMNS)


@evidence.command(epilog="Example: zi evidence show 019a9c1e-0000-7000-8000-000000000000")
def show(evidence_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show a document, its earlier revisions, its uses, and others with the same bytes."""
    with Client("planning", role=READER) as api:
        present(api.get(f"/evidence/{evidence_id}"), as_json)


@evidence.command(epilog="Example: zi evidence uses 019a9c1e-0000-7000-8000-000000000000")
def uses(evidence_id: IdArgument, as_json: JsonOption = False) -> None:
    """List what a document proves now: items by layer and year, activities by their indicator."""
    with Client("planning", role=READER) as api:
        found = api.get(f"/evidence/{evidence_id}")["uses"]
    present(found, as_json, columns=("year", "code", "layer", "activity_id"))


@evidence.command(epilog="Example: zi evidence revise 019a9c1e-0000-7000-8000-000000000000 sk-tim-baru.pdf")
def revise(
    evidence_id: IdArgument,
    file: FileArgument = None,
    text: TextOption = None,
    address: AddressOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a document anew in the form it has; what was before stays readable."""
    written = _chosen(file, text, address)
    with Client("planning", role=READER) as api:
        found, version = api.get_versioned(f"/evidence/{evidence_id}")
    path = f"/evidence/{evidence_id}"
    with Client("planning", role=WRITER_ROLE[Layer(found["layer"])], unit=found["unit_id"]) as api:
        if file is not None:
            revised = upload_file(api, f"{path}/content", file, if_match=version, method="PUT")
        else:
            revised = api.put(f"{path}/reference", written, if_match=version)
    present(revised, as_json)


@evidence.command(epilog="Example: zi evidence download 019a9c1e-0000-7000-8000-000000000000 --to sk-tim.pdf")
def download(
    evidence_id: IdArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Where to; - is standard output. Default: its own name, here, if nothing has it.",
        ),
    ] = None,
    revision: Annotated[int | None, typer.Option(min=1, help="An earlier revision.")] = None,
) -> None:
    """Write what a document holds to a file, compared with the sha256 it came in with."""
    with Client("planning", role=READER) as api:
        found = _revision(api.get(f"/evidence/{evidence_id}"), revision)
        path = f"/evidence/{evidence_id}/content"
        if str(to) == "-":
            _fetch(api, path, found, sys.stdout.buffer)
            return
        target = to or _own_name(found["file_name"])
        part = target.with_name(f".{target.name}.zi-part")
        try:
            with part.open("wb") as file:
                _fetch(api, path, found, file)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    print(f"{target} written, {max(1, found['size_bytes'] // 1024)} kB")


def _chosen(file: Path | None, text: str | None, address: str | None) -> dict[str, str]:
    """Return words or an address as the API takes them, nothing for a file; exactly one must be given."""
    if sum(given is not None for given in (file, text, address)) != 1:
        raise CliError("give one of FILE, --text and --address")
    if file is not None:
        if not file.is_file():
            raise CliError(f"there is no file {file}")
        return {}
    return {"form": "text", "body": text} if text is not None else {"form": "address", "body": address or ""}


def _revision(found: Mapping[str, Any], wanted: int | None) -> Mapping[str, Any]:
    known: list[Mapping[str, Any]] = [found, *found["earlier"]]
    for one in known:
        if wanted in {None, one["revision"]}:
            return one
    raise CliError(f"there is no revision {wanted}: the newest is {found['revision']}")


def _own_name(name: str) -> Path:
    target = Path(Path(name).name)
    if target.exists():
        raise CliError(f"{target} is here already: name another file with --to")
    return target


def _fetch(api: Client, path: str, found: Mapping[str, Any], target: BinaryIO) -> None:
    digest = hashlib.sha256()

    def take(part: bytes) -> None:
        digest.update(part)
        target.write(part)

    api.download(path, take, revision=found["revision"])
    if digest.hexdigest() != found["sha256"]:
        raise CliError(
            "what arrived is not what was uploaded, its sha256 differs: try again, tell an operator"
        )
