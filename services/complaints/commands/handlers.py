"""`zi complaint dispose|reassign|transfer|handlers|enter-handler|remove-handler`: who handles a case."""

from typing import Annotated

import typer

from services.complaints.commands.calls import (
    CaseArgument,
    HandlerOption,
    VersionOption,
    act_on,
    complaint,
    demo_handler,
)
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, present


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
    body = {"handler": handler or demo_handler()}
    act_on(case, "dispose", "complaint_supervisor", body, version, as_json)


@complaint.command(epilog="Example: zi complaint reassign CASE --handler putu")
def reassign(
    case: CaseArgument,
    handler: HandlerOption,
    note: Annotated[str | None, typer.Option("--note", help="Why, for the officers.")] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the complaint to another handler of its unit (KP)."""
    act_on(case, "reassign", "complaint_supervisor", {"handler": handler, "note": note}, version, as_json)


@complaint.command(
    epilog='Example: zi complaint transfer CASE --unit contoh-melati --reason "Terjadi di kantor itu."'
)
def transfer(
    case: CaseArgument,
    unit: Annotated[str, typer.Option("--unit", help="Unit of the same agency.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why, unless you confirm.")] = None,
    is_confirmation: Annotated[
        bool, typer.Option("--confirm", help="Confirm what somebody else proposed (KP, AP).")
    ] = False,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand the case to another unit, which names a handler of its own (KP)."""
    if is_confirmation == (reason is not None):
        raise CliError("say either --reason, to transfer, or --confirm, to confirm a proposed transfer")
    act = "confirm-transfer" if is_confirmation else "transfer"
    body = {"unit_id": unit} | ({} if reason is None else {"reason": reason})
    act_on(case, act, "complaint_supervisor", body, version, as_json)


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
