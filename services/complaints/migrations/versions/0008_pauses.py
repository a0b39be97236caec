"""Pauses by a number of their own: an instant is no key, for two acts may fall on one.

A process of the version before inserts as it always did, and gets its numbers from here.
"""

from alembic import op

revision = "complaints_0008"
down_revision = "complaints_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deadline_pause DROP CONSTRAINT deadline_pause_pkey")
    op.execute("ALTER TABLE deadline_pause ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    op.execute("CREATE INDEX deadline_pause_clock ON deadline_pause (deadline_id, id)")
    op.execute(
        "CREATE UNIQUE INDEX deadline_pause_running ON deadline_pause (deadline_id) WHERE end_at IS NULL"
    )


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: two pauses may have begun at one instant")
