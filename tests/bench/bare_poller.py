"""The floor of B12 and IC: the same rows by bare SQL, one statement for a batch, without our code.

    python -m tests.bench.bare_poller DATABASE_URL

It claims as ours does and writes the same ledger, messages, outbox and audit, into our own tables with their
indexes and checks. It may leave out what ours is for: ladders of several rungs, distrust of the clock,
canaries, what cannot be fired, ids that follow from the rung, contracts. While nothing is due it looks as
often as ours.
"""

import asyncio
import random
import sys

import asyncpg

from services.complaints.deadlines.jobs import JITTER_SECONDS, MAX_SLEEP_SECONDS
from services.complaints.deadlines.store.firing import BATCH
from shared.contracts.complaints import DeadlineOverdue

FIRE = f"""
WITH due AS (
    SELECT id FROM deadline WHERE next_fire_at <= zi_now()
    ORDER BY next_fire_at, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE deadline d SET next_rung = 1, next_fire_at = NULL, breached_at = d.due_at, version = d.version + 1
    FROM due WHERE d.id = due.id
    RETURNING d.*, gen_random_uuid() AS event_id, d.id || ':due' AS event_key, zi_now() AS now
), fired AS (
    INSERT INTO deadline_fired
    SELECT event_key, event_id, id, kind, rule, 'due', 'overdue', due_at, now FROM claimed
), owed AS (
    INSERT INTO notification (event_key, recipient_role, case_ref, unit_id, not_before)
    SELECT event_key, rung_to[1], case_ref, unit_id, rung_notify_at[1] FROM claimed
), told AS (
    INSERT INTO outbox (id, aggregatetype, aggregateid, type, version, topic, record_key, payload, ce_source,
                        ce_time)
    SELECT event_id, 'deadline', id, $1, version, $2, unit_id, convert_to(json_build_object(
        'unit_id', unit_id, 'version', version, 'deadline_id', id, 'case_id', case_ref, 'kind', kind,
        'rule_id', rule, 'policy_version', policy, 'calendar_version', calendar_version, 'cycle', cycle,
        'due_at', due_at, 'is_provisional', is_provisional, 'holder', 'complaint_officer', 'rung', 'due',
        'detected_at', now)::text, 'UTF8'), 'zi/complaints', now
    FROM claimed
), noted AS (
    INSERT INTO audit (id, actor, roles, operation, entity, entity_id, changes, event_ids)
    SELECT gen_random_uuid(), 'system', '{{system}}', 'fire_deadlines', 'deadline', min(event_key),
        jsonb_build_object('rungs', jsonb_agg(event_key)), array_agg(event_id)
    FROM claimed HAVING count(*) > 0
)
SELECT count(*) FROM claimed
"""


async def poll(url: str) -> None:
    """Fire what is due until the process ends."""
    connection = await asyncpg.connect(url)
    fire = await connection.prepare(FIRE)
    told = DeadlineOverdue.event_type, DeadlineOverdue.topic
    while True:
        if await fire.fetchval(*told) < BATCH:
            await asyncio.sleep(MAX_SLEEP_SECONDS + random.uniform(0, JITTER_SECONDS))


if __name__ == "__main__":
    asyncio.run(poll(sys.argv[1]))
