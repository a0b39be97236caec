"""People of units by pseudonym, who acts for whom, and who they are under the identity role alone."""

from alembic import op

from shared.db.roles import app_role, identity_name

revision = "planning_0018"
down_revision = "planning_0017"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE person (
        person_id uuid PRIMARY KEY,
        unit_id text NOT NULL REFERENCES unit,
        category text NOT NULL CONSTRAINT person_category CHECK (category IN
            ('civil_servant', 'contract', 'driver', 'helper', 'guard', 'parking', 'other')),
        echelon text,
        is_leader boolean NOT NULL,
        superior_id uuid REFERENCES person,
        active_from date NOT NULL,
        active_to date,
        version bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT person_superior_other CHECK (superior_id <> person_id),
        CONSTRAINT person_days CHECK (active_from <= active_to)
    )
    """,
    "CREATE INDEX person_unit ON person (unit_id, person_id)",
    "CREATE INDEX person_superior ON person (superior_id) WHERE superior_id IS NOT NULL",
    "CREATE TABLE person_log_in (subject text PRIMARY KEY, person_id uuid NOT NULL REFERENCES person)",
    "CREATE INDEX person_log_in_person ON person_log_in (person_id)",
    """
    CREATE TABLE substitution (
        substitution_id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES person,
        substitute_id uuid NOT NULL REFERENCES person,
        kind text NOT NULL CONSTRAINT substitution_kind CHECK (kind IN ('plh', 'leave')),
        decree_number text NOT NULL,
        first date NOT NULL,
        last date NOT NULL,
        CONSTRAINT substitution_other CHECK (substitute_id <> person_id),
        CONSTRAINT substitution_days CHECK (first <= last)
    )
    """,
    "CREATE INDEX substitution_person ON substitution (person_id, first)",
    """
    CREATE TABLE identity.person_identity (
        person_id uuid PRIMARY KEY REFERENCES person,
        name text NOT NULL,
        employee_number text NOT NULL,
        position text,
        contact text
    )
    """,
    "CREATE INDEX person_identity_number ON identity.person_identity (employee_number)",
)


def upgrade() -> None:
    app = app_role("planning")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON person TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON person_log_in, substitution TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON identity.person_identity TO {identity_name('planning')}")


def downgrade() -> None:
    """Go back while nobody was entered; else nothing is changed."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM person) THEN
                RAISE EXCEPTION 'restore a backup instead: the people of units would be forgotten';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE identity.person_identity, substitution, person_log_in, person")
