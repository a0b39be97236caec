"""`zi complaint accept|object|withdraw|appeal|reopen`: what reporters do with the receipt."""

from typing import Annotated

import typer

from services.complaints.commands.calls import (
    OwnCaseArgument,
    ReasonOption,
    ReceiptOption,
    VersionOption,
    act_on,
    complaint,
    own_act,
)
from shared.cli.errors import CliError
from shared.cli.output import JsonOption


@complaint.command(epilog="Example: zi complaint accept CASE --receipt VBS8V-YX879-D126T-WJE2T-K")
def accept(receipt: ReceiptOption, case: OwnCaseArgument = None, as_json: JsonOption = False) -> None:
    """Accept the answer as its reporter, which closes the complaint."""
    own_act("accept", receipt, case, None, as_json)


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
    own_act("object", receipt, case, {"reason": reason}, as_json)


@complaint.command(epilog="Example: zi complaint withdraw --receipt VBS8V-YX879-D126T-WJE2T-K")
def withdraw(receipt: ReceiptOption, case: OwnCaseArgument = None, as_json: JsonOption = False) -> None:
    """Withdraw the complaint as its reporter, which ends it for good."""
    own_act("withdraw", receipt, case, None, as_json)


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
        own_act("reopen", receipt, case, {"reason": reason}, as_json)
    elif case is None:
        raise CliError("name the case, or show its receipt")
    else:
        act_on(case, "reopen", "complaint_supervisor", {"reason": reason}, version, as_json)


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
    own_act("appeal", receipt, case, {"reason": reason}, as_json)
