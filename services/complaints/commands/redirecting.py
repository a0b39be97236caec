"""`zi complaint reclassify|dismiss|decide-dismissal|decide-appeal`: acts that lead a case elsewhere."""

from typing import Annotated, Any

import typer

from services.complaints.commands.calls import (
    CaseArgument,
    ReasonOption,
    RoleOption,
    VersionOption,
    act_on,
    complaint,
)
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption


@complaint.command(
    epilog='Example: zi complaint reclassify CASE --class tidak_berkadar --reason "Perlu meninjau lapangan."'
)
def reclassify(
    case: CaseArgument,
    reason: ReasonOption,
    kind: Annotated[str | None, typer.Option("--kind", help="pengaduan, aspirasi or konsultasi.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="masyarakat or pelayanan.")] = None,
    case_class: Annotated[
        str | None, typer.Option("--class", help="ringan, normatif, tidak_berkadar or berkadar_pengawasan.")
    ] = None,
    is_confirmation: Annotated[
        bool, typer.Option("--confirm", help="Confirm what somebody else proposed (KP).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Handle the case as another kind, stream or class; what is not named stays (PP)."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get(f"/cases/{case}")
    wanted = {"kind": kind, "stream": stream, "case_class": case_class}
    body = {name: value or found[name] for name, value in wanted.items()}
    if is_confirmation:
        act, role = "confirm-reclassification", "complaint_supervisor"
    else:
        act, role = "reclassify", "complaint_officer"
        body["reason"] = reason
    act_on(case, act, role, body, found["version"], as_json)


@complaint.command(
    epilog='Example: zi complaint dismiss CASE --to DITOLAK --code tidak_memadai --text "Tidak lengkap."'
)
def dismiss(
    case: CaseArgument,
    to: Annotated[
        str, typer.Option("--to", help="DITOLAK, DUPLIKAT, BUKAN_WEWENANG or DITUTUP_TIDAK_LENGKAP.")
    ],
    text: Annotated[str, typer.Option("--text", help="What the reporter reads.")],
    code: Annotated[str | None, typer.Option("--code", help="For DITOLAK: the reason's code.")] = None,
    parent: Annotated[str | None, typer.Option("--parent", help="For DUPLIKAT: the case it repeats.")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="For BUKAN_WEWENANG: sent to whom.")] = None,
    letter: Annotated[
        str | None, typer.Option("--letter", help="For BUKAN_WEWENANG: by which letter.")
    ] = None,
    role: RoleOption = "complaint_officer",
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose to end the case without an answer (PP, PH, PPID); somebody else decides."""
    body = {
        "to": to,
        "text": text,
        "reason_code": code,
        "parent_id": parent,
        "agency": agency,
        "letter": letter,
    }
    act_on(case, "propose-dismissal", role or "complaint_officer", body, version, as_json)


@complaint.command("decide-dismissal", epilog="Example: zi complaint decide-dismissal CASE --to DITOLAK")
def decide_dismissal(
    case: CaseArgument,
    to: Annotated[str | None, typer.Option("--to", help="Confirm that it ends so, as proposed.")] = None,
    refuse: Annotated[str | None, typer.Option("--refuse", help="Refuse it, for this reason.")] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm or refuse what somebody else proposed to end (KP)."""
    if (to is None) == (refuse is None):
        raise CliError("say either --to, to confirm, or --refuse, to keep the case open")
    if refuse is not None:
        act_on(case, "refuse-dismissal", "complaint_supervisor", {"reason": refuse}, version, as_json)
    else:
        act_on(case, "confirm-dismissal", "complaint_supervisor", {"to": to}, version, as_json)


@complaint.command(
    "decide-appeal", epilog='Example: zi complaint decide-appeal CASE --uphold --decision "Bukti cukup."'
)
def decide_appeal(
    case: CaseArgument,
    decision: Annotated[str, typer.Option("--decision", help="What the reporter reads.")],
    is_upheld: Annotated[bool, typer.Option("--uphold/--reject", help="Whether the appeal is right.")],
    case_class: Annotated[
        str | None, typer.Option("--class", help="Class of a case that was never verified.")
    ] = None,
    role: RoleOption = "complaint_supervisor",
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide an appeal, new to the case (KP, AP)."""
    body: dict[str, Any] = {"decision": decision}
    if is_upheld:
        body["case_class"] = case_class
    act = "uphold-appeal" if is_upheld else "reject-appeal"
    act_on(case, act, role or "complaint_supervisor", body, version, as_json)
