"""`zi complaint message|attach|messages|proof|post-answer`: what both sides write, files, proofs, letters."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from services.complaints.commands.calls import RoleOption, complaint
from services.complaints.intake.receipt_command import session_headers
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present

CaseOrOwn = Annotated[
    str | None, typer.Argument(metavar="[CASE]", help="Case id; as its reporter none is needed.")
]
OwnReceipt = Annotated[str | None, typer.Option("--receipt", help="As its reporter: the secret code.")]
InternalOption = Annotated[bool, typer.Option("--internal", help="For officers alone.")]
Files = Annotated[list[Path], typer.Option("--file", exists=True, dir_okay=False, help="May be repeated.")]


@complaint.command(epilog='Example: zi complaint message CASE --text "Kami tinjau besok."')
def message(
    text: Annotated[str, typer.Option("--text", help="What is written.")],
    case: CaseOrOwn = None,
    receipt: OwnReceipt = None,
    is_internal: InternalOption = False,
    role: RoleOption = "complaint_officer",
    as_json: JsonOption = False,
) -> None:
    """Write to the other side; where facts are asked for, a reporter's message gives them."""
    with ExitStack() as stack:
        client, place, headers = _side(stack, case, receipt, role)
        body: dict[str, Any] = {"text": text} if receipt else {"text": text, "is_internal": is_internal}
        answer = client.send("POST", f"{place}/messages", headers=headers, json=body)
    present(answer.json(), as_json)


@complaint.command(
    "post-answer", epilog="Example: zi complaint post-answer CASE --posted-on 2026-03-02 --letter S-12/2026"
)
def post_answer(
    case: Annotated[str, typer.Argument(help="Case id.")],
    posted_on: Annotated[str, typer.Option("--posted-on", help="Day, YYYY-MM-DD.")],
    letter: Annotated[str, typer.Option("--letter", help="Number of the letter.")],
    role: RoleOption = "complaint_officer",
    as_json: JsonOption = False,
) -> None:
    """Note the letter that carries an answer whose notice came back; silence counts from now on."""
    body = {"posted_on": posted_on, "letter": letter}
    with Client("complaints", role=role or "complaint_officer") as client:
        headers = {"Idempotency-Key": str(uuid4())}
        client.send("POST", f"/cases/{case}/post-answer", headers=headers, json=body)
    present({"case": case, "posted_on": posted_on, "letter": letter}, as_json)


@complaint.command(epilog="Example: zi complaint attach CASE --file foto.jpg --file surat.pdf")
def attach(
    file: Files,
    case: CaseOrOwn = None,
    receipt: OwnReceipt = None,
    is_internal: InternalOption = False,
    role: RoleOption = "complaint_officer",
    as_json: JsonOption = False,
) -> None:
    """Bring up to ten files; pictures lose what a camera notes beside them, and no name is kept."""
    with ExitStack() as stack:
        client, place, headers = _side(stack, case, receipt, role)
        opened = [(path.suffix, stack.enter_context(path.open("rb"))) for path in file]
        # The name stays here: its extension alone counts.
        files = [
            ("files", (f"berkas{suffix}", content, "application/octet-stream")) for suffix, content in opened
        ]
        query = {} if receipt else {"is_internal": str(is_internal).lower()}
        answer = client.send("POST", f"{place}/attachments", headers=headers, params=query, files=files)
    present(answer.json(), as_json)


@complaint.command("messages", epilog="Example: zi complaint messages CASE")
def list_messages(
    case: CaseOrOwn = None,
    receipt: OwnReceipt = None,
    role: RoleOption = "complaint_officer",
    as_json: JsonOption = False,
) -> None:
    """List what reporter and officers wrote each other."""
    with ExitStack() as stack:
        client, place, headers = _side(stack, case, receipt, role)
        found = client.send("GET", f"{place}/messages", headers=headers).json()
    present(found if as_json else found["items"], as_json)


@complaint.command(epilog="Example: zi complaint proof --verify CODE")
def proof(
    code: Annotated[
        str | None, typer.Option("--verify", help="Code or address of a proof: is it genuine?")
    ] = None,
    receipt: OwnReceipt = None,
    as_json: JsonOption = False,
) -> None:
    """Check a proof of filing, or get that of the own case; exits with 1 for what is not genuine."""
    if (code is None) == (receipt is None):
        raise CliError("give either --verify, to check a proof, or --receipt, to get the own one")
    with Client("complaints", role=None) as client:
        if code is not None:
            typed = "".join(code.split()).rpartition("/")[2]
            if not typed.isascii() or not typed.replace("-", "").replace("_", "").isalnum():
                raise CliError("this is not the code of a proof")
            found = client.get(f"/public/proofs/{typed}")
        else:
            headers = session_headers(client, receipt or "")
            found = client.send("GET", "/public/my-case/proof", headers=headers).json()
    present(found, as_json)
    if not found["is_genuine"]:
        raise typer.Exit(1)


def _side(
    stack: ExitStack, case: str | None, receipt: str | None, role: str | None
) -> tuple[Client, str, dict[str, str]]:
    """Return a client of one side, where its case stands, and what it sends along with a command."""
    headers = {"Idempotency-Key": str(uuid4())}
    if receipt is not None:
        client = stack.enter_context(Client("complaints", role=None))
        headers |= session_headers(client, receipt)
        if case is not None and client.send("GET", "/public/my-case", headers=headers).json()["id"] != case:
            raise CliError("the receipt belongs to another complaint")
        return client, "/public/my-case", headers
    if case is None:
        raise CliError("name the case, or show its receipt")
    return (
        stack.enter_context(Client("complaints", role=role or "complaint_officer")),
        f"/cases/{case}",
        headers,
    )
