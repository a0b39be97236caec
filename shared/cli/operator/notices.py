"""`zi notices`: mails that could not be sent, and people who are to be forgotten."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer

from shared.cli.errors import CliError
from shared.cli.main import run_async
from shared.cli.operator.access import Service, in_transaction
from shared.cli.output import JsonOption, present

notices = typer.Typer(help="Mails to people, and their addresses.", no_args_is_help=True)

ServiceOption = Annotated[Service, typer.Option("--service", help="Whose mails.")]


@notices.callback()
def _notices() -> None: ...


@notices.command("list", epilog="Example: zi notices list --service planning")
def list_parked(
    service: ServiceOption = Service.PLANNING,
    after: Annotated[UUID | None, typer.Option(help="Only mails beyond this one; `next`.")] = None,
    limit: Annotated[int, typer.Option(help="Rows of a page.", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """List mails that were put aside, oldest first, with the reason; nobody is named."""
    from shared.notices import parked  # noqa: PLC0415

    page = run_async(in_transaction(service, partial(parked.listing, after=after, limit=limit)))
    items: list[dict[str, Any]] = [
        {**row, "since": row["since"].isoformat(), "made": row["made"].isoformat()} for row in page.rows
    ]
    following = items[-1]["mail"] if len(items) == limit else None
    if as_json:
        present({"total": page.total, "next": following, "items": items}, as_json)
        return
    present(items, as_json)
    if items:
        print(f"{len(items)} of {page.total}")
    if following is not None:
        print(f"the next page: zi notices list --service {service} --after {following}")


@notices.command(epilog="Example: zi notices retry --all --service planning")
def retry(
    mail: Annotated[UUID | None, typer.Argument(help="A mail that was put aside; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every mail that was put aside.")] = False,
    service: ServiceOption = Service.PLANNING,
    as_json: JsonOption = False,
) -> None:
    """Have mails tried again from the beginning, once the cause is gone."""
    from shared.notices import parked  # noqa: PLC0415

    if (mail is None) != everything:
        raise CliError("name one mail, or use --all")
    count = run_async(in_transaction(service, lambda session: parked.retry(session, mail)))
    if not count and mail is not None:
        raise CliError(f"{service} has no mail {mail} that was put aside")
    present({"service": service.value, "retried": count}, as_json)


@notices.command(epilog="Example: zi notices forget 9f1c2d --service planning")
def forget(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The person's `sub` at the issuer.")],
    service: ServiceOption = Service.PLANNING,
    as_json: JsonOption = False,
) -> None:
    """Erase a person's address, and every notice and mail to them, sent ones too."""
    from shared.notices import contacts  # noqa: PLC0415

    was_known = run_async(
        in_transaction(service, lambda session: contacts.erase(session, service.value, subject))
    )
    present({"service": service.value, "had_address": was_known}, as_json)
