"""What strikes a database under traffic, in every service, for requests of every kind."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.support.database import DatabaseMaker
from tests.support.every_service import POOL, SERVICES, Sent, Service, running

MIGRATION = """
DO $$ DECLARE found record; BEGIN
    FOR found IN
        SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.atttypid = 'text'::regtype AND a.attnum > 0 AND a.attgenerated = ''
            AND c.relname <> 'deadline'  -- one of its statements takes a value as two types then
    LOOP
        BEGIN
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE varchar', found.relname, found.attname);
        EXCEPTION WHEN feature_not_supported OR dependent_objects_still_exist THEN NULL;
        END;
    END LOOP;
END $$
"""
FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '{state}'; END $$;
DO $$ DECLARE found name; BEGIN
    FOR found IN
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p') AND NOT relispartition AND relname LIKE '{table}'
    LOOP
        EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE OR DELETE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()', found);
    END LOOP;
END $$
"""

IN_TROUBLE = ("57P02", "58030", "53200", "25006")


async def asked(service: Service, number: int) -> list[tuple[Sent, httpx2.Response]]:
    return [(sent, await service.ask(sent)) for sent in service.requests(number)]


def failed(answers: list[tuple[Sent, httpx2.Response]]) -> list[str]:
    return [f"{sent.name}: {answer.status_code} {answer.text}" for sent, answer in answers if answer.is_error]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_migration_under_traffic_fails_no_request(
    name: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with running(name, await make_database(name), tmp_path) as service:
        for number in range(POOL):  # the pool hands its connections out in turn: each knows the statements
            assert failed(await asked(service, number)) == []
        await service.owner.execute(MIGRATION)
        await service.owner.execute("DELETE FROM rate_limit")
        for number in range(POOL, 2 * POOL):
            assert failed(await asked(service, number)) == []


@pytest.mark.parametrize("table", ["%", "outbox"])
@pytest.mark.parametrize("name", [name for name in SERVICES if name != "scoring"])
async def test_a_full_disk_is_told_as_such_and_nothing_is_half_stored(
    name: str, table: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with running(name, await make_database(name), tmp_path) as service:
        before = await service.rows()
        await service.owner.execute(FULL.format(state="53100", table=table))
        wrong, refused = [], set()
        for sent, answer in await asked(service, 0):
            if answer.status_code == 507:
                refused.add(sent.name)
                assert answer.headers["retry-after"]
            elif answer.is_error:
                wrong.append(f"{sent.name}: {answer.status_code} {answer.text}")
            if sent.writes and table == "%" and answer.status_code != 507:
                wrong.append(f"{sent.name}: {answer.status_code} though nothing can be written")
        assert wrong == []
        assert refused
        if table == "%":
            assert await service.rows() == before


@pytest.fixture(scope="module")
async def unwritable(
    make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """A service whose tables take nothing, so that it is for each state as it was for the one before."""
    folder = tmp_path_factory.mktemp("unwritable")
    async with running("complaints", await make_database("complaints"), folder) as service:
        await service.owner.execute(FULL.format(state=IN_TROUBLE[0], table="%"))
        yield service


@pytest.mark.parametrize("state", IN_TROUBLE)
async def test_a_server_in_trouble_is_told_as_away(state: str, unwritable: Service) -> None:
    before = await unwritable.rows()
    function = FULL.partition("DO $$")[0].replace("CREATE", "CREATE OR REPLACE")
    await unwritable.owner.execute(function.format(state=state))
    for sent, answer in await asked(unwritable, 0):
        assert answer.status_code == 503 if sent.writes else not answer.is_error, sent.name
    assert await unwritable.rows() == before


@pytest.mark.parametrize(
    "change",
    ["created_at = created_at - interval '73 hours'", "principal = 'somebody else'"],
    ids=["after its time", "of another caller"],
)
@pytest.mark.parametrize("name", [name for name in SERVICES if name != "scoring"])
async def test_a_key_after_its_time_or_of_another_caller_is_another_command(
    name: str, change: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """Nothing that a command makes may be derived from its key alone: it would be there already."""
    async with running(name, await make_database(name), tmp_path) as service:
        for sent in (sent for sent in service.requests(0) if sent.writes):
            headers = {"Idempotency-Key": "one key of many commands"} | sent.options.get("headers", {})
            asked = replace(sent, options=sent.options | {"headers": headers})
            first = await service.ask(asked)
            assert not first.is_error, f"{sent.name}: {first.status_code} {first.text}"
            await service.owner.execute(f"UPDATE idempotency SET {change}")
            second = await service.ask(asked)
            assert second.status_code < 500, f"{sent.name}: {second.status_code} {second.text}"
            assert "idempotency-replayed" not in second.headers, sent.name
            await service.owner.execute("DELETE FROM idempotency")
