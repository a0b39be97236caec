"""Assessments have stages, windows, rounds, assessors and findings.

Worksheets that were under review already stand where their answers say; until they move, unit and TPI write
as before.
"""

from alembic import op

from shared.db.roles import app_role

revision = "planning_0013"
down_revision = "planning_0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE agency (
        agency_id text PRIMARY KEY,
        agency_type text NOT NULL,
        version bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE stage (
        unit_id text NOT NULL,
        year integer NOT NULL,
        stage text NOT NULL,
        round integer NOT NULL,
        tpi_round integer NOT NULL,
        is_nominated boolean NOT NULL,
        objection text NOT NULL,
        is_awarded boolean,
        is_carried_over boolean NOT NULL,
        act text,
        version bigint NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (unit_id, year),
        FOREIGN KEY (unit_id, year) REFERENCES worksheet,
        CONSTRAINT stage_rounds CHECK (round > 0 AND tpi_round > 0),
        CONSTRAINT stage_objection CHECK (objection IN ('none', 'raised', 'answered')),
        CONSTRAINT stage_version CHECK (version > 0)
    )
    """,
    "CREATE INDEX stage_year ON stage (year, stage, unit_id)",
    """
    CREATE TABLE stage_move (
        unit_id text NOT NULL,
        year integer NOT NULL,
        version bigint NOT NULL,
        act text NOT NULL,
        side text NOT NULL,
        source text NOT NULL,
        target text NOT NULL,
        round integer NOT NULL,
        reason text,
        moved_by text NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (unit_id, year, version),
        FOREIGN KEY (unit_id, year) REFERENCES stage,
        CONSTRAINT stage_move_side CHECK (side IN ('unit', 'review', 'agency'))
    )
    """,
    "CREATE INDEX stage_move_hand ON stage_move (unit_id, moved_by)",
    """
    CREATE TABLE stage_round (
        unit_id text NOT NULL,
        year integer NOT NULL,
        layer text NOT NULL,
        round integer NOT NULL,
        cut bigint NOT NULL,
        revisions jsonb NOT NULL,
        sha256 text NOT NULL,
        frozen_by text NOT NULL,
        frozen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (unit_id, year, layer, round),
        FOREIGN KEY (unit_id, year) REFERENCES worksheet,
        CONSTRAINT stage_round_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$')
    )
    """,
    """
    CREATE TABLE stage_window (
        window_id uuid PRIMARY KEY,
        year integer NOT NULL,
        "window" text NOT NULL,
        agency_id text,
        opens_on date,
        closes_on date,
        reason text,
        version bigint NOT NULL,
        announced_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stage_window_once UNIQUE NULLS NOT DISTINCT (year, "window", agency_id),
        CONSTRAINT stage_window_days CHECK (num_nonnulls(opens_on, closes_on) > 0),
        CONSTRAINT stage_window_order CHECK (opens_on <= closes_on)
    )
    """,
    """
    CREATE TABLE assessor_team (
        team_id text PRIMARY KEY,
        layer text NOT NULL,
        agency_id text,
        name text NOT NULL,
        version bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT assessor_team_layer CHECK ((layer = 'tpi') = (agency_id IS NOT NULL))
    )
    """,
    """
    CREATE TABLE assessor (
        assessor_id uuid PRIMARY KEY,
        team_id text NOT NULL REFERENCES assessor_team,
        subject text NOT NULL,
        organisation text NOT NULL,
        role text NOT NULL,
        unit_id text REFERENCES unit,
        is_active boolean NOT NULL,
        version bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT assessor_once UNIQUE (team_id, subject)
    )
    """,
    "CREATE INDEX assessor_subject ON assessor (subject)",
    """
    CREATE TABLE assignment (
        unit_id text NOT NULL,
        year integer NOT NULL,
        layer text NOT NULL,
        team_id text NOT NULL REFERENCES assessor_team,
        version bigint NOT NULL,
        assigned_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (unit_id, year, layer),
        FOREIGN KEY (unit_id, year) REFERENCES worksheet
    )
    """,
    "CREATE INDEX assignment_team ON assignment (team_id, year)",
    """
    CREATE TABLE assignment_share (
        unit_id text NOT NULL,
        year integer NOT NULL,
        layer text NOT NULL,
        assessor_id uuid NOT NULL REFERENCES assessor,
        areas integer[] NOT NULL,
        minutes integer NOT NULL,
        PRIMARY KEY (unit_id, year, layer, assessor_id),
        FOREIGN KEY (unit_id, year, layer) REFERENCES assignment,
        CONSTRAINT assignment_share_minutes CHECK (minutes >= 0)
    )
    """,
    "CREATE INDEX assignment_share_assessor ON assignment_share (assessor_id, year)",
    """
    CREATE TABLE finding (
        finding_id uuid PRIMARY KEY,
        unit_id text NOT NULL,
        year integer NOT NULL,
        item_code text NOT NULL,
        text text NOT NULL,
        state text NOT NULL,
        answer text,
        raised_by text NOT NULL,
        answered_by text,
        open_count integer NOT NULL,
        version bigint NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now(),
        FOREIGN KEY (unit_id, year) REFERENCES worksheet,
        CONSTRAINT finding_state CHECK (state IN ('open', 'answered')),
        CONSTRAINT finding_answer CHECK ((state = 'answered') = (answer IS NOT NULL))
    )
    """,
    "CREATE INDEX finding_worksheet ON finding (unit_id, year, finding_id)",
    """
    INSERT INTO stage (
        unit_id, year, stage, round, tpi_round, is_nominated, objection, is_carried_over, version
    )
    SELECT unit_id, year, CASE WHEN bool_or(layer = 'tpn') THEN 'desk' ELSE 'penilaian_tpi' END,
        1, 1, bool_or(layer = 'tpn'), 'none', true, 1
    FROM answer WHERE layer IN ('tpi', 'tpn') GROUP BY unit_id, year
    """,
)
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM stage_move) OR EXISTS (SELECT FROM finding)
            OR EXISTS (SELECT FROM stage_window) OR EXISTS (SELECT FROM assessor_team)
            OR EXISTS (SELECT FROM agency)
        THEN
            RAISE EXCEPTION 'restore a backup instead: stages, windows and assessors would be forgotten';
        END IF;
    END $$
    """,
    "DROP TABLE finding, assignment_share, assignment, assessor, assessor_team, stage_window, stage_round",
    "DROP TABLE stage_move, stage, agency",
)
CHANGED = "agency, stage, stage_window, assessor_team, assessor, assignment, finding"
KEPT = "stage_move, stage_round"


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    app = app_role("planning")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {CHANGED} TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON assignment_share TO {app}")
    op.execute(f"GRANT SELECT, INSERT ON {KEPT} TO {app}")


def downgrade() -> None:
    """Go back while nobody moved, announced, entered or found anything; else nothing is changed."""
    for statement in BACK:
        op.execute(statement)
