"""`zi person`: the people of units, and who acts for whom."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.planning.commands.calls import every_row
from services.planning.commands.imports import ExpectedOption, take_over
from services.planning.people.domain import Category, SubstituteKind
from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitOption, present

person = typer.Typer(help="People of units, and who acts for whom.", no_args_is_help=True)
COLUMNS = (
    *("person_id", "unit_id", "name", "employee_number", "category", "position", "is_leader"),
    *("active_from", "active_to", "subjects", "version"),
)
IdArgument = Annotated[str, typer.Argument(metavar="PERSON", help="Person id, as `zi person list` shows it.")]
SubjectOption = Annotated[
    list[str] | None,
    typer.Option("--subject", help="The issuer's opaque name of an account; repeat for more, '' for none."),
]


@person.command(
    epilog='Example: zi person add --unit kantor-a --name "Sari" --number 199001012020122001'
    " --category civil_servant --from 2026-01-02 --subject c1f0a9b2"
)
def add(
    unit_id: UnitOption,
    name: Annotated[str, typer.Option(help="Full name; seen in the unit alone.")],
    number: Annotated[str, typer.Option("--number", help="Employee number (NIP).")],
    category: Annotated[Category, typer.Option(help="What they are to the unit.")],
    active_from: Annotated[str, typer.Option("--from", metavar="DAY", help="First day in the unit.")],
    position: Annotated[str | None, typer.Option(help="Position.")] = None,
    echelon: Annotated[str | None, typer.Option(help="I to V.")] = None,
    is_leader: Annotated[bool, typer.Option("--leader", help="Leads the unit.")] = False,
    superior: Annotated[str | None, typer.Option(help="Person id of the superior.")] = None,
    subject: SubjectOption = None,
    contact: Annotated[str | None, typer.Option(help="Phone or mail; seen in the unit alone.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Enter a person into the list of a unit."""
    given = {
        "unit_id": unit_id,
        "name": name,
        "employee_number": number,
        "category": category,
        "active_from": active_from,
        "position": position,
        "echelon": echelon,
        "is_leader": is_leader,
        "superior_id": superior,
        "subjects": [one for one in subject or () if one],
        "contact": contact,
    }
    with Client("planning", role="admin") as api:
        made = api.post("/people", {field: value for field, value in given.items() if value is not None})
    present(made, as_json)


