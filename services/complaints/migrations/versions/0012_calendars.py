"""Calendars that are administered here, caps of deadlines, and which pauses keep the days they moved.

What ended before keeps its promise: its deadlines are recomputed as they were computed then.
"""

from alembic import op

from shared.db.roles import app_role

revision = "complaints_0012"
down_revision = "complaints_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE deadline ADD COLUMN most_days int")
    op.execute("ALTER TABLE deadline_pause ADD COLUMN is_by_dates boolean NOT NULL DEFAULT false")
    op.execute("UPDATE deadline_pause SET is_by_dates = true WHERE end_at IS NOT NULL")
    op.execute(
        "CREATE INDEX deadline_provisional ON deadline (case_ref)"
        " WHERE is_provisional AND status = 'armed' AND breached_at IS NULL"
    )
    op.execute(
        """
        CREATE TABLE calendar_version (
            version int PRIMARY KEY,
            reach text NOT NULL CONSTRAINT calendar_version_reach
                CHECK (reach IN ('national', 'zone', 'unit')),
            name text NOT NULL,
            year int,
            first_on date,
            content text NOT NULL,
            decree text,
            source text NOT NULL,
            is_confirmed boolean NOT NULL,
            shipped int CONSTRAINT calendar_version_shipped UNIQUE,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL,
            CONSTRAINT calendar_version_what CHECK (num_nonnulls(year, first_on) = 1)
        )
        """
    )
    op.execute("CREATE INDEX calendar_version_place ON calendar_version (reach, name, version)")
    op.execute(
        """
        CREATE TABLE calendar_draft (
            reach text NOT NULL CONSTRAINT calendar_draft_reach CHECK (reach IN ('national', 'zone')),
            name text NOT NULL,
            year int NOT NULL,
            content text NOT NULL,
            decree text,
            source text NOT NULL,
            based_on int NOT NULL,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL,
            PRIMARY KEY (reach, name, year)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE calendar_told (
            calendar_id text PRIMARY KEY,
            version bigint NOT NULL,
            calendar_version int NOT NULL REFERENCES calendar_version,
            fact text NOT NULL CONSTRAINT calendar_told_fact CHECK (fact IN ('confirmed', 'changed')),
            at timestamptz NOT NULL
        )
        """
    )
    role = app_role("complaints")
    op.execute(f"GRANT SELECT, INSERT ON calendar_version TO {role}")
    op.execute(f"REVOKE UPDATE, DELETE ON calendar_version FROM {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_draft, calendar_told TO {role}")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead: how running deadlines are counted would be forgotten")
