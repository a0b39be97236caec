"""`zi complaint data-request ...`: requests about personal data."""

from typing import Annotated

import typer

from services.complaints.duties.commands.calls import LateOption, ReceiptOption, enter_at, list_at, show_at
from services.complaints.intake.receipt_command import session_headers
from services.complaints.matters.commands import (
    ClosedOption,
    CursorOption,
    LimitOption,
    NoteOption,
    ReasonOption,
    RoleOption,
    UnitFilter,
    UnitOption,
    VersionOption,
    act_on,
)
from shared.cli.client import Client
from shared.cli.output import JsonOption, present

PO = "privacy_officer"
PLACE = "/data-requests"
data_request = typer.Typer(no_args_is_help=True, help="Requests about personal data: enter, answer, end.")
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
WishOption = Annotated[str, typer.Option("--wish", help="akses, perbaikan, penghapusan or pembatasan.")]
TextOption = Annotated[str, typer.Option("--text", help="What is asked for, or answered.")]


@data_request.command(
    epilog="Example: zi complaint data-request enter --unit contoh-melati --wish akses"
    " --text 'Minta salinan data saya.' --name Wulan --contact 0812"
)
def enter(
    unit: UnitOption,
    wish: WishOption,
    text: TextOption,
    name: Annotated[str, typer.Option("--name", help="Who asks; kept apart.")],
    contact: Annotated[str, typer.Option("--contact", help="Where the answer goes; kept apart.")],
    received: Annotated[
        str | None, typer.Option("--received", help="e.g. 2026-03-02T09:00+07:00; default: now.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter what somebody asked for in writing; its time runs from when it was received."""
    body = {
        "unit_id": unit,
        "wish": wish,
        "text": text,
        "name": name,
        "contact": contact,
        "received_at": received,
    }
    enter_at(PLACE, PO, body, as_json)


@data_request.command(
    epilog="Example: zi complaint data-request ask --receipt VBS8V-YX879-D126T-WJE2T-K --wish akses"
    " --text 'Minta salinan data saya.'"
)
def ask(receipt: ReceiptOption, wish: WishOption, text: TextOption, as_json: JsonOption = False) -> None:
    """Ask about the own data as the reporter of a case."""
    with Client("complaints", role=None) as client:
        headers = session_headers(client, receipt)
        body = {"wish": wish, "text": text}
        answer = client.send("POST", "/public/my-case/data-requests", headers=headers, json=body)
    present(answer.json(), as_json)


@data_request.command(epilog="Example: zi complaint data-request mine --receipt VBS8V-YX879-D126T-WJE2T-K")
def mine(receipt: ReceiptOption, as_json: JsonOption = False) -> None:
    """List what was asked about the own data, with the answers, as the reporter of a case."""
    with Client("complaints", role=None) as client:
        headers = session_headers(client, receipt)
        found = client.send("GET", "/public/my-case/data-requests", headers=headers).json()
    present(found, as_json, columns=("id", "wish", "state", "due_text", "outcome", "answer"))


@data_request.command("list", epilog="Example: zi complaint data-request list --late")
def list_requests(
    unit: UnitFilter = None,
    closed: ClosedOption = False,
    late: LateOption = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    role: RoleOption = PO,
    as_json: JsonOption = False,
) -> None:
    """List requests, open ones by the time left."""
    asked = {"unit": unit, "limit": limit, "cursor": cursor}
    list_at(PLACE, role, ("wish", "tracking_id"), closed=closed, late=late, as_json=as_json, **asked)


@data_request.command("show", epilog="Example: zi complaint data-request show REQUEST")
def show(request: RequestArgument, role: RoleOption = PO, as_json: JsonOption = False) -> None:
    """Show a request with its acts and clocks; who asks is told by `person`."""
    show_at(f"{PLACE}/{request}", role, as_json)


@data_request.command(
    "ask-proof", epilog='Example: zi complaint data-request ask-proof REQUEST --proof "Foto KTP."'
)
def ask_proof(
    request: RequestArgument,
    proof: Annotated[str, typer.Option("--proof", help="Which proof of identity.")],
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a proof of identity; the time runs on."""
    act_on(f"{PLACE}/{request}", role, "ask-proof", {"proof": proof}, version, as_json)


@data_request.command(
    epilog="Example: zi complaint data-request answer REQUEST --outcome dikabulkan --text 'Terlampir.'"
)
def answer(
    request: RequestArgument,
    outcome: Annotated[str, typer.Option("--outcome", help="dikabulkan, sebagian or ditolak.")],
    text: TextOption,
    ground: Annotated[
        str | None, typer.Option("--ground", help="Of a refusal, also in part: e.g. mengungkap_orang_lain.")
    ] = None,
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grant it, or refuse it in whole or in part on a ground of the law."""
    body = {"outcome": outcome, "text": text, "ground": ground}
    act_on(f"{PLACE}/{request}", role, "answer", body, version, as_json)


@data_request.command(epilog="Example: zi complaint data-request withdraw REQUEST --note 'Surat 3 Maret.'")
def withdraw(
    request: RequestArgument,
    note: NoteOption = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a request that its person took back in writing."""
    act_on(f"{PLACE}/{request}", PO, "withdraw", {"note": note}, version, as_json)


@data_request.command(epilog="Example: zi complaint data-request close REQUEST")
def close(
    request: RequestArgument,
    note: NoteOption = None,
    role: RoleOption = PO,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an answered one: what was promised was done."""
    act_on(f"{PLACE}/{request}", role, "close", {"note": note}, version, as_json)


@data_request.command(epilog='Example: zi complaint data-request person REQUEST --reason "Kirim jawaban."')
def person(
    request: RequestArgument, reason: ReasonOption, role: RoleOption = PO, as_json: JsonOption = False
) -> None:
    """Show who asks; the log keeps who opened it and why."""
    enter_at(f"{PLACE}/{request}/person", role, {"reason": reason}, as_json)
