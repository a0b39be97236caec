"""An edition's official texts, as often as somebody loads them."""

from alembic import op

from shared.db.roles import app_role

revision = "planning_0012"
down_revision = "planning_0011"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE wording_load (
        edition text NOT NULL,
        version bigint NOT NULL,
        sha256 text NOT NULL,
        loaded_by text NOT NULL,
        loaded_at timestamptz NOT NULL,
        PRIMARY KEY (edition, version),
        CONSTRAINT wording_load_version CHECK (version > 0),
        CONSTRAINT wording_load_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$')
    )
    """,
    """
    CREATE TABLE wording (
        edition text NOT NULL,
        version bigint NOT NULL,
        item_code text NOT NULL,
        question text NOT NULL,
        criteria text NOT NULL,
        PRIMARY KEY (edition, version, item_code),
        FOREIGN KEY (edition, version) REFERENCES wording_load
    )
    """,
)
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM wording_load) THEN
            RAISE EXCEPTION 'restore a backup instead: official texts would be forgotten';
        END IF;
    END $$
    """,
    "DROP TABLE wording",
    "DROP TABLE wording_load",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT ON wording_load, wording TO {app_role('planning')}")


def downgrade() -> None:
    """Go back while nobody has loaded anything; else nothing is changed."""
    for statement in BACK:
        op.execute(statement)
