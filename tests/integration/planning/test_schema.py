"""The migrations and the table classes tell the same story; a way back forgets nothing."""

from uuid import uuid4

import asyncpg
import pytest
from alembic import command

from services.planning.tables import Table
from shared.db.bootstrap import ServiceDatabase
from tests.support.database import DatabaseMaker
from tests.support.migrations import at
from tests.support.schema import differences

FILE = "0" * 64
OF_BEFORE = """
    INSERT INTO evidence (evidence_id, unit_id, layer, kind, file_name, sha256, uploaded_by)
    VALUES ($1, 'u-1', 'unit', 'sk', 'sk.pdf', $2, 'somebody')
"""


async def test_the_migrated_schema_is_the_one_the_tables_describe(planning_database: ServiceDatabase) -> None:
    assert await differences(planning_database.owner_url, Table.metadata) == []


async def test_evidence_of_before_stays_and_words_bar_the_way_back(make_database: DatabaseMaker) -> None:
    made = await make_database("planning")
    await at("planning", made.owner_url, command.downgrade, "planning_0007")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("""
        INSERT INTO unit (unit_id, agency_id, name, unit_type, echelon, has_service_function, zone, is_active,
            is_demo, version)
        VALUES ('u-1', 'a-1', 'Kantor', 'kantor_pelayanan', 'III', true, 'WIB', true, false, 1)
    """)
    await owner.execute(
        "INSERT INTO stored_file (sha256, size_bytes, media_type) VALUES ($1, 1, 'application/pdf')", FILE
    )
    old = uuid4()
    await owner.execute(OF_BEFORE, old, FILE)
    await at("planning", made.owner_url, command.upgrade, "planning_0008")
    await owner.execute(OF_BEFORE, uuid4(), FILE)  # the release before goes on beside this one
    rows = await owner.fetch("SELECT form, revision, sha256, body FROM evidence")
    assert {tuple(row) for row in rows} == {("file", 1, FILE, None)}
    await at("planning", made.owner_url, command.downgrade, "planning_0007")
    assert await owner.fetchval("SELECT sha256 FROM evidence WHERE evidence_id = $1", old) == FILE
    await at("planning", made.owner_url, command.upgrade, "planning_0008")
    await owner.execute(
        "UPDATE evidence SET form = 'text', body = 'Lemari 2', sha256 = NULL WHERE evidence_id = $1", old
    )
    with pytest.raises(Exception, match="restore a backup instead"):
        await at("planning", made.owner_url, command.downgrade, "planning_0007")
    assert await owner.fetchval("SELECT body FROM evidence WHERE evidence_id = $1", old) == "Lemari 2"
    await owner.close()


async def test_worksheets_under_review_stand_where_their_answers_say_and_acts_bar_the_way_back(
    make_database: DatabaseMaker,
) -> None:
    made = await make_database("planning")
    await at("planning", made.owner_url, command.downgrade, "planning_0008")
    owner = await asyncpg.connect(made.owner_url)
    for unit, layers in (("u-1", ("unit",)), ("u-2", ("unit", "tpi")), ("u-3", ("tpi", "tpn"))):
        await owner.execute(
            """
            INSERT INTO unit (unit_id, agency_id, name, unit_type, echelon, has_service_function, zone,
                is_active, is_demo, version)
            VALUES ($1, 'a-1', 'Kantor', 'kantor_pelayanan', 'III', true, 'WIB', true, false, 1)
            """,
            unit,
        )
        await owner.execute(
            """
            INSERT INTO programme (programme_id, unit_id, year, target, edition, rule_set, version)
            VALUES ($1, $2, 2026, 'WBK', '2026', 'panrb-90-2021', 1)
            """,
            uuid4(),
            unit,
        )
        await owner.execute("INSERT INTO worksheet (unit_id, year, version) VALUES ($1, 2026, 2)", unit)
        for number, layer in enumerate(layers, 1):
            await owner.execute(
                """
                INSERT INTO answer (unit_id, year, layer, item_code, version, letter, evidence_ids, origin,
                    written_by)
                VALUES ($1, 2026, $2, 'A.I.1.i.a', $3, 'Ya', '{}', 'typed', 'somebody')
                """,
                unit,
                layer,
                number,
            )
    await at("planning", made.owner_url, command.upgrade, "planning_0013")
    rows = await owner.fetch(
        "SELECT unit_id, stage, is_nominated, is_carried_over, version FROM stage ORDER BY unit_id"
    )
    assert [tuple(row) for row in rows] == [
        ("u-2", "penilaian_tpi", False, True, 1), ("u-3", "desk", True, True, 1),
    ]  # fmt: skip
    await at("planning", made.owner_url, command.downgrade, "planning_0008")
    await at("planning", made.owner_url, command.upgrade, "planning_0013")
    await owner.execute(
        """
        INSERT INTO stage_move (unit_id, year, version, act, side, source, target, round, moved_by)
        VALUES ('u-2', 2026, 2, 'return', 'review', 'penilaian_tpi', 'pengisian', 2, 'somebody')
        """
    )
    with pytest.raises(Exception, match="restore a backup instead"):
        await at("planning", made.owner_url, command.downgrade, "planning_0008")
    assert await owner.fetchval("SELECT count(*) FROM stage_move") == 1
    await owner.close()


