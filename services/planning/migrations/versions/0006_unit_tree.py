"""Where a unit lies, which unit it stands below, and which one took over its work."""

from alembic import op

revision = "planning_0006"
down_revision = "planning_0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE unit
        ADD COLUMN region text,
        ADD COLUMN parent_id text REFERENCES unit,
        ADD COLUMN merged_into text REFERENCES unit,
        ADD CONSTRAINT unit_parent_other CHECK (parent_id <> unit_id),
        ADD CONSTRAINT unit_merged_other CHECK (merged_into <> unit_id)
    """,
    "CREATE INDEX unit_parent ON unit (parent_id) WHERE parent_id IS NOT NULL",
    "CREATE INDEX unit_merged ON unit (merged_into) WHERE merged_into IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: regions, parents and mergers would be forgotten")
