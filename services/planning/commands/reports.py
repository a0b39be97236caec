"""`zi lke report`: an evaluation or a worksheet as a file."""

from pathlib import Path
from typing import Annotated

import typer

from services.planning.commands.plans import lke
from services.planning.layers import Layer
from services.planning.reports.kinds import ReportFormat, ReportKind
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import UnitOption, YearOption


@lke.command(epilog="Example: zi lke report --unit kantor-a --year 2026 --kind lhe --out lhe.pdf")
def report(
    unit_id: UnitOption,
    year: YearOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write it.")],
    kind: Annotated[
        ReportKind, typer.Option(help="The evaluation (LHE), or the answers item by item.")
    ] = ReportKind.LHE,
    form: Annotated[
        ReportFormat | None, typer.Option("--format", help="Default: what FILE ends in, else pdf.")
    ] = None,
    layer: Annotated[
        Layer | None, typer.Option(help="One layer of a worksheet; default: all, side by side.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> None:
    """Write a report: a draft while the assessment runs, final once it is decided."""
    if out.exists() and not force:
        raise CliError(f"{out} is here already: name another file with --out, or overwrite it with --force")
    if not out.parent.is_dir():
        raise CliError(f"there is no folder {out.parent}")
    asked = {"kind": kind.value, "format": (form or _form_of(out)).value}
    if layer is not None:
        asked["layer"] = layer.value
    part = out.with_name(f".{out.name}.zi-part")
    with Client("planning", role="unit_leader", unit=unit_id) as api:
        try:
            with part.open("wb") as file:
                api.download(f"/units/{unit_id}/worksheets/{year}/report", file.write, **asked)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    print(f"{out} written, {max(1, out.stat().st_size // 1024)} kB")


def _form_of(out: Path) -> ReportFormat:
    ending = out.suffix.lower().removeprefix(".")
    return ReportFormat(ending) if ending in set(ReportFormat) else ReportFormat.PDF
