"""Tokens of PortalRB, the log of its pulls, and what people say of its reviews."""

from alembic import op

from shared.db.roles import app_role

revision = "planning_0017"
down_revision = "planning_0016"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE portal_token (
        token_id uuid PRIMARY KEY,
        agency_id text NOT NULL,
        client text NOT NULL,
        hash bytea NOT NULL,
        expires_on date NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_by text,
        revoked_at timestamptz,
        last_used_on date,
        version bigint NOT NULL,
        CONSTRAINT portal_token_revoked CHECK (num_nonnulls(revoked_at, revoked_by) IN (0, 2))
    )
    """,
    "CREATE INDEX portal_token_agency ON portal_token (agency_id, token_id)",
    """
    CREATE TABLE portal_pull (
        pull_id uuid PRIMARY KEY,
        token_id uuid NOT NULL REFERENCES portal_token,
        agency_id text NOT NULL,
        route text NOT NULL CONSTRAINT portal_pull_route
            CHECK (route IN ('unit-wbk', 'unit-wbbm', 'jawaban-unit')),
        unit_id text,
        nomination_id uuid REFERENCES nomination,
        version bigint,
        status integer NOT NULL,
        pulled_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT portal_pull_package CHECK (num_nonnulls(nomination_id, version) IN (0, 2))
    )
    """,
    "CREATE INDEX portal_pull_agency ON portal_pull (agency_id, pull_id)",
    """
    CREATE INDEX portal_pull_served ON portal_pull (nomination_id, unit_id, pulled_at)
        WHERE status = 200 AND route = 'jawaban-unit'
    """,
    """
    CREATE TABLE portal_review (
        nomination_id uuid NOT NULL REFERENCES nomination,
        unit_id text NOT NULL,
        number bigint NOT NULL CONSTRAINT portal_review_counts CHECK (number > 0),
        version bigint NOT NULL,
        pulls bigint NOT NULL,
        state text NOT NULL CONSTRAINT portal_review_state CHECK (state IN ('pending', 'sesuai')),
        said_by text NOT NULL,
        said_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (nomination_id, unit_id, number)
    )
    """,
)
KEPT = ("portal_pull", "portal_review")
"""What was pulled and said stays as it was: not even our own code can change it."""


def upgrade() -> None:
    app = app_role("planning")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(KEPT)} TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON portal_token TO {app}")


def downgrade() -> None:
    """Go back while nothing was pulled; else nothing is changed."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM portal_pull) OR EXISTS (SELECT FROM portal_review) THEN
                RAISE EXCEPTION 'restore a backup instead: what was pulled would be forgotten';
            END IF;
        END $$
        """
    )
    for table in (*KEPT, "portal_token"):
        op.execute(f"DROP TABLE {table}")
