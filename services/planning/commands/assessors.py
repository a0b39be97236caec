"""`zi assessor` and `zi agency`: teams, people, units given to them, and types of agencies."""

from typing import Annotated, Any, Literal

import typer

from services.planning.commands.calls import every_row
from services.planning.commands.stages import ANY_VERSION
from services.planning.stages.domain.assessors import AssessorRole
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitOption, YearOption, present

assessor = typer.Typer(help="Assessors: teams, people, and the units they have.", no_args_is_help=True)
agency = typer.Typer(help="What is known of agencies beside their units.", no_args_is_help=True)
COLUMNS = ("assessor_id", "team_id", "subject", "organisation", "role", "unit_id", "is_active", "version")
IdArgument = Annotated[str, typer.Argument(metavar="ASSESSOR", help="Assessor id.")]
TeamOption = Annotated[str, typer.Option("--team", help="Team id.")]


@assessor.command("add-team", epilog='Example: zi assessor add-team --id tim-1 --layer tpi --name "Tim 1"')
def add_team(
    team_id: Annotated[str, typer.Option("--id", help="Letters, digits, dot, dash, underscore.")],
    layer: Annotated[Literal["tpi", "tpn"], typer.Option(help="Which layer it fills.")],
    name: Annotated[str, typer.Option(help="What the team is called.")],
    agency_id: Annotated[
        str | None, typer.Option("--agency", help="Of a tpi team; default: your own.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a team of assessors."""
    body = {"team_id": team_id, "layer": layer, "name": name, "agency_id": agency_id}
    with Client("planning", role="admin") as api:
        present(api.post("/assessor-teams", body), as_json)


@assessor.command("teams", epilog="Example: zi assessor teams")
def list_teams(as_json: JsonOption = False) -> None:
    """List teams of assessors."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/assessor-teams"))
    present(rows, as_json, columns=("team_id", "layer", "agency_id", "name"))


@assessor.command(
    epilog="Example: zi assessor add --team tim-1 --subject yusuf --organisation Inspektorat --role ketua"
)
def add(
    team: TeamOption,
    subject: Annotated[str, typer.Option(help="The issuer's name of their account.")],
    organisation: Annotated[str, typer.Option(help="Who sent them, e.g. KPK.")],
    role: Annotated[AssessorRole, typer.Option(help="Role in the team.")] = AssessorRole.ANGGOTA,
    unit_id: Annotated[str | None, typer.Option("--unit", help="Unit they work in.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a person into a team; they never assess the unit they work in."""
    body = {
        "team_id": team, "subject": subject, "organisation": organisation, "role": role, "unit_id": unit_id,
    }  # fmt: skip
    with Client("planning", role="admin") as api:
        present(api.post("/assessors", body), as_json)


@assessor.command("list", epilog="Example: zi assessor list --team tim-1")
def list_assessors(
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None, as_json: JsonOption = False
) -> None:
    """List assessors."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/assessors", team_id=team))
    present(rows, as_json, columns=COLUMNS)


@assessor.command(
    epilog="Example: zi assessor change 019a9c1e-0000-7000-8000-000000000000 --version 1 --role ketua"
)
def change(
    assessor_id: IdArgument,
    version: Annotated[int, typer.Option(min=1, help="Version that `zi assessor list` shows.")],
    organisation: Annotated[str | None, typer.Option(help="Who sent them.")] = None,
    role: Annotated[AssessorRole | None, typer.Option(help="Role in the team.")] = None,
    unit_id: Annotated[str | None, typer.Option("--unit", help="Unit they work in; '' for none.")] = None,
    is_active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether they assess.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change an assessor's entry."""
    given: dict[str, Any] = {"organisation": organisation, "role": role, "is_active": is_active}
    body = {name: value for name, value in given.items() if value is not None}
    if unit_id is not None:
        body["unit_id"] = unit_id or None
    with Client("planning", role="admin") as api:
        present(api.patch(f"/assessors/{assessor_id}", body, if_match=f'"{version}"'), as_json)


@assessor.command(
    epilog="Example: zi assessor assign --unit kantor-a --year 2026 --team tim-1"
    " --member 019a9c1e-0000-7000-8000-000000000000=195:1,2,3"
)
def assign(
    unit_id: UnitOption,
    year: YearOption,
    team: TeamOption,
    member: Annotated[
        list[str] | None,
        typer.Option(metavar="ASSESSOR=MINUTES[:AREAS]", help="Repeat for more; none: all, evenly."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give a unit of a year to a team."""
    body = {"team_id": team, "members": None if not member else [_share(text) for text in member]}
    with Client("planning", role="admin") as api:
        present(api.put(f"/units/{unit_id}/stages/{year}/team", body, if_match=ANY_VERSION), as_json)


@assessor.command(epilog="Example: zi assessor workload --year 2026")
def workload(year: YearOption, as_json: JsonOption = False) -> None:
    """Show how many units and minutes each team and each of its people has."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/assessor-workload", year=year))
    if as_json:
        present(rows, as_json)
        return
    whole = [{**row, "assessor_id": "", "role": ""} for row in rows]
    people = [{**one, "team_id": row["team_id"], "unit_limit": ""} for row in rows for one in row["members"]]
    columns = ("team_id", "assessor_id", "role", "units", "unit_limit", "minutes")
    present(
        sorted([*whole, *people], key=lambda row: (row["team_id"], row["assessor_id"])),
        as_json,
        columns=columns,
    )


@agency.command("set-type", epilog="Example: zi agency set-type --agency kementerian-a --type kementerian")
def set_type(
    agency_id: Annotated[str, typer.Option("--agency", help="Agency id.")],
    agency_type: Annotated[str, typer.Option("--type", help="e.g. kementerian, lembaga.")],
    as_json: JsonOption = False,
) -> None:
    """Say of which type an agency is; ministries check their units before TPI does."""
    with Client("planning", role="admin") as api:
        body = {"agency_type": agency_type}
        present(api.put(f"/agencies/{agency_id}", body, if_match=ANY_VERSION), as_json)


@agency.command("show", epilog="Example: zi agency show --agency kementerian-a")
def show(
    agency_id: Annotated[str, typer.Option("--agency", help="Agency id.")], as_json: JsonOption = False
) -> None:
    """Show of which type an agency is."""
    with Client("planning", role="admin") as api:
        present(api.get(f"/agencies/{agency_id}"), as_json)


def _share(given: str) -> dict[str, Any]:
    """Return `ASSESSOR=MINUTES[:AREAS]` as the API takes it."""
    assessor_id, separator, rest = given.partition("=")
    minutes, _, areas = rest.partition(":")
    numbers = areas.split(",") if areas else []
    if not separator or not all(text.isascii() and text.isdigit() for text in (minutes, *numbers)):
        raise CliError(f"--member wants ASSESSOR=MINUTES[:AREAS], e.g. ID=195:1,2,3, not {given}")
    return {"assessor_id": assessor_id, "minutes": int(minutes), "areas": [int(text) for text in numbers]}
