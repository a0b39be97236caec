"""What migrations may do, and what processes believe of them."""

import ast
import re
from collections.abc import Iterator

import pytest
from alembic.script import ScriptDirectory

from shared.db.migrate import config
from shared.db.schema import revisions, scripts

BESIDE_FROM = {
    "planning": "planning_0019",
    "complaints": "complaints_0023",
    "survey": "survey_0014",
    "scoring": "scoring_0020",
}
"""From these migrations on, indexes on tables that exist are built beside the work on them."""
_TABLE = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w.]+)")
_INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX [^;()]*?\bON (?:ONLY )?([\w.]+)")


@pytest.mark.parametrize("service", BESIDE_FROM)
def test_the_revisions_read_from_files_are_alembics_history_in_order(service: str) -> None:
    history = ScriptDirectory.from_config(config(service)).walk_revisions()  # newest first

    assert revisions(service) == [script.revision for script in history][::-1]
    assert revisions(service)


@pytest.mark.parametrize("service", BESIDE_FROM)
def test_an_index_on_a_table_that_exists_is_built_beside_the_work_on_it(service: str) -> None:
    """By `shared.db.indexes.build_index`: a plain one holds up whoever writes until it is built."""
    assert {name: held for name, source in _newer(service) if (held := plainly_indexed(source))} == {}


@pytest.mark.parametrize("service", BESIDE_FROM)
def test_a_migration_builds_indexes_before_it_does_anything_else(service: str) -> None:
    """Each build commits: a migration that breaks off after one begins again from its start."""
    assert [name for name, source in _newer(service) if not builds_first(source)] == []


@pytest.mark.parametrize(
    ("source", "held"),
    [
        ("op.execute('CREATE INDEX a ON deadline (due_at)')", {"deadline"}),
        ("op.execute('CREATE UNIQUE INDEX a '\n    'ON identity.contact (id)')", {"identity.contact"}),
        ("op.execute(f'CREATE INDEX {name} ON deadline (due_at)')", {"deadline"}),
        ("op.create_index('a', 'deadline', ['due_at'])", {"create_index"}),
        ("op.execute('CREATE TABLE channel (id int)')\nop.execute('CREATE INDEX a ON channel (id)')", set()),
        ("build_index(op, 'a', 'ON deadline (due_at)')", set()),
    ],
)
def test_a_plain_index_is_known_by_its_table(source: str, held: set[str]) -> None:
    assert plainly_indexed(source) == held


@pytest.mark.parametrize(
    ("body", "is_right"),
    [
        ("build_index(op, 'a', 'ON x (y)')\n    op.execute('SELECT 1')", True),
        ("op.execute('SELECT 1')\n    build_index(op, 'a', 'ON x (y)')", False),
        ("for name in NAMES:\n        build_index(op, name, 'ON x (y)')", True),
        ("op.execute('SELECT 1')", True),
    ],
)
def test_what_a_migration_begins_with_is_seen(body: str, *, is_right: bool) -> None:
    assert builds_first(f"def upgrade():\n    {body}") is is_right


def _newer(service: str) -> Iterator[tuple[str, str]]:
    number = BESIDE_FROM[service].removeprefix(f"{service}_")
    for file in sorted(scripts(service).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".py") and file.name >= number:
            yield file.name, file.read_text()


def plainly_indexed(source: str) -> set[str]:
    """Return the tables that a migration indexes plainly and does not make itself."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    said = [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    sql = " ".join(" ".join(text.split()) for text in said)
    by_alembic = {"create_index"} & {one.attr for one in nodes if isinstance(one, ast.Attribute)}
    return (set(_INDEX.findall(sql)) - set(_TABLE.findall(sql))) | by_alembic


def builds_first(source: str) -> bool:
    """Tell whether nothing stands before the indexes that a migration builds."""
    upgrade = next(
        one
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.FunctionDef) and one.name == "upgrade"
    )
    is_build = ["build_index(" in ast.unparse(step) for step in upgrade.body]
    return is_build == sorted(is_build, reverse=True)