@person.command("list", epilog="Example: zi person list --unit kantor-a --on 2026-03-02")
def list_people(
    unit_id: Annotated[str | None, typer.Option("--unit", help="Only of this unit.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="Only who works on this day.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the people of units you may see."""
    with Client("planning", role="admin") as api:
        rows = list(every_row(api, "/people", unit=unit_id, on=on))
    present(rows, as_json, columns=COLUMNS)


@person.command("show", epilog="Example: zi person show 019a9c1e-0000-7000-8000-000000000000")
def show_person(person_id: IdArgument, as_json: JsonOption = False) -> None:
    """Show one person and who acts for them."""
    with Client("planning", role="admin") as api:
        present(api.get(f"/people/{person_id}"), as_json)


@person.command(epilog="Example: zi person change 019a9c1e-0000-7000-8000-000000000000 --unit kantor-b")
def change(
    person_id: IdArgument,
    unit_id: Annotated[str | None, typer.Option("--unit", help="Unit of the same agency.")] = None,
    name: Annotated[str | None, typer.Option(help="Full name.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="Employee number (NIP).")] = None,
    category: Annotated[Category | None, typer.Option(help="What they are to the unit.")] = None,
    position: Annotated[str | None, typer.Option(help="Position; '' for none.")] = None,
    echelon: Annotated[str | None, typer.Option(help="I to V; '' for none.")] = None,
    is_leader: Annotated[bool | None, typer.Option("--leader/--no-leader", help="Leads the unit.")] = None,
    superior: Annotated[str | None, typer.Option(help="Person id of the superior; '' for none.")] = None,
    subject: SubjectOption = None,
    contact: Annotated[str | None, typer.Option(help="Phone or mail; '' for none.")] = None,
    active_from: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day.")] = None,
    active_to: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="Last day; '' for who came back.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a person's entry: what is left out stays; `--subject` replaces all accounts."""
    given: dict[str, Any] = {
        "unit_id": unit_id,
        "name": name,
        "employee_number": number,
        "category": category,
        "is_leader": is_leader,
        "active_from": active_from,
        "subjects": None if subject is None else [one for one in subject if one],
    }
    emptied = {
        "position": position, "echelon": echelon, "superior_id": superior, "contact": contact,
        "active_to": active_to,
    }  # fmt: skip
    changes = {field: value for field, value in given.items() if value is not None}
    changes |= {field: value or None for field, value in emptied.items() if value is not None}
    if not changes:
        raise CliError("nothing to change: name at least one option, e.g. --position")
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(f"/people/{person_id}")
        present(api.patch(f"/people/{person_id}", changes, if_match=version), as_json)


@person.command(epilog="Example: zi person leave 019a9c1e-0000-7000-8000-000000000000 --to 2026-03-31")
def leave(
    person_id: IdArgument,
    active_to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day in the unit.")],
    as_json: JsonOption = False,
) -> None:
    """Note a person's last day in the unit: nobody is ever deleted."""
    _act(f"/people/{person_id}", "leave", {"active_to": active_to}, as_json)


@person.command(
    epilog="Example: zi person substitute 019a9c1e-0000-7000-8000-000000000000"
    " --by 019a9c1e-0000-7000-8000-000000000001 --decree PRIN-7/2026 --first 2026-03-02 --last 2026-03-06"
)
def substitute(
    person_id: IdArgument,
    by: Annotated[str, typer.Option(metavar="PERSON", help="Person id of who acts for them.")],
    decree: Annotated[str, typer.Option(help="Number of the decree or order.")],
    first: Annotated[str, typer.Option(metavar="DAY", help="First day.")],
    last: Annotated[str, typer.Option(metavar="DAY", help="Last day, included.")],
    kind: Annotated[SubstituteKind, typer.Option(help="Acting official, or leave.")] = SubstituteKind.PLH,
    as_json: JsonOption = False,
) -> None:
    """Let another person of the agency act for a person on certain days (Plh., leave)."""
    body = {"substitute_id": by, "kind": kind, "decree_number": decree, "first": first, "last": last}
    _act(f"/people/{person_id}", "substitutes", body, as_json)


@person.command(
    epilog="Example: zi person end-substitution 019a9c1e-0000-7000-8000-000000000000"
    " --substitution 019a9c1e-0000-7000-8000-000000000002 --last 2026-03-03"
)
def end_substitution(
    person_id: IdArgument,
    substitution: Annotated[str, typer.Option(help="Substitution id, as `zi person show` tells it.")],
    last: Annotated[str, typer.Option(metavar="DAY", help="New last day; before the first: never was.")],
    as_json: JsonOption = False,
) -> None:
    """Let a substitution end earlier, or take it back as a whole."""
    _act(f"/people/{person_id}", f"substitutes/{substitution}/end", {"last": last}, as_json)


@person.command("import", epilog="Example: zi person import pegawai.xlsx")
def import_people(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="xlsx or csv; the first row holds Nomor pegawai and more.")
    ],
    apply: Annotated[
        bool, typer.Option("--apply/--dry-run", help="Write; without it only tell what would change.")
    ] = False,
    agency: Annotated[str | None, typer.Option(help="Agency; default: your own, if it is one.")] = None,
    expected: ExpectedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take people over from a file by their employee numbers, all or nothing; nobody is deleted."""
    take_over(
        "/person-register/import",
        file,
        dry_run=not apply,
        agency=agency,
        expected=expected,
        as_json=as_json,
        key="employee_number",
        apply="--apply --expected",
    )


def _act(path: str, act: str, body: dict[str, Any], as_json: bool) -> None:
    with Client("planning", role="admin") as api:
        _, version = api.get_versioned(path)
        present(api.post(f"{path}/{act}", body, if_match=version), as_json)
