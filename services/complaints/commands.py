"""`zi complaint ...`: a client of the complaints API for officers and reporters."""

import base64
import json
from datetime import datetime
from typing import Annotated, Any

import typer

from shared.cli.client import Client, token
from shared.cli.errors import CliError
from shared.cli.hints import ask_about_unit
from shared.cli.output import JsonOption, present, until

complaint = typer.Typer(no_args_is_help=True, help="Complaints: report, handle, answer, accept.")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Case id.")]
UnitFilter = Annotated[str | None, typer.Option("--unit", help="Only this unit.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", help="Version the act is based on; default: the present one.")
]
EvidenceOption = Annotated[
    list[str] | None, typer.Option("--evidence", help="Document reference; may be given several times.")
]
NoEvidenceOption = Annotated[str | None, typer.Option("--no-evidence", help="Reason why there is none.")]
STATE_COLUMNS = ("id", "unit_id", "state", "waits_for", "due_rule", "due")
ReceiptOption = Annotated[str, typer.Option("--receipt", help="The reporter's secret code.")]
OwnCaseArgument = Annotated[
    str | None, typer.Argument(metavar="[CASE]", help="Case id, to be sure it is this one.")
]
HandlerOption = Annotated[str, typer.Option("--handler", help="Account of the officer.")]


def _show(found: Any, as_json: bool, columns: tuple[str, ...] | None = None) -> None:
    """Print cases and clocks; for people a due time is the due day, in the zone it is a day of."""
    present(found if as_json else _for_people(found), as_json, columns=columns)


def _for_people(found: Any) -> Any:
    if isinstance(found, list):
        return [_for_people(one) for one in found]
    if not isinstance(found, dict):
        return found
    told = {name: _for_people(value) for name, value in found.items() if not name.startswith("due_")}
    if "due_rule" in found:
        told["due_rule"] = found["due_rule"]
    if "due_at" in found:
        told["due"] = found["due_at"] and until(found["due_at"], found["due_zone"])
    if found.get("state") == "MENUNGGU_KELENGKAPAN" and found.get("is_late"):
        told["waits_for"] = "reporter or officer"  # who may go on without the reporter now
    return told


def _own_act(act: str, receipt: str, case: str | None, body: dict[str, Any] | None, as_json: bool) -> None:
    """Do an act of the reporter, who shows the receipt."""
    with Client("complaints", role=None) as client:
        opened = client.post("/public/receipt-sessions", {"receipt": receipt})
        session = {"X-Receipt-Session": opened["token"]}
        mine = client.send("GET", "/public/my-case", headers=session).json()
        if case is not None and mine["id"] != case:
            raise CliError("the receipt belongs to another complaint")
        answer = client.send("POST", f"/public/my-case/{act}", headers=session, json=body)
    present(answer.json(), as_json)


def _act(case: str, act: str, role: str, body: dict[str, Any], version: int | None, as_json: bool) -> None:
    with Client("complaints", role=role) as client:
        tag = f'"{version}"' if version else client.get_versioned(f"/cases/{case}")[1]
        present(client.post(f"/cases/{case}/{act}", body, if_match=tag), as_json)


