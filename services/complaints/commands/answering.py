"""`zi complaint proceed|follow-up|inspect|respond|approve|...`: what leads to the answer of a case.

Courts owe four more acts in between: `correct-review|decide-review|begin-inspection|report-inspection`.
"""

from datetime import datetime
from typing import Annotated

import typer

from services.complaints.commands.calls import (
    CaseArgument,
    EvidenceOption,
    NoEvidenceOption,
    ReasonOption,
    VersionOption,
    act_on,
    complaint,
)
from shared.cli.output import JsonOption

TextOption = Annotated[str, typer.Option("--text", help="What was decided; reporters never read it.")]
NumberOption = Annotated[str, typer.Option("--number", help="Number of the letter.")]
DatedOption = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of the letter.")]


@complaint.command(epilog='Example: zi complaint proceed CASE --reason "Isi laporan sudah cukup."')
def proceed(
    case: CaseArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why the file suffices as it is.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with what is there once the reporter's time to complete is over (PP)."""
    act_on(case, "proceed", "complaint_officer", {"reason": reason}, version, as_json)


@complaint.command(
    "follow-up", epilog='Example: zi complaint follow-up CASE --text "Loket ditinjau." --evidence BA-6/2026'
)
def follow_up(
    case: CaseArgument,
    text: Annotated[str, typer.Option("--text", help="What was done.")],
    evidence: EvidenceOption = None,
    no_evidence: NoEvidenceOption = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note a substantive act of the handler (PH, tindak lanjut)."""
    body = {"text": text, "evidence": evidence or [], "no_evidence_reason": no_evidence}
    act_on(case, "follow-up", "case_handler", body, version, as_json)


@complaint.command(
    epilog="Example: zi complaint inspect CASE --order ST-12/2026 --date 2026-03-02 --team auditor-1"
)
def inspect(
    case: CaseArgument,
    order: Annotated[str, typer.Option("--order", help="Number of the order (surat tugas).")],
    ordered_on: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Date of the order.")],
    team: Annotated[list[str], typer.Option("--team", help="Who inspects; may be given several times.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Order an inspection (KP, AP)."""
    body = {"order_number": order, "ordered_on": ordered_on.date().isoformat(), "team": team}
    act_on(case, "order-inspection", "complaint_supervisor", body, version, as_json)


@complaint.command(
    "correct-review", epilog='Example: zi complaint correct-review CASE --text "Telaah sudah sesuai."'
)
def correct_review(
    case: CaseArgument, text: TextOption, version: VersionOption = None, as_json: JsonOption = False
) -> None:
    """Note what a superior corrected in the review (AT; courts)."""
    act_on(case, "correct-review", "case_approver", {"text": text}, version, as_json)


@complaint.command(
    "decide-review",
    epilog="Example: zi complaint decide-review CASE --number SK-7/2026 --date 2026-03-02"
    ' --text "Diperiksa lebih lanjut."',
)
def decide_review(
    case: CaseArgument,
    number: NumberOption,
    dated_on: DatedOption,
    text: TextOption,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note the decision about the review by its letter (KP; courts)."""
    body = {"number": number, "dated_on": dated_on.date().isoformat(), "text": text}
    act_on(case, "decide-review", "complaint_supervisor", body, version, as_json)


@complaint.command(
    "begin-inspection",
    epilog="Example: zi complaint begin-inspection CASE --began 2026-03-04 --last 2026-03-10",
)
def begin_inspection(
    case: CaseArgument,
    began_on: Annotated[datetime, typer.Option("--began", formats=["%Y-%m-%d"], help="Its first day.")],
    last_on: Annotated[
        datetime, typer.Option("--last", formats=["%Y-%m-%d"], help="Its last day, as its order says.")
    ],
    note: Annotated[str | None, typer.Option("--note", help="A word for officers.")] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note that the inspection began; its report is due counted from its last day (AP; courts)."""
    body = {
        "began_on": began_on.date().isoformat(),
        "last_on": last_on.date().isoformat(),
        "note": note,
    }
    act_on(case, "begin-inspection", "inspector", body, version, as_json)


@complaint.command(
    "report-inspection",
    epilog="Example: zi complaint report-inspection CASE --number LHP-7/2026 --date 2026-03-12"
    ' --text "Terbukti."',
)
def report_inspection(
    case: CaseArgument,
    number: NumberOption,
    dated_on: DatedOption,
    text: TextOption,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note the report of the inspection by its letter (AP; courts)."""
    body = {"number": number, "dated_on": dated_on.date().isoformat(), "text": text}
    act_on(case, "report-inspection", "inspector", body, version, as_json)


@complaint.command(epilog='Example: zi complaint extend CASE --reason "Arsip di pusat."')
def extend(
    case: CaseArgument,
    reason: ReasonOption,
    is_confirmation: Annotated[
        bool, typer.Option("--confirm", help="Confirm what somebody else proposed, by its reason (KP).")
    ] = False,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Extend the time to answer a request for information, once (PPID)."""
    act, role = (
        ("confirm-extension", "complaint_supervisor")
        if is_confirmation
        else ("extend", "information_officer")
    )
    act_on(case, act, role, {"reason": reason}, version, as_json)


@complaint.command(
    epilog='Example: zi complaint respond CASE --outcome terbukti --text "Jadwal loket diperbaiki." '
    "--evidence BA-7/2026"
)
def respond(
    case: CaseArgument,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            help="terbukti, terbukti_sebagian, tidak_terbukti, tidak_dapat_dibuktikan, informasi_diberikan.",
        ),
    ],
    text: Annotated[str, typer.Option("--text", help="The answer to the reporter.")],
    evidence: EvidenceOption = None,
    no_evidence: NoEvidenceOption = None,
    is_standard_breach: Annotated[
        bool | None,
        typer.Option("--standard-breach/--no-standard-breach", help="Required for stream pelayanan."),
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft the answer (PH); it counts when AT approves it."""
    body = {
        "outcome": outcome,
        "text": text,
        "evidence": evidence or [],
        "no_evidence_reason": no_evidence,
        "is_standard_breach": is_standard_breach,
    }
    act_on(case, "respond", "case_handler", body, version, as_json)


@complaint.command(epilog="Example: zi complaint approve CASE")
def approve(case: CaseArgument, version: VersionOption = None, as_json: JsonOption = False) -> None:
    """Approve the drafted answer and deliver it (AT)."""
    act_on(case, "approve", "case_approver", {}, version, as_json)


@complaint.command(
    "answer-in-person", epilog='Example: zi complaint answer-in-person CASE --text "Dijelaskan."'
)
def answer_in_person(
    case: CaseArgument,
    text: Annotated[str, typer.Option("--text", help="What was answered.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note what was answered face to face; the consultation ends (PP)."""
    act_on(case, "answer-in-person", "complaint_officer", {"text": text}, version, as_json)