async def test_loaded_texts_bar_the_way_back(make_database: DatabaseMaker) -> None:
    made = await make_database("planning")
    await at("planning", made.owner_url, command.downgrade, "planning_0008")
    await at("planning", made.owner_url, command.upgrade, "head")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("INSERT INTO wording_load VALUES ('2021', 1, $1, 'somebody', now())", FILE)
    with pytest.raises(Exception, match="official texts would be forgotten"):
        await at("planning", made.owner_url, command.downgrade, "planning_0008")
    assert await owner.fetchval("SELECT version FROM wording_load") == 1
    await owner.close()
    app = await asyncpg.connect(made.app_url.replace("+asyncpg", ""))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE wording_load SET version = 2")
    await app.close()


async def test_a_person_bars_the_way_back_and_an_empty_list_does_not(make_database: DatabaseMaker) -> None:
    made = await make_database("planning")
    await at("planning", made.owner_url, command.downgrade, "planning_0017")
    await at("planning", made.owner_url, command.upgrade, "planning_0018")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("""
        INSERT INTO unit (unit_id, agency_id, name, unit_type, echelon, has_service_function, zone, is_active,
            is_demo, version)
        VALUES ('u-1', 'a-1', 'Kantor', 'kantor_pelayanan', 'III', true, 'WIB', true, false, 1)
    """)
    await owner.execute(
        """
        INSERT INTO person (person_id, unit_id, category, is_leader, active_from, version)
        VALUES ($1, 'u-1', 'contract', false, '2026-01-02', 1)
        """,
        uuid4(),
    )
    with pytest.raises(Exception, match="the people of units would be forgotten"):
        await at("planning", made.owner_url, command.downgrade, "planning_0017")
    assert await owner.fetchval("SELECT count(*) FROM person") == 1
    await owner.close()


async def test_a_predicate_bars_the_way_back_and_an_empty_register_does_not(
    make_database: DatabaseMaker,
) -> None:
    made = await make_database("planning")
    await at("planning", made.owner_url, command.downgrade, "planning_0008")
    await at("planning", made.owner_url, command.upgrade, "head")
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("""
        INSERT INTO unit (unit_id, agency_id, name, unit_type, echelon, has_service_function, zone, is_active,
            is_demo, version)
        VALUES ('u-1', 'a-1', 'Kantor', 'kantor_pelayanan', 'III', true, 'WIB', true, false, 1)
    """)
    await owner.execute(
        """
        INSERT INTO predicate (predicate_id, unit_id, predicate, giver, decree_number, decree_on,
            decree_signatory, version, recorded_by)
        VALUES ($1, 'u-1', 'WBK', 'tpn', 'SK-1', '2018-12-10', 'Menteri', 1, 'somebody')
        """,
        uuid4(),
    )
    with pytest.raises(Exception, match="predicates and packages would be forgotten"):
        await at("planning", made.owner_url, command.downgrade, "planning_0008")
    assert await owner.fetchval("SELECT count(*) FROM predicate") == 1
    await owner.close()