@complaint.command(
    epilog='Example: zi complaint submit --unit kantor-a --text "Loket tutup sebelum jam layanan berakhir."'
)
def submit(
    unit: Annotated[str, typer.Option("--unit", help="Unit the complaint is about.")],
    text: Annotated[str, typer.Option("--text", help="What happened, 20-5,000 characters.")],
    channel: Annotated[str, typer.Option("--channel", help="loket, surat, telepon, ...")] = "loket",
    stream: Annotated[str, typer.Option("--stream", help="masyarakat or pelayanan.")] = "masyarakat",
    kind: Annotated[
        str, typer.Option("--kind", help="pengaduan, aspirasi, konsultasi or permintaan_informasi.")
    ] = "pengaduan",
    received_at: Annotated[
        datetime | None,
        typer.Option("--received-at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it came in; default now."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why it is entered more than one working day later.")
    ] = None,
    is_public: Annotated[
        bool, typer.Option("--public", help="Send it as the public form does, without log-in.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Enter a complaint at the desk and print its receipt, which is shown only once."""
    from services.complaints.intake.data import intake_rules  # noqa: PLC0415 - no other command reads the rules

    notice = intake_rules().privacy_notice
    body: dict[str, Any] = {"unit_id": unit, "text": text, "stream": stream, "privacy_notice": notice}
    body["kind"] = kind
    if is_public:
        with Client("complaints", role=None) as client:
            present(client.post("/public/cases", body), as_json)
        return
    body |= {"channel": channel, "backdate_reason": reason}
    body["received_at"] = None if received_at is None else received_at.isoformat()
    with Client("complaints", role="complaint_officer", unit=unit) as client:
        present(client.post("/cases", body), as_json)


@complaint.command("list", epilog="Example: zi complaint list --unit kantor-a --state DIPROSES")
def list_cases(
    unit: UnitFilter = None,
    state: Annotated[str | None, typer.Option("--state", help="Only this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List complaints in the order of intake."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get("/cases", unit=unit, state=state, limit=limit, cursor=cursor)
    _show(found, as_json, STATE_COLUMNS)
    ask_about_unit(unit, found["items"])


@complaint.command(epilog="Example: zi complaint show 019a9c1e-0000-7000-8000-000000000000")
def show(case: CaseArgument, as_json: JsonOption = False) -> None:
    """Show a complaint with its acts, answers and clocks."""
    with Client("complaints", role="complaint_officer") as client:
        _show(client.get(f"/cases/{case}"), as_json)


@complaint.command(epilog="Example: zi complaint verify CASE --unit kantor-a --class normatif")
def verify(
    case: CaseArgument,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Unit it is about; default: as reported.")
    ] = None,
    case_class: Annotated[
        str, typer.Option("--class", help="ringan, normatif, tidak_berkadar or berkadar_pengawasan.")
    ] = "normatif",
    stream: Annotated[
        str | None, typer.Option("--stream", help="masyarakat or pelayanan; default: as reported.")
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle stream, class and unit (PP)."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get(f"/cases/{case}")
    body = {
        "unit_id": unit or found["unit_id"],
        "stream": stream or found["stream"],
        "case_class": case_class,
    }
    _act(case, "verify", "complaint_officer", body, version or found["version"], as_json)


@complaint.command(epilog="Example: zi complaint dispose CASE --handler putu")
def dispose(
    case: CaseArgument,
    handler: Annotated[
        str | None,
        typer.Option("--handler", help="Account of the officer; default: the demo handler."),
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name who handles the complaint (KP, disposisi); the demo handler is logged in for it."""
    if handler is None:
        with Client("complaints", role="case_handler") as client:
            client.get("/cases", limit=1)  # who has called once is known as a handler
    body = {"handler": handler or _subject(token(role="case_handler"))}
    _act(case, "dispose", "complaint_supervisor", body, version, as_json)


@complaint.command(epilog="Example: zi complaint reassign CASE --handler putu")
def reassign(
    case: CaseArgument,
    handler: HandlerOption,
    note: Annotated[str | None, typer.Option("--note", help="Why, for the officers.")] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the complaint to another handler of its unit (KP)."""
    _act(case, "reassign", "complaint_supervisor", {"handler": handler, "note": note}, version, as_json)


@complaint.command(epilog='Example: zi complaint proceed CASE --reason "Isi laporan sudah cukup."')
def proceed(
    case: CaseArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why the file suffices as it is.")],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with what is there once the reporter's time to complete is over (PP)."""
    _act(case, "proceed", "complaint_officer", {"reason": reason}, version, as_json)


@complaint.command("handlers", epilog="Example: zi complaint handlers --unit kantor-a")
def list_handlers(
    unit: Annotated[str, typer.Option("--unit", help="Unit id.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List who may be named as handler in a unit (KP)."""
    with Client("complaints", role="complaint_supervisor") as client:
        present(client.get("/handlers", unit=unit, limit=limit, cursor=cursor), as_json)


@complaint.command(
    "enter-handler", epilog="Example: zi complaint enter-handler --unit contoh-melati --handler putu"
)
def enter_handler(
    unit: Annotated[str, typer.Option("--unit", help="Unit id.")],
    handler: HandlerOption,
    as_json: JsonOption = False,
) -> None:
    """Enter an officer who has not logged in yet as handler of a unit (KP)."""
    with Client("complaints", role="complaint_supervisor") as client:
        present(client.post("/handlers", {"unit_id": unit, "handler": handler}), as_json)


@complaint.command(
    "remove-handler", epilog="Example: zi complaint remove-handler --unit contoh-melati --handler putu"
)
def remove_handler(
    unit: Annotated[str, typer.Option("--unit", help="Unit id.")],
    handler: HandlerOption,
    as_json: JsonOption = False,
) -> None:
    """Take an officer off a unit's list (KP); reassign the complaints that name them."""
    with Client("complaints", role="complaint_supervisor") as client:
        client.post("/handlers/remove", {"unit_id": unit, "handler": handler})
    present({"unit_id": unit, "removed": handler}, as_json)


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
    _act(case, "follow-up", "case_handler", body, version, as_json)


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
    _act(case, "respond", "case_handler", body, version, as_json)


@complaint.command(epilog="Example: zi complaint approve CASE")
def approve(case: CaseArgument, version: VersionOption = None, as_json: JsonOption = False) -> None:
    """Approve the drafted answer and deliver it (AT)."""
    _act(case, "approve", "case_approver", {}, version, as_json)


@complaint.command(epilog="Example: zi complaint accept CASE --receipt VBS8V-YX879-D126T-WJE2T-K")
def accept(receipt: ReceiptOption, case: OwnCaseArgument = None, as_json: JsonOption = False) -> None:
    """Accept the answer as its reporter, which closes the complaint."""
    _own_act("accept", receipt, case, None, as_json)


@complaint.command(
    "object",
    epilog='Example: zi complaint object --receipt VBS8V-YX879-D126T-WJE2T-K --reason "Belum dijawab."',
)
def object_to_answer(
    receipt: ReceiptOption,
    reason: Annotated[str, typer.Option("--reason", help="What is not answered or not right.")],
    case: OwnCaseArgument = None,
    as_json: JsonOption = False,
) -> None:
    """Object to the answer as its reporter (keberatan): the officers have to answer again."""
    _own_act("object", receipt, case, {"reason": reason}, as_json)


@complaint.command(epilog="Example: zi complaint withdraw --receipt VBS8V-YX879-D126T-WJE2T-K")
def withdraw(receipt: ReceiptOption, case: OwnCaseArgument = None, as_json: JsonOption = False) -> None:
    """Withdraw the complaint as its reporter, which ends it for good."""
    _own_act("withdraw", receipt, case, None, as_json)


ReasonOption = Annotated[str, typer.Option("--reason", help="Why; the log keeps it.")]
RoleOption = Annotated[
    str | None, typer.Option("--role", help="Role to act in, where the act is open to several.")
]


@complaint.command(
    epilog='Example: zi complaint transfer CASE --unit contoh-melati --reason "Terjadi di kantor itu."'
)
def transfer(
    case: CaseArgument,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the same agency.")],
    reason: ReasonOption,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand the case to another unit, which names a handler of its own (KP)."""
    _act(case, "transfer", "complaint_supervisor", {"unit_id": unit, "reason": reason}, version, as_json)


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
    _act(case, act, role, body, found["version"], as_json)


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
    _act(case, "order-inspection", "complaint_supervisor", body, version, as_json)


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
    _act(case, act, role, {"reason": reason}, version, as_json)


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
    _act(case, "propose-dismissal", role or "complaint_officer", body, version, as_json)


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
        _act(case, "refuse-dismissal", "complaint_supervisor", {"reason": refuse}, version, as_json)
    else:
        _act(case, "confirm-dismissal", "complaint_supervisor", {"to": to}, version, as_json)


@complaint.command(epilog='Example: zi complaint reopen CASE --reason "Rekaman baru ditemukan."')
def reopen(
    reason: ReasonOption,
    case: OwnCaseArgument = None,
    receipt: Annotated[
        str | None, typer.Option("--receipt", help="As its reporter: the secret code.")
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take up a closed case again: as its reporter within the window, else on new evidence (KP)."""
    if receipt is not None:
        _own_act("reopen", receipt, case, {"reason": reason}, as_json)
    elif case is None:
        raise CliError("name the case, or show its receipt")
    else:
        _act(case, "reopen", "complaint_supervisor", {"reason": reason}, version, as_json)


@complaint.command(
    epilog='Example: zi complaint appeal --receipt VBS8V-YX879-D126T-WJE2T-K --reason "Ada buktinya."'
)
def appeal(
    receipt: ReceiptOption,
    reason: ReasonOption,
    case: OwnCaseArgument = None,
    as_json: JsonOption = False,
) -> None:
    """Appeal, once, against the end of the case as its reporter (banding)."""
    _own_act("appeal", receipt, case, {"reason": reason}, as_json)


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
    _act(case, act, role or "complaint_supervisor", body, version, as_json)


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
    _act(case, "answer-in-person", "complaint_officer", {"text": text}, version, as_json)


@complaint.command(epilog="Example: zi complaint overdue --unit kantor-a")
def overdue(
    unit: UnitFilter = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="`next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List clocks that ran out and whose act is still missing."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get("/overdue", unit=unit, limit=limit, cursor=cursor)
    _show(found, as_json, ("case_id", "unit_id", "waits_for", "rule", "due", "rung"))
    ask_about_unit(unit, found["items"])


def _subject(bearer: str) -> str:
    """Return whom a token names; its signature is the services' business."""
    part = bearer.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])
