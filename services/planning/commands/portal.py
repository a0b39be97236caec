"""`zi portal`: tokens of PortalRB, what it pulled, and how reviews stand there."""

from typing import Annotated

import typer

from services.planning.portal.domain.reviews import ReviewState
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitOption, YearOption, present

AgencyOption = Annotated[str, typer.Option("--agency", help="Agency id.")]

portal = typer.Typer(help="PortalRB: its tokens, what it pulled, reviews of units.", no_args_is_help=True)
token = typer.Typer(help="Tokens with which PortalRB pulls.", no_args_is_help=True)
portal.add_typer(token, name="token")


@token.command(epilog="Example: zi portal token create --agency dinas --expires-on 2026-06-30")
def create(
    agency: AgencyOption,
    expires_on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Last day, in Jakarta.")],
    client: Annotated[str, typer.Option(help="Who gets it; two are valid of each at a time.")] = "PortalRB",
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it: it is told this once."""
    body = {"client": client, "expires_on": expires_on}
    with Client("planning", role="admin") as api:
        present(api.post(f"/agencies/{agency}/portal-tokens", body), as_json)


@token.command("list", epilog="Example: zi portal token list --agency dinas")
def list_tokens(agency: AgencyOption, as_json: JsonOption = False) -> None:
    """List every token of an agency, the newest first, without their texts."""
    with Client("planning", role="admin") as api:
        rows = api.get(f"/agencies/{agency}/portal-tokens")["tokens"]
    columns = ("token_id", "client", "expires_on", "last_used_on", "revoked_at", "created_by")
    present(rows, as_json, columns=columns)


@token.command(epilog="Example: zi portal token revoke 019a9c1e-0000-7000-8000-000000000001 --agency dinas")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="TOKEN", help="Token id, as `list` shows it.")],
    agency: AgencyOption,
    as_json: JsonOption = False,
) -> None:
    """Let a token open nothing any more, at once."""
    with Client("planning", role="admin") as api:
        known = {one["token_id"]: one for one in api.get(f"/agencies/{agency}/portal-tokens")["tokens"]}
        if token_id not in known:
            raise CliError(f"the agency has no token {token_id}; `zi portal token list` shows them")
        seen = f'"{known[token_id]["version"]}"'
        present(api.post(f"/portal-tokens/{token_id}/revoke", None, if_match=seen), as_json)


@portal.command(epilog="Example: zi portal pulls --agency dinas --limit 20")
def pulls(
    agency: AgencyOption,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="`next` of the JSON before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what PortalRB pulled, the newest first, refused pulls too."""
    with Client("planning", role="agency_head") as api:
        found = api.get(f"/agencies/{agency}/portal-pulls", limit=limit, cursor=cursor)
    columns = ("pulled_at", "route", "unit_id", "version", "status", "token_id")
    present(found, as_json, columns=columns)


@portal.command(epilog="Example: zi portal review --agency dinas --year 2026 --unit rsud-a --state sesuai")
def review(
    agency: AgencyOption,
    year: YearOption,
    unit_id: UnitOption,
    state: Annotated[ReviewState, typer.Option(help="As it stands in PortalRB.")],
    as_json: JsonOption = False,
) -> None:
    """Say how the review of a unit stands in PortalRB."""
    path = f"/agencies/{agency}/portal-reviews/{year}"
    with Client("planning", role="agency_head") as api:
        known = {one["unit_id"]: one for one in api.get(path)["units"]}
        if unit_id not in known:
            raise CliError(f"unit {unit_id} is not in the package; `zi portal reviews` shows its units")
        seen = f'"{known[unit_id]["version"]}"'
        present(api.put(f"{path}/{unit_id}", {"state": state}, if_match=seen), as_json)


@portal.command(epilog="Example: zi portal reviews --agency dinas --year 2026")
def reviews(agency: AgencyOption, year: YearOption, as_json: JsonOption = False) -> None:
    """List the units that PortalRB gets, what they lack and how their reviews stand; exit 1 if not ready."""
    with Client("planning", role="agency_head") as api:
        found = api.get(f"/agencies/{agency}/portal-reviews/{year}")
    columns = ("unit_id", "nama", "kategori", "state", "cause", "pulls", "last_pull_at", "blank_unit")
    present(found if as_json else found["units"], as_json, columns=columns)
    raise typer.Exit(0 if found["is_ready"] else 1)
