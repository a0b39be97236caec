"""Rights on tables of identities are given by name: some are for functions of the owner alone."""

from pathlib import Path

import shared
from shared.db.ddl import grant_identity

ROOT = Path(shared.__file__).parents[1]


class Told:
    """What a migration executes."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, sqltext: str) -> None:
        self.statements.append(sqltext)


def test_r238_the_identity_role_gets_named_tables_alone() -> None:
    told = Told()
    grant_identity(told, "complaints", "reporter", "giver")
    [statement] = told.statements
    assert statement.endswith("ON identity.reporter, identity.giver TO zi_complaints_identity")


def test_r238_no_migration_gives_rights_on_whatever_stands_in_the_schema_of_identities() -> None:
    places = [*ROOT.glob("services/*/migrations/**/*.py"), *ROOT.glob("shared/**/*.py")]
    assert len(places) > 100
    assert [path.name for path in places if "in schema identity" in path.read_text().lower()] == []
