"""`zi nomination` and `zi predicate`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import every_row, upload_file
from services.planning.nomination.domain.nominations import DocumentKind
from services.planning.nomination.domain.package import faults_of
from services.planning.nomination.domain.predicates import Giver
from services.planning.nomination.domain.rules import Category
from services.planning.plan.domain import Target
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitOption, YearOption, present
from shared.kernel import PREDICATES

AgencyOption = Annotated[str, typer.Option("--agency", help="Agency id.")]
NominationArgument = Annotated[str, typer.Argument(metavar="NOMINATION", help="Proposal id.")]
NumberOption = Annotated[str, typer.Option("--number", help="Number of the decree.")]
DayOption = Annotated[str, typer.Option("--dated-on", metavar="YYYY-MM-DD", help="Date of the decree.")]
SignatoryOption = Annotated[str, typer.Option("--signatory", help="Office that signed it.")]
DocumentOption = Annotated[str | None, typer.Option("--document", help="Its file: a document id.")]

nomination = typer.Typer(help="Proposals for WBK and WBBM: candidates, packages.", no_args_is_help=True)
precondition = typer.Typer(help="What is known of preconditions.", no_args_is_help=True)
document = typer.Typer(help="Papers of an agency: letter, SPTJM, decree, proof.", no_args_is_help=True)
predicate = typer.Typer(help="Predicates of units, with their decrees.", no_args_is_help=True)
nomination.add_typer(precondition, name="precondition")
nomination.add_typer(document, name="document")


@nomination.command(epilog="Example: zi nomination candidates --year 2026 --category WBK")
def candidates(
    year: YearOption,
    category: Annotated[Category, typer.Option(help="What they would be proposed for.")] = Category.WBK,
    agency: Annotated[str | None, typer.Option(help="Only of this agency.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List units with whether they may be proposed, and every reason against it."""
    with Client("planning", role="agency_head") as api:
        rows = list(every_row(api, "/candidates", year=year, category=category, agency_id=agency))
    if as_json:
        present(rows, as_json)
        return
    shown = [row | {"reasons": ", ".join(map(_reason, row["reasons"]))} for row in rows]
    present(shown, as_json, columns=("unit_id", "name", "outcome", "reasons", "predicates"))


