"""`zi lke export`: a worksheet as a spreadsheet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.findings import with_findings
from services.planning.commands.plans import LayerOption, lke, require_programme
from services.planning.layers import Layer
from services.planning.worksheets.domain import ExportFormat
from shared.cli.client import Client
from shared.cli.errors import CliError, RefusedError
from shared.cli.output import UnitOption, YearOption

__all__ = ["lke"]

_SAID = {
    ExportFormat.LAYOUT2021: "official workbook, layer {layer}",
    ExportFormat.PORTALRB: "PortalRB's sheet, layers unit and tpi",
    ExportFormat.LAYERS: "three layers side by side",
}


@lke.command(epilog="Example: zi lke export --unit kantor-a --year 2026 --layer tpi --out lke.xlsx")
def export(
    unit_id: UnitOption,
    year: YearOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to, .xlsx.")],
    layer: LayerOption = Layer.UNIT,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="TEMPLATE", help="Official workbook to fill; else our own of 2021."),
    ] = None,
    kind: Annotated[
        ExportFormat,
        typer.Option("--format", help="layout2021; portalrb holds unit and tpi; layers all three."),
    ] = ExportFormat.LAYOUT2021,
    force: Annotated[bool, typer.Option("--force", help="Write over a FILE that is there.")] = False,
) -> None:
    """Write a worksheet to a spreadsheet: one layer as the official workbook, or several in another form."""
    _check(out, into, kind, force=force)
    with Client("planning", role="unit_operator", unit=unit_id) as api:
        require_programme(api, unit_id, year)
        content, version = _fetched(api, f"/units/{unit_id}/worksheets/{year}/export", layer, into, kind)
    try:
        if force:
            part = out.with_name(f".{out.name}.zi-part")
            part.write_bytes(content)
            part.replace(out)
        else:
            with out.open("xb") as file:
                file.write(content)
    except FileExistsError as error:
        raise _there(out) from error
    said = _SAID[kind].format(layer=layer)
    print(f"{out} written: {unit_id} {year}, {said}, version {version}, {max(1, len(content) // 1024)} kB")


def _check(out: Path, into: Path | None, kind: ExportFormat, *, force: bool) -> None:
    """Refuse before anything is asked what cannot be written."""
    if into is not None and kind is not ExportFormat.LAYOUT2021:
        raise CliError(f"--into fills a workbook of layout 2021 and does not go with --format {kind}")
    if into is not None and not into.is_file():
        raise CliError(f"there is no file {into}")
    if out.exists() and not force:
        raise _there(out)
    if not out.parent.is_dir():
        raise CliError(f"there is no folder {out.parent}")


def _there(out: Path) -> CliError:
    return CliError(f"{out} is there already; --force writes over it")


def _fetched(
    api: Client, path: str, layer: Layer, into: Path | None, kind: ExportFormat
) -> tuple[bytes, str]:
    """Return the file and the version of the worksheet in it."""
    options: dict[str, Any] = {"params": {"layer": layer.value}}
    if into is None:
        options["params"]["format"] = kind.value
        answer = api.send("GET", path, **options)
    else:
        options["files"] = {"file": (into.name, into.read_bytes(), "application/octet-stream")}
        try:
            answer = api.send("POST", path, **options)
        except RefusedError as refused:
            raise with_findings(refused) from refused
    return answer.content, answer.headers["etag"].strip('W/"')
