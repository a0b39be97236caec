"""What the tests of the deadline engine share: acts, draining, counting, and clocks in numbers."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import text

from services.complaints.cases.usecases import acts
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.jobs import AUDIT_REST_SECONDS, Audit
from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from tests.integration.complaints.conftest import OFFICER, Filer


def without(engine: DeadlineEngine, version: str) -> DeadlineEngine:
    """Return an engine whose data lost a policy version, as when an agency's own folder is not mounted."""
    rules = tuple(rule for rule in engine.policies.rules if rule.version != version)
    return replace(engine, policies=replace(engine.policies, rules=rules))


async def drain(poller: DeadlinePoller) -> None:
    while await poller.poll() == 0.0:
        pass


async def audited(db: Database, engine: DeadlineEngine) -> int:
    """Go through a whole round of the audit, begun by now; return how many due times differ."""
    async with db.transaction() as session:
        await session.execute(text("UPDATE due_audit SET began_at = began_at - interval '1 day'"))
    while await Audit(db, engine).step() != AUDIT_REST_SECONDS:
        pass
    async with db.reading() as session:
        differ = await session.scalar(text("SELECT last_differ FROM due_audit WHERE place IS NULL"))
    return int(differ)


async def no_version_is_left_out(filer: Filer) -> None:
    """Check that the versions of every case and clock rise by one in the order of the outbox."""
    seen: dict[str, list[int]] = {}
    for row in await filer.rows("SELECT aggregateid, version FROM outbox ORDER BY position"):
        seen.setdefault(row.aggregateid, []).append(row.version)
    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())


async def breaches(filer: Filer) -> int:
    [row] = await filer.rows("SELECT count(*) FROM outbox WHERE type LIKE '%.overdue.v1'")
    return int(row.count)


async def copy_clocks(database: ServiceDatabase, copies: int, due: datetime | None = None) -> None:
    """Multiply the clock of verification there is; with `due` the copies have nothing but that breach."""
    owner = await asyncpg.connect(database.owner_url)
    columns = [
        row["column_name"]
        for row in await owner.fetch(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'deadline' AND table_schema = 'public'"
        )
    ]
    values = {"id": "gen_random_uuid()", "case_ref": "gen_random_uuid()"}
    if due is not None:
        moment = f"timestamptz '{due.isoformat()}'"
        values |= {
            "due_at": moment,
            "next_fire_at": moment,
            "rung_at": f"ARRAY[{moment}]",
            "rung_notify_at": f"ARRAY[{moment}]",
            "rung_code": "ARRAY['due']",
            "rung_to": "ARRAY['complaint_officer']",
            "due_rung": "0",
            "repeat_days": "0",
        }
    await owner.execute(
        f"INSERT INTO deadline ({', '.join(columns)})"
        f" SELECT {', '.join(values.get(name, name) for name in columns)}"
        f" FROM deadline, generate_series(1, {copies}) WHERE rule = 'D1'"
    )
    await owner.close()


async def verify(filer: Filer, case_id: Any, version: int = 1) -> None:
    async with filer.db.transaction() as session:
        await acts.verify(
            session,
            filer.engine,
            OFFICER,
            case_id,
            version,
            stream="masyarakat",
            case_class="normatif",
            unit_id="u-1",
            note=None,
        )