@precondition.command(
    "set",
    epilog="Example: zi nomination precondition set --agency dinas --year 2026 opini_bpk=WTP spip=3",
)
def set_preconditions(
    year: YearOption,
    given: Annotated[list[str], typer.Argument(metavar="CODE=VALUE...", help="CODE= takes it back.")],
    agency: Annotated[str | None, typer.Option(help="Of this agency.")] = None,
    unit: Annotated[str | None, typer.Option(help="Of this unit.")] = None,
    proof: Annotated[
        list[str] | None, typer.Option(help="Document that proves all of them; repeat for more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how an agency or a unit meets preconditions: all of what is given, or nothing."""
    path = _preconditions(agency, unit, year)
    facts = [_pair(text) for text in given]
    body = {
        "facts": [
            {"code": code, "value": value or None, "document_ids": proof or []} for code, value in facts
        ]
    }
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(path)
        _present_preconditions(api.post(path, body, if_match=version), as_json)


@precondition.command("show", epilog="Example: zi nomination precondition show --unit kantor-a --year 2026")
def show_preconditions(
    year: YearOption,
    agency: Annotated[str | None, typer.Option(help="Of this agency.")] = None,
    unit: Annotated[str | None, typer.Option(help="Of this unit.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show preconditions: what is asked, what was told, by whom and when."""
    with Client("planning", role="admin") as api:
        _present_preconditions(api.get(_preconditions(agency, unit, year)), as_json)


@document.command(
    "add",
    epilog="Example: zi nomination document add surat.pdf --agency dinas --kind letter --number 800/12/2026"
    " --dated-on 2026-05-18",
)
def add_document(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="PDF or image.")],
    agency: AgencyOption,
    kind: Annotated[DocumentKind, typer.Option(help="What it is.")],
    number: Annotated[str | None, typer.Option(help="Its number.")] = None,
    dated_on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Date on it.")] = None,
    signatory: Annotated[str | None, typer.Option(help="Office that signed it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a paper of an agency."""
    about: dict[str, Any] = {"kind": kind, "number": number, "dated_on": dated_on, "signatory": signatory}
    with Client("planning", role="agency_head") as api:
        present(upload_file(api, f"/agencies/{agency}/documents", file, **about), as_json)


@document.command("list", epilog="Example: zi nomination document list --agency dinas")
def list_documents(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """List the papers of an agency."""
    with Client("planning", role="agency_head") as api:
        rows = list(every_row(api, f"/agencies/{agency}/documents"))
    present(rows, as_json, columns=("document_id", "kind", "number", "dated_on", "file_name"))


@nomination.command(
    epilog="Example: zi nomination propose --agency dinas --year 2026 rsud-a=WBK rsud-b=WBK-AFIRMASI"
    " --letter 019a9c1e-0000-7000-8000-000000000001 --sptjm 019a9c1e-0000-7000-8000-000000000002 --confirm"
)
def propose(
    agency: AgencyOption,
    year: YearOption,
    given: Annotated[
        list[str], typer.Argument(metavar="UNIT=CATEGORY[@KAWASAN]...", help="WBK, WBK-AFIRMASI, WBBM.")
    ],
    kawasan: Annotated[
        list[str] | None, typer.Option(metavar="NAME=SCORE", help="Integration of a kawasan; repeat.")
    ] = None,
    letter: Annotated[str | None, typer.Option(help="Letter: a document id.")] = None,
    sptjm: Annotated[str | None, typer.Option(help="SPTJM: a document id.")] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Freeze the package at once.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Propose units; with letter and SPTJM hand it in, and say what would be frozen."""
    if confirm and not (letter and sptjm):
        raise CliError("--confirm freezes the package, which needs --letter and --sptjm")
    groups = [dict(zip(("name", "integration"), _pair(text), strict=True)) for text in kawasan or []]
    body = {"agency_id": agency, "year": year, "units": [_unit(text) for text in given], "kawasan": groups}
    with Client("planning", role="agency_head") as api:
        made = api.post("/nominations", body)
        path = f"/nominations/{made['nomination_id']}"
        if letter and sptjm:
            papers = {"letter_id": letter, "sptjm_id": sptjm}
            made = api.post(f"{path}/submit", papers, if_match=_tag(made))
        preview = api.get(f"{path}/preview")
        if confirm and preview["is_freezable"]:
            api.post(f"{path}/packages", {}, if_match=_tag(made))
            preview = api.get(f"{path}/preview")
    _present_preview(preview, as_json)
    if confirm and not preview["is_freezable"]:
        raise typer.Exit(1)


@nomination.command("preview", epilog="Example: zi nomination preview 019a9c1e-0000-7000-8000-000000000003")
def preview_package(nomination_id: NominationArgument, as_json: JsonOption = False) -> None:
    """Say what would be frozen, with everything that stands in the way."""
    with Client("planning", role="agency_head") as api:
        _present_preview(api.get(f"/nominations/{nomination_id}/preview"), as_json)


@nomination.command("freeze", epilog="Example: zi nomination freeze 019a9c1e-0000-7000-8000-000000000003")
def freeze_package(
    nomination_id: NominationArgument,
    reason: Annotated[str | None, typer.Option(help="Why; needed after the first package.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze what is proposed as the next package."""
    _act(nomination_id, "packages", {"reason": reason}, as_json)


@nomination.command(
    "submit",
    epilog="Example: zi nomination submit 019a9c1e-0000-7000-8000-000000000003"
    " --letter 019a9c1e-0000-7000-8000-000000000001 --sptjm 019a9c1e-0000-7000-8000-000000000002",
)
def submit_proposal(
    nomination_id: NominationArgument,
    letter: Annotated[str, typer.Option(help="Letter: a document id.")],
    sptjm: Annotated[str, typer.Option(help="SPTJM: a document id.")],
    as_json: JsonOption = False,
) -> None:
    """Hand a proposal in with its letter and SPTJM."""
    _act(nomination_id, "submit", {"letter_id": letter, "sptjm_id": sptjm}, as_json)


@nomination.command(
    "withdraw",
    epilog='Example: zi nomination withdraw 019a9c1e-0000-7000-8000-000000000003 --reason "Reorganisasi"',
)
def withdraw_proposal(
    nomination_id: NominationArgument,
    reason: Annotated[str, typer.Option(help="Why.")],
    as_json: JsonOption = False,
) -> None:
    """Take a proposal back; its packages stay."""
    _act(nomination_id, "withdraw", {"reason": reason}, as_json)


@nomination.command("list", epilog="Example: zi nomination list --year 2026")
def list_nominations(
    year: Annotated[int | None, typer.Option(help="Only of this year.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only of this agency.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List proposals."""
    with Client("planning", role="agency_head") as api:
        rows = list(every_row(api, "/nominations", year=year, agency_id=agency))
    if not as_json:
        rows = [row | {"units": len(row["units"])} for row in rows]
    columns = ("nomination_id", "agency_id", "year", "state", "units", "package_version")
    present(rows, as_json, columns=columns)


@nomination.command("show", epilog="Example: zi nomination show 019a9c1e-0000-7000-8000-000000000003")
def show_nomination(nomination_id: NominationArgument, as_json: JsonOption = False) -> None:
    """Show a proposal with the packages that were frozen of it."""
    with Client("planning", role="agency_head") as api:
        found = api.get(f"/nominations/{nomination_id}")
        frozen = api.get(f"/nominations/{nomination_id}/packages")
    present(found | {"packages": frozen["packages"]}, as_json)


@nomination.command(
    "package", epilog="Example: zi nomination package 019a9c1e-0000-7000-8000-000000000003 --out usulan.json"
)
def download_package(
    nomination_id: NominationArgument,
    out: Annotated[Path, typer.Option(help="Where to write it.")],
    version: Annotated[int | None, typer.Option(help="Which one; else the newest.", min=1)] = None,
) -> None:
    """Download a frozen package."""
    with Client("planning", role="agency_head") as api:
        chosen = version or api.get(f"/nominations/{nomination_id}")["package_version"]
        if not chosen:
            raise CliError("nothing was frozen of this proposal yet")
        content = api.send("GET", f"/nominations/{nomination_id}/packages/{chosen}").content
    out.write_bytes(content)
    print(f"package {chosen}, {len(content)} bytes, written to {out}")


@nomination.command(epilog="Example: zi nomination verify usulan.json --files berkas")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A downloaded package.")],
    files: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of its files, each named by its sha256."),
    ] = None,
) -> None:
    """Reckon every sha256 of a package anew, without asking any service."""
    contents = None
    if files is not None:
        contents = {one.name: one.read_bytes() for one in files.iterdir() if one.is_file()}
    faults = faults_of(file.read_bytes(), contents)
    for fault in faults:
        print(fault)
    if faults:
        raise typer.Exit(1)
    beside = "" if files is not None else "; its files were not looked at, --files names their folder"
    print(f"every sha256 is right{beside}")


@predicate.command(
    "add",
    epilog="Example: zi predicate add --unit kantor-a --predicate WBK --number SK-77 --dated-on 2024-12-10"
    ' --signatory "Menteri PANRB"',
)
def add_predicate(
    unit_id: UnitOption,
    name: Annotated[Target, typer.Option("--predicate", help="WBK or WBBM.")],
    number: NumberOption,
    dated_on: DayOption,
    signatory: SignatoryOption,
    giver: Annotated[Giver, typer.Option(help="tpn, or mandiri for an admitted agency.")] = Giver.TPN,
    document_id: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a predicate that a unit was awarded, also before this system."""
    decree = _decree(number, dated_on, signatory, document_id)
    with Client("planning", role="admin") as api:
        body = {"predicate": name, "giver": giver, "decree": decree}
        present(api.post(f"/units/{unit_id}/predicates", body), as_json)


@predicate.command(
    "revoke",
    epilog="Example: zi predicate revoke 019a9c1e-0000-7000-8000-000000000004 --unit kantor-a --number SK-90"
    ' --dated-on 2026-02-01 --signatory "Menteri PANRB" --reason "Tidak lagi memenuhi syarat"',
)
def revoke_predicate(
    predicate_id: Annotated[str, typer.Argument(metavar="PREDICATE", help="Predicate id.")],
    unit_id: UnitOption,
    number: NumberOption,
    dated_on: DayOption,
    signatory: SignatoryOption,
    reason: Annotated[str, typer.Option(help="Why.")],
    document_id: DocumentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter that a predicate was taken back; the unit waits from the date of that decree."""
    decree = _decree(number, dated_on, signatory, document_id)
    with Client("planning", role="admin") as api:
        known = {row["predicate_id"]: row for row in _predicates(api, unit_id)}
        if predicate_id not in known:
            raise CliError(
                f"{unit_id} has no such predicate; `zi predicate list --unit {unit_id}` shows them"
            )
        body = {"decree": decree, "reason": reason}
        tag = _tag(known[predicate_id])
        present(api.post(f"/predicates/{predicate_id}/revoke", body, if_match=tag), as_json)


@predicate.command("list", epilog="Example: zi predicate list --unit kantor-a")
def list_predicates(unit_id: UnitOption, as_json: JsonOption = False) -> None:
    """List a unit's predicates by year, the newest first."""
    with Client("planning", role="admin") as api:
        rows = list(_predicates(api, unit_id))
    if not as_json:
        rows = [
            row
            | {
                "decree": row["decree"]["number"],
                "dated_on": row["decree"]["dated_on"],
                "revoked_on": row["revoked"]["dated_on"] if row["revoked"] else None,
            }
            for row in rows
        ]
    columns = ("predicate_id", "year", "predicate", "giver", "decree", "dated_on", "revoked_on")
    present(rows, as_json, columns=columns)


def _act(nomination_id: str, act: str, body: Mapping[str, Any], as_json: bool) -> None:
    with Client("planning", role="agency_head") as api:
        _, version = api.get_versioned(f"/nominations/{nomination_id}")
        present(api.post(f"/nominations/{nomination_id}/{act}", body, if_match=version), as_json)


def _predicates(api: Client, unit_id: str) -> Iterable[Any]:
    years = api.get(f"/units/{unit_id}/predicates")["years"]
    return (row for year in sorted(years, reverse=True) for row in years[year])


def _decree(number: str, dated_on: str, signatory: str, document_id: str | None) -> dict[str, Any]:
    return {
        "number": number, "dated_on": dated_on, "signatory": signatory, "document_id": document_id,
    }  # fmt: skip


def _preconditions(agency: str | None, unit: str | None, year: int) -> str:
    if (agency is None) == (unit is None):
        raise CliError("name either --agency or --unit")
    whose = f"agencies/{agency}" if unit is None else f"units/{unit}"
    return f"/{whose}/preconditions/{year}"


def _present_preconditions(found: Any, as_json: bool) -> None:
    if as_json:
        present(found, as_json)
        return
    rows = [
        {
            "code": row["code"],
            **{name: row["states"].get(name) for name in PREDICATES},
            "value": row["value"],
            "asked": " / ".join(dict.fromkeys(row["required"].values())),
            "proof": len(row["document_ids"]),
            "told_at": row["told_at"],
        }
        for row in found["preconditions"]
    ]
    present(rows, as_json)


def _present_preview(preview: Any, as_json: bool) -> None:
    if as_json:
        present(preview, as_json)
        return
    made = preview["nomination"]
    print(f"{made['nomination_id']}: {made['state']}, package {made['package_version']}")
    for unit in preview["units"]:
        counts = ", ".join(f"{layer} {count}/113" for layer, count in unit["answers"].items())
        print(
            f"{unit['unit_id']} {unit['category']}: worksheet version {unit['worksheet_version']}, {counts}"
        )
    for kind in ("refusals", "warnings"):
        for finding in preview[kind]:
            whose = finding["unit_id"] or finding["field"]
            print(
                f"{kind[:-1]}: {whose}: {finding['code'].replace('_', ' ')}\n    detail: {finding['message']}"
            )
    print("may be frozen" if preview["is_freezable"] else "cannot be frozen yet")


def _reason(reason: Mapping[str, Any]) -> str:
    words = str(reason["code"]).replace("_", " ")
    return words if reason["precondition"] is None else f"{words} ({reason['precondition']})"


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise CliError(f"{text} is not NAME=VALUE")
    return name, value


def _unit(text: str) -> dict[str, Any]:
    unit_id, value = _pair(text)
    category, _, kawasan = value.partition("@")
    if category not in list(Category):
        raise CliError(f"{text}: {', '.join(Category)} are the categories")
    return {"unit_id": unit_id, "category": category, "kawasan": kawasan or None}


def _tag(versioned: Mapping[str, Any]) -> str:
    return f'"{versioned["version"]}"'
