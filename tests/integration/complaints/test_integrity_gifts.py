"""Reported gifts and nil returns over HTTP: their clocks, who may do what, what others hear of them."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import httpx2
import pytest

from services.complaints import snapshot
from services.complaints.deadlines.jobs import DeadlinePoller
from services.complaints.integrity.domain.gifts import Gift
from services.complaints.integrity.usecases import gifts as of_gifts
from services.complaints.integrity.usecases.gifts import Report, report
from services.complaints.jobs import Figures, Upkeep
from services.complaints.matters.store import figures
from shared.db import Database
from shared.kernel import new_id
from shared.outbox.snapshot import Behind
from shared.security import Principal, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.people import tell, told
from tests.support.tokens import TestIssuer

GIFT: dict[str, Any] = {
    "unit_id": "u-1",
    "direction": "terima",
    "received_on": "2026-02-02",
    "place": "Ruang tamu kantor",
    "object_kind": "barang",
    "estimate": 400_000,
    "occasion": "ulang_tahun",
    "giver_relation": "rekan_kerja",
    "giver": "Bambang Pemberi",
}


class Giving:
    """Reports gifts and acts on them over HTTP, each as somebody."""

    def __init__(self, client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
        self.client = client
        self.issuer = issuer

    def headers(self, role: str, subject: str | None = None) -> dict[str, str]:
        named = {} if subject is None else {"subject": subject}
        return self.issuer.headers(role, agencies=["a-1"], units=["u-1"], **named)

    async def report(
        self, subject: str = "sari", role: str = "unit_operator", **fields: Any
    ) -> dict[str, Any]:
        answer = await self.client.post(
            "/gratifications", json=GIFT | fields, headers=self.headers(role, subject)
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def act(
        self,
        gift: str,
        act: str,
        version: int,
        role: str = "gratification_officer",
        subject: str = "upg",
        **body: Any,
    ) -> httpx2.Response:
        headers = self.headers(role, subject) | {"If-Match": f'"{version}"'}
        return await self.client.post(f"/gratifications/{gift}/{act}", json=body, headers=headers)

    async def get(
        self, path: str, role: str = "gratification_officer", subject: str = "upg"
    ) -> httpx2.Response:
        return await self.client.get(path, headers=self.headers(role, subject))


@pytest.fixture
def giving(client: httpx2.AsyncClient, issuer: TestIssuer) -> Giving:
    return Giving(client, issuer)


async def outbox(filer: Filer, topic: str) -> list[dict[str, Any]]:
    rows = await filer.rows(
        "SELECT type, payload FROM outbox WHERE topic = :topic ORDER BY position", topic=topic
    )
    return [{"fact": row.type.split(".")[4], **json.loads(row.payload)} for row in rows]


async def test_r101_a_gift_is_reported_with_type_value_and_relation_on_a_clock_from_its_receipt(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    assert (made["state"], made["is_late"]) == ("DILAPORKAN", False)
    shown = (await giving.get(f"/gratifications/{made['id']}")).json()
    assert {name: shown[name] for name in ("direction", "estimate", "giver_relation")} == {
        "direction": "terima",
        "estimate": 400_000,
        "giver_relation": "rekan_kerja",
    }
    clocks = {one["rule"]: (one["status"], one["due_text"]) for one in shown["deadlines"]}
    assert clocks == {
        "D11a": ("met", "18 Februari 2026 pukul 24.00 WIB"),
        "D11b": ("armed", "20 Februari 2026 pukul 24.00 WIB"),
        "D11d": ("armed", "25 Maret 2026 pukul 24.00 WIB"),
    }
    [fact] = await outbox(filer, "zi.complaints.gratification.v1")
    assert fact == {
        "fact": "reported",
        "unit_id": "u-1",
        "version": 1,
        "gratification_id": made["id"],
        "direction": "terima",
        "object_kind": "barang",
        "is_late": False,
        "period": "2026-S1",
    }


async def test_r101_a_nil_return_per_period_is_possible_and_stands_once(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 7, 2))
    body = {"unit_id": "u-1", "period": "2026-S1"}
    headers = giving.headers("gratification_officer", "upg")
    first = await giving.client.post("/nil-returns", json=body, headers=headers)
    again = await giving.client.post("/nil-returns", json=body, headers=headers)
    assert first.status_code == again.status_code == 200, first.text
    assert first.json() == again.json()
    facts = await outbox(filer, "zi.complaints.gratification.v1")
    assert [(one["fact"], one["period"], one["direction"]) for one in facts] == [
        ("nil_returned", "2026-S1", None)
    ]
    await giving.report(received_on="2026-06-30")
    [listed] = (await giving.get("/nil-returns?unit=u-1")).json()["items"]
    assert listed["reported_since"] == 1


async def test_a_period_with_reports_cannot_be_nil_and_the_refusal_says_which(
    giving: Giving, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 7, 2))
    made = await giving.report(received_on="2026-03-02", direction="tolak")
    answer = await giving.client.post(
        "/nil-returns",
        json={"unit_id": "u-1", "period": "2026-S1"},
        headers=giving.headers("gratification_officer"),
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "period_not_nil")
    assert answer.json()["gratifications"] == [made["id"]]


async def test_days_and_not_the_code_of_a_period_say_which_gifts_lie_in_it(
    giving: Giving, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clock.set(wib(2026, 7, 2))
    made = await giving.report(received_on="2026-02-02")
    monkeypatch.setattr(of_gifts, "period_kind", lambda: "quarter")
    headers = giving.headers("gratification_officer", "upg")
    first, second = [
        await giving.client.post("/nil-returns", json={"unit_id": "u-1", "period": period}, headers=headers)
        for period in ("2026-Q1", "2026-Q2")
    ]
    assert (first.status_code, first.json()["gratifications"]) == (409, [made["id"]])
    assert (second.status_code, second.json()["reported_since"]) == (200, 0)
    monkeypatch.undo()
    for day in ("2026-04-01", "2026-06-30", "2026-03-31"):
        await giving.report(received_on=day)
    [listed] = (await giving.get("/nil-returns?unit=u-1")).json()["items"]
    assert (listed["period"], listed["reported_since"]) == ("2026-Q2", 2)


async def test_a_nil_return_is_lifted_above_any_floor_that_a_topic_can_hold(
    giving: Giving, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 7, 2))
    made = await giving.client.post(
        "/nil-returns",
        json={"unit_id": "u-1", "period": "2026-S1"},
        headers=giving.headers("gratification_officer", "upg"),
    )
    assert made.status_code == 200
    async with db.reading() as session:
        [state] = [state async for state in snapshot.states(session)]
    async with db.transaction() as session:
        [lifted] = await snapshot.lift(session, Behind(state.fact, 2**40, ())) or []
    assert lifted.version == 2**40 + 1


async def test_the_reason_is_kept_where_nobody_named_the_giver(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report(giver=None)
    answer = await giving.client.post(
        f"/gratifications/{made['id']}/giver",
        json={"reason": "Mengisi formulir KPK."},
        headers=giving.headers("gratification_officer", "upg"),
    )
    assert (answer.status_code, answer.json()["detail"]) == (404, of_gifts.NAMELESS)
    [kept] = await filer.rows("SELECT actor, reason FROM audit WHERE operation = 'show_giver'")
    assert tuple(kept) == ("upg", "Mengisi formulir KPK.")


@pytest.mark.parametrize(
    ("period", "code"),
    [("2026-S1", "not_over"), ("2025-Q4", "wrong_kind"), ("2026-S3", "string_pattern_mismatch")],
)
async def test_a_nil_return_is_for_a_period_that_is_over(
    giving: Giving, clock: MovedClock, period: str, code: str
) -> None:
    await clock.set(wib(2026, 6, 30))
    answer = await giving.client.post(
        "/nil-returns",
        json={"unit_id": "u-1", "period": period},
        headers=giving.headers("gratification_officer"),
    )
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "period", code)


async def test_a_late_report_is_taken_marked_and_its_breach_is_in_the_ledger(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 19, 0, 0))
    made = await giving.report()
    assert made["is_late"] is True
    assert (await filer.clocks())["D11a"] == "late_done"
    breaches = await filer.rows("SELECT kind, rule FROM deadline_fired WHERE fact = 'overdue'")
    assert [tuple(row) for row in breaches] == [("gratifikasi", "D11a")]
    deadline = [
        one["fact"] for one in await outbox(filer, "zi.complaints.deadline.v1") if one["rule_id"] == "D11a"
    ]
    assert deadline[0] == "armed"
    assert deadline[-1] == "met"
    assert "overdue" in deadline


async def test_the_last_moment_of_the_clock_is_in_time(giving: Giving, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 18, 23, 59))
    assert (await giving.report())["is_late"] is False


async def test_a_gift_goes_by_its_unit_to_the_kpk_and_to_the_state(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("request-data", {"missing": "Foto barang belum ada."}, "DILENGKAPI"),
        ("complete", {"note": "Foto dilampirkan.", "estimate": 450_000}, "DILAPORKAN"),
        ("forward", {}, "DITERUSKAN_KPK"),
        ("settle", {"ownership": "milik_negara", "decision_number": "KPK-12/2026"}, "DITETAPKAN"),
        ("finish", {"handed_over_on": "2026-02-04"}, "SELESAI"),
    ]
    version = 1
    for act, body, state in steps:
        answer = await giving.act(made["id"], act, version, **body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == state
        version = answer.json()["version"]
    assert await filer.clocks() == dict.fromkeys(("D11a", "D11b", "D11c", "D11d", "D11e", "D11f"), "met")
    facts = await outbox(filer, "zi.complaints.gratification.v1")
    assert [(one["fact"], one["version"]) for one in facts] == [("reported", 1), ("settled", 2)]
    shown = (await giving.get(f"/gratifications/{made['id']}")).json()
    assert (shown["estimate"], shown["ownership"], shown["closed_at"] is None) == (
        450_000,
        "milik_negara",
        False,
    )
    assert [one["act"] for one in shown["events"]] == [
        *("file", "request_data", "complete", "forward", "settle", "finish")
    ]


async def test_who_gave_is_nowhere_but_under_the_identity_role_and_shown_for_a_reason(
    giving: Giving, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    shown = await giving.get(f"/gratifications/{made['id']}")
    rows = await filer.rows("SELECT convert_from(payload, 'UTF8') AS payload FROM outbox")
    audited = await filer.rows("SELECT to_jsonb(audit)::text AS row FROM audit")
    assert not any("Bambang" in text for text in (shown.text, str(rows), str(audited)))
    refused = await giving.client.post(
        f"/gratifications/{made['id']}/giver",
        json={"reason": "Ingin tahu saja."},
        headers=giving.headers("unit_operator", "sari"),
    )
    assert refused.status_code == 403
    told_ = await giving.client.post(
        f"/gratifications/{made['id']}/giver",
        json={"reason": "Mengisi formulir KPK."},
        headers=giving.headers("gratification_officer", "upg"),
    )
    assert told_.json() == {"giver": "Bambang Pemberi"}
    [kept] = await filer.rows("SELECT actor, reason FROM audit WHERE operation = 'show_giver'")
    assert tuple(kept) == ("upg", "Mengisi formulir KPK.")


async def test_who_reported_completes_but_decides_nothing_of_the_own_report(
    giving: Giving, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 4))
    await tell(
        db,
        told("upg", "upg", "upg-2", substitutes=[("dewi", "2026-02-01", "2026-02-28")]),
        told("dewi", "dewi"),
    )
    made = await giving.report(subject="upg", role="gratification_officer")
    for subject in ("upg", "upg-2", "dewi"):
        answer = await giving.act(made["id"], "forward", 1, subject=subject)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_matter")
    assert (
        await giving.act(made["id"], "request-data", 1, subject="rina", missing="Foto.?")
    ).status_code == 200
    assert (
        await giving.act(made["id"], "complete", 2, subject="upg-2", note="Terlampir.")
    ).status_code == 200


async def test_staff_see_their_own_reports_alone(giving: Giving, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    mine, other = await giving.report(), await giving.report(subject="budi")
    listed = (await giving.get("/gratifications", "unit_operator", "sari")).json()["items"]
    assert [one["id"] for one in listed] == [mine["id"]]
    assert (await giving.get(f"/gratifications/{other['id']}", "unit_operator", "sari")).status_code == 404
    assert (
        await giving.act(other["id"], "complete", 1, "unit_operator", "sari", note="Bukan saya.")
    ).status_code == 404
    assert len((await giving.get("/gratifications")).json()["items"]) == 2


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"received_on": "2026-02-05"}, "received_on", "in_future"),
        ({"estimate": -1}, "estimate", "greater_than_equal"),
        ({"estimate": 1.5}, "estimate", "int_type"),
        ({"estimate": "1000"}, "estimate", "int_type"),
        ({"object_kind": "mobil"}, "object_kind", "literal_error"),
        ({"colour": "red"}, "colour", "extra_forbidden"),
        ({"received_on": "2 Februari"}, "received_on", "date_parsing"),
    ],
)
async def test_a_report_that_cannot_be_so_names_its_field(
    giving: Giving, clock: MovedClock, changed: dict[str, Any], field: str, code: str
) -> None:
    await clock.set(wib(2026, 2, 4))
    answer = await giving.client.post(
        "/gratifications", json=GIFT | changed, headers=giving.headers("unit_operator", "sari")
    )
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)


async def test_an_act_asks_for_the_version_that_was_read_and_a_state_that_allows_it(
    giving: Giving, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    path = f"/gratifications/{made['id']}/forward"
    missing = await giving.client.post(path, json={}, headers=giving.headers("gratification_officer", "upg"))
    assert missing.status_code == 428
    assert (await giving.act(made["id"], "forward", 7)).status_code == 412
    wrong = await giving.act(made["id"], "settle", 1, ownership="milik_negara")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["allowed"]) == (
        *(409, "illegal_transition"),
        ["DIKELOLA_INSTANSI", "DITERUSKAN_KPK"],
    )
    early = await giving.act(made["id"], "request-data", 1, missing="Foto barang.")
    held = await giving.act(made["id"], "proceed", early.json()["version"], reason="Terlalu lama.")
    assert (held.status_code, held.json()["code"]) == (409, "completion_time_left")


async def test_no_report_waits_forever_for_who_reported_it(
    giving: Giving, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    await giving.act(made["id"], "request-data", 1, missing="Foto barang.")
    await clock.set(wib(2026, 3, 16))
    answer = await giving.act(made["id"], "proceed", 2, reason="Pelapor tidak melengkapi.")
    assert (answer.status_code, answer.json()["state"]) == (200, "DILAPORKAN")
    assert (await filer.clocks())["D11c"] == "cancelled"


@pytest.mark.parametrize(
    ("direction", "body", "status"),
    [
        ("terima", {}, 422),
        ("tolak", {"ownership": "milik_negara"}, 422),
        ("tolak", {}, 200),
        ("terima", {"ownership": "milik_penerima"}, 200),
    ],
)
async def test_a_taken_gift_is_somebodys_and_a_refused_one_nobodys(
    giving: Giving, clock: MovedClock, direction: str, body: dict[str, Any], status: int
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report(direction=direction)
    await giving.act(made["id"], "manage", 1)
    answer = await giving.act(made["id"], "settle", 2, **body)
    assert answer.status_code == status, answer.text


async def test_what_is_the_states_is_handed_over_on_a_day_that_was(giving: Giving, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    await giving.act(made["id"], "forward", 1)
    await giving.act(made["id"], "settle", 2, ownership="milik_negara")
    for body, code in (
        ({}, "required"),
        ({"handed_over_on": "2026-02-05"}, "out_of_range"),
        ({"handed_over_on": "2026-02-01"}, "out_of_range"),
    ):
        answer = await giving.act(made["id"], "finish", 3, **body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_limits_inform_with_the_sum_of_the_year_and_refuse_nothing(
    giving: Giving, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    await giving.report(estimate=1_200_000)
    await giving.report(estimate=5_000_000, direction="tolak")
    await giving.report(subject="budi", estimate=900_000)
    made = await giving.report(estimate=400_000)
    [limit] = (await giving.get(f"/gratifications/{made['id']}")).json()["limits"]
    told_ = {name: limit[name] for name in ("id", "is_above", "of_the_year", "is_year_above")}
    assert told_ == {"id": "rekan-2026", "is_above": False, "of_the_year": 1_600_000, "is_year_above": True}


async def test_open_gifts_are_listed_by_the_time_left_and_late_ones_alone_on_demand(
    giving: Giving, clock: MovedClock, poller: DeadlinePoller
) -> None:
    await clock.set(wib(2026, 2, 4))
    newer = await giving.report(received_on="2026-02-03")
    await clock.set(wib(2026, 2, 9))
    older = await giving.report(received_on="2026-01-05")
    listed = (await giving.get("/gratifications?limit=1")).json()
    assert [one["id"] for one in listed["items"]] == [older["id"]]
    following = (await giving.get(f"/gratifications?limit=1&cursor={listed['next']}")).json()
    assert [one["id"] for one in following["items"]] == [newer["id"]]
    await clock.set(wib(2026, 2, 20))
    await poller.poll()
    late = (await giving.get("/gratifications?late=true")).json()["items"]
    assert [(one["id"], one["due_rule"], one["is_overdue"]) for one in late] == [(older["id"], "D11d", True)]


async def test_an_overdue_gift_is_in_the_figures_by_kind_and_rule_and_not_on_the_desk_of_cases(
    giving: Giving, acting_of: Acting, filer: Filer, clock: MovedClock, poller: DeadlinePoller, db: Database
) -> None:
    await clock.set(wib(2026, 2, 4))
    await giving.report()
    await clock.set(wib(2026, 2, 23))
    await poller.poll()
    async with db.reading() as session:
        found = await figures(session, [])
    assert found.opened == {"gratifikasi": 1}
    assert found.overdue == {("gratifikasi", "D11b", "DILAPORKAN"): 1}
    assert found.without_deadline == 0
    desk = await acting_of.client.get("/overdue", headers=acting_of.headers("complaint_officer"))
    assert desk.json()["items"] == []
    await Figures(db, filer.engine).count()


async def test_a_revised_calendar_moves_the_clocks_of_gifts(
    filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2025, 8, 12))  # its ten days end a day later once the 18th is off
    newest = filer.engine
    older = replace(newest, calendar_version=1)
    gift = Gift("terima", date(2025, 8, 11), "Kantor", "barang", 1, "lainnya", "lainnya")
    staff = Principal("sari", frozenset({"unit_operator"}), Scope("unit", units=frozenset({"u-1"})))
    async with db.transaction() as session:
        await report(session, older, staff, Report("u-1", gift, None))
    asked = "SELECT rule, due_at FROM deadline WHERE status = 'armed' ORDER BY rule"
    before = [(row.rule, row.due_at) for row in await filer.rows(asked)]
    assert await Upkeep(db, newest).step() == 0.0
    after = [(row.rule, row.due_at) for row in await filer.rows(asked)]
    assert [rule for rule, _ in before] == ["D11b", "D11d"]
    assert [due for _, due in after] > [due for _, due in before]
    assert len(await filer.rows("SELECT 1 FROM audit WHERE operation = 'reschedule_clocks'")) == 1


async def test_what_is_told_of_gifts_can_be_told_again_and_lifted(
    giving: Giving, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 4))
    made = await giving.report()
    await giving.act(made["id"], "forward", 1)
    async with db.reading() as session:
        states = [state.fact async for state in snapshot.states(session)]
    told_ = [fact for fact in states if fact.topic == "zi.complaints.gratification.v1"]
    [sent] = await outbox(filer, "zi.complaints.gratification.v1")
    assert [json.loads(fact.model_dump_json()) for fact in told_] == [
        {name: value for name, value in sent.items() if name != "fact"}
    ]
    async with db.transaction() as session:
        [lifted] = await snapshot.lift(session, Behind(told_[0], 40, ())) or []
    assert lifted.version == 41
    answer = await giving.act(made["id"], "settle", 2, ownership="milik_penerima")
    assert answer.json()["version"] == 3
    facts = await outbox(filer, "zi.complaints.gratification.v1")
    assert [one["version"] for one in facts] == [1, 42]
    unknown = told_[0].model_copy(update={"gratification_id": str(new_id())})
    async with db.transaction() as session:
        assert await snapshot.lift(session, Behind(unknown, 40, ())) is None
