"""Pages of gifts and conflicts: sent twice a form does it once, a refusal keeps what was typed."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from fastapi import FastAPI, Response
from sqlalchemy import select

from services.complaints.deadlines.data import read
from services.complaints.deadlines.data.policies import parse
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity.data import limits
from services.complaints.integrity.domain.lives import CONFLICT as CONFLICT_KIND
from services.complaints.integrity.domain.lives import GIFT as GIFT_KIND
from services.complaints.integrity.jobs import MapYears
from services.complaints.integrity.pages import gifts as gift_pages
from services.complaints.integrity.pages.words import CONFLICT_STEPS, GIFT_STEPS
from services.complaints.integrity.usecases import conflicts as of_conflicts
from services.complaints.integrity.usecases import gifts as of_gifts
from services.complaints.integrity.usecases.acting import open_matter
from services.complaints.matters.tables import DOSSIER
from services.complaints.units import MOST_LISTED
from shared.db import Database
from shared.http.state import state_of
from shared.kernel import DomainError
from shared.security import Principal, Scope
from tests.integration.complaints.acting import BROWSER
from tests.integration.complaints.conftest import Believing, Filer, MovedClock, wib
from tests.integration.complaints.people import tell, told

UNIT_1 = Scope("unit", units=frozenset({"u-1"}))
GIFT = {
    "office": "u-1",
    "direction": "terima",
    "received_on": "2026-02-02",
    "place": "Ruang tamu kantor",
    "object_kind": "barang",
    "estimate": "Rp1.750.000",
    "occasion": "ulang_tahun",
    "giver_relation": "rekan_kerja",
    "giver": "Bambang Pemberi",
}
DECLARATION = {
    "office": "u-1",
    "activity": "Pengadaan alat tulis",
    "position": "Pejabat pengadaan",
    "conflict_type": "hubungan_keluarga",
    "decision": "Penetapan pemenang pengadaan.",
}
ENTRY = {
    "office": "u-1",
    "activity": "Perizinan",
    "position": "Pemeriksa berkas",
    "conflict_type": "hubungan_keluarga",
    "control": "Diperiksa petugas lain.",
}
ENTRY_SAID = {name: value for name, value in ENTRY.items() if name != "office"}


class Window:
    """A browser in which one person is logged in."""

    def __init__(self, client: httpx2.AsyncClient, cookie: str) -> None:
        self._client = client
        self._headers = BROWSER | {"Cookie": cookie}

    async def get(self, path: str) -> httpx2.Response:
        return await self._client.get(path, headers=self._headers)

    async def form(self, path: str, **fields: str) -> dict[str, str]:
        """Return the hidden fields of the form on a page, with these filled in."""
        (found,) = forms((await self.get(path)).text, path)
        return found | fields

    async def post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        return await self._client.post(path, data=form, headers=self._headers)

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        return await self.post(path, await self.form(path, **fields))


class House:
    """Gives each person a window."""

    def __init__(self, app: FastAPI, client: httpx2.AsyncClient) -> None:
        self._app = app
        self._client = client

    async def window(self, subject: str, role: str, scope: Scope = UNIT_1) -> Window:
        answer = Response()
        person = Principal(subject, frozenset({role}), scope)
        await state_of(self._app).sessions.open(answer, person, "Orang Contoh")
        return Window(self._client, answer.headers["set-cookie"].partition(";")[0])


@pytest.fixture
def house(app: FastAPI, client: httpx2.AsyncClient) -> House:
    return House(app, client)


def forms(page: str, action: str) -> list[dict[str, str]]:
    """Return the hidden fields of each form of a page that is sent to an address."""
    found = re.findall(rf'<form[^>]*method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    return [dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', one)) for one in found]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_a_report_that_is_sent_twice_is_reported_once_and_leads_to_its_page(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    form = await staff.form("/gratifikasi/lapor", **GIFT)
    first, second = [await staff.post("/gratifikasi/lapor", form) for _ in range(2)]
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(await filer.rows("SELECT 1 FROM dossier")) == 1
    page = words((await staff.get(first.headers["location"])).text)
    assert "Barang senilai Rp1.750.000" in page
    assert "Di atas batas sesama rekan kerja Rp500.000 tiap pemberian" in page
    assert "Bambang" not in page


async def test_a_refused_report_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    answer = await staff.send("/gratifikasi/lapor", **(GIFT | {"received_on": "2026-02-05"}))
    assert answer.status_code == 422
    assert 'id="e-received_on"' in answer.text
    assert 'value="Ruang tamu kantor"' in answer.text
    fractional = await staff.send("/gratifikasi/lapor", **(GIFT | {"estimate": "1,5"}))
    assert fractional.status_code == 422
    assert 'id="e-estimate"' in fractional.text


async def test_the_gratification_unit_leads_a_report_to_its_end_on_pages(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    steps: list[tuple[Window, str, dict[str, str]]] = [
        (upg, "minta-data", {"missing": "Foto barang."}),
        (staff, "lengkapi", {"note": "Foto dilampirkan."}),
        (upg, "teruskan", {}),
        (upg, "tetapkan", {"ownership": "milik_negara"}),
        (upg, "selesai", {"handed_over_on": "2026-02-04"}),
    ]
    for window, slug, fields in steps:
        assert f'href="{place}/{slug}"' in (await window.get(place)).text
        answer = await window.send(f"{place}/{slug}", **fields)
        assert (answer.status_code, answer.headers.get("location")) == (303, place), answer.text
    assert "Sudah selesai" in words((await staff.get(place)).text)
    assert [row.state for row in await filer.rows("SELECT state FROM dossier")] == ["SELESAI"]


async def test_a_page_offers_nobody_an_act_that_would_be_refused(house: House, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    upg, other = (
        await house.window("upg", "gratification_officer"),
        await house.window("rina", "gratification_officer"),
    )
    place = (await upg.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    assert f"{place}/teruskan" not in (await upg.get(place)).text
    assert f"{place}/teruskan" in (await other.get(place)).text
    refused = await upg.send(f"{place}/teruskan")
    assert refused.status_code == 403
    assert "keputusan ada pada orang lain" in words(refused.text)


async def acts_taken(db: Database, engine: DeadlineEngine, actor: Principal, place: str) -> set[str]:
    """Return the acts, as words of addresses, that would be taken of somebody now."""
    kind, known, offices = (
        (GIFT_KIND, GIFT_STEPS, of_gifts.OFFICES)
        if place.startswith("/gratifikasi/")
        else (CONFLICT_KIND, CONFLICT_STEPS, of_conflicts.OFFICES)
    )
    matter, taken = UUID(place.rpartition("/")[2]), set()
    async with db.reading() as session:
        version = await session.scalar(select(DOSSIER.c.version).where(DOSSIER.c.id == matter))
    assert version is not None
    for step in known:
        async with db.transaction() as session:
            act: Any = step.act
            with suppress(DomainError):
                opened = await open_matter(session, engine, actor, kind, act, matter, version, offices)
                if step.act != "proceed" or opened.is_over("complete"):
                    taken.add(step.slug)
            await session.rollback()
    return taken


async def require_offers_to_be_what_is_taken(
    house: House, db: Database, engine: DeadlineEngine, place: str, roles: Sequence[str]
) -> set[str]:
    """Ask the page and the rules for everybody in every role; return all that was offered."""
    offered: set[str] = set()
    for subject, role in product(("sari", "sari-2", "dewi", "rina"), roles):
        page = (await (await house.window(subject, role)).get(place)).text
        here = set(re.findall(rf'href="{re.escape(place)}/([a-z-]+)"', page)) - {"pemberi"}
        taken = await acts_taken(db, engine, Principal(subject, frozenset({role}), UNIT_1), place)
        assert here == taken, (subject, role, place)
        offered |= here
    return offered


async def know_sari_and_her_substitute(db: Database) -> None:
    stands_in = [("dewi", "2026-02-01", "2026-12-31")]
    await tell(db, told("sari", "sari", "sari-2", substitutes=stands_in), told("dewi", "dewi"))


async def test_each_act_on_a_gift_is_offered_to_those_alone_of_whom_it_is_taken(
    house: House, db: Database, engine: DeadlineEngine, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    await know_sari_and_her_substitute(db)
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    roles = ("unit_operator", "gratification_officer", "inspector")
    life: list[tuple[set[str], str, dict[str, str]]] = [
        ({"teruskan", "kelola", "minta-data"}, "minta-data", {"missing": "Foto barang."}),
        ({"lengkapi"}, "", {}),
        ({"lengkapi", "lanjutkan"}, "lanjutkan", {"reason": "Waktunya habis."}),
        ({"teruskan", "kelola", "minta-data"}, "teruskan", {}),
        ({"tetapkan"}, "tetapkan", {"ownership": "milik_penerima"}),
        ({"selesai"}, "selesai", {}),
        (set(), "", {}),
    ]
    for offered, slug, fields in life:
        assert await require_offers_to_be_what_is_taken(house, db, engine, place, roles) == offered
        if slug:
            answer = await upg.send(f"{place}/{slug}", **fields)
            assert answer.status_code == 303, answer.text
        else:
            await clock.set(wib(2026, 3, 16))


async def test_each_act_on_a_declaration_is_offered_to_those_alone_of_whom_it_is_taken(
    house: House, db: Database, engine: DeadlineEngine, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    await know_sari_and_her_substitute(db)
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    place = (await staff.send("/benturan-kepentingan/deklarasi", **DECLARATION)).headers["location"]
    roles = ("unit_operator", "unit_leader", "inspector")
    life = [
        ("nilai", {"note": "Diperiksa."}),
        ("putuskan", {"is_conflict": "false", "reason": "Tidak ada hubungan."}),
        ("selesai", {}),
    ]
    for slug, fields in life:
        assert await require_offers_to_be_what_is_taken(house, db, engine, place, roles) == {slug}
        assert (await leader.send(f"{place}/{slug}", **fields)).status_code == 303
    assert await require_offers_to_be_what_is_taken(house, db, engine, place, roles) == set()


async def test_a_clock_of_an_agencys_own_goes_by_the_title_of_its_policy(
    house: House, app: FastAPI, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    names = ("cases", "permintaan_informasi", "gratifikasi", "benturan_kepentingan")
    policies = [entry for name in names for entry in read(f"policy/{name}.json")["policies"]]
    shipped = {entry["id"]: entry for entry in policies}
    own = {"scope": {"level": "agency", "id": "a-1"}, "length": 5, "source": "Keputusan instansi"}
    gift = shipped["D11b"] | own | {"id": "X11", "version": "X11.1", "title": "Kabar kepada atasan"}
    conflict = shipped["D12a"] | own | {"id": "X12", "version": "X12.1", "title": "Tanggapan inspektorat"}
    entries = [{"policies": [*policies, gift, conflict]}]
    book = parse(entries, read("policy/ladders.json"), read("policy/pause_limits.json"))
    app.state.engine = DeadlineEngine(book, Believing())
    staff = await house.window("sari", "unit_operator")
    for form, fields, title in (
        ("/gratifikasi/lapor", GIFT, "Kabar kepada atasan"),
        ("/benturan-kepentingan/deklarasi", DECLARATION, "Tanggapan inspektorat"),
    ):
        place = (await staff.send(form, **fields)).headers["location"]
        listed, shown = await staff.get(place.rpartition("/")[0]), await staff.get(place)
        assert (listed.status_code, shown.status_code) == (200, 200)
        assert f"{title}, " in words(listed.text)
        assert f"{title}, paling lambat" in words(shown.text)


async def test_who_gave_is_shown_once_for_a_reason(house: House, filer: Filer, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    shown = await upg.send(f"{place}/pemberi", reason="Mengisi formulir KPK.")
    assert "Pemberinya: Bambang Pemberi" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert len(await filer.rows("SELECT 1 FROM audit WHERE operation = 'show_giver'")) == 1
    assert (await staff.get(f"{place}/pemberi")).status_code == 403


async def test_a_page_says_that_nobody_named_the_giver_and_keeps_the_reason(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **(GIFT | {"giver": ""}))).headers["location"]
    shown = await upg.send(f"{place}/pemberi", reason="Mengisi formulir KPK.")
    assert (shown.status_code, "Pelapor tidak menyebut siapa pemberinya." in shown.text) == (200, True)
    assert len(await filer.rows("SELECT 1 FROM audit WHERE operation = 'show_giver'")) == 1


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("Rp1.500.000", 1_500_000),
        ("1500000", 1_500_000),
        ("0", 0),
        ("1500000.00", None),
        ("1.500.000.00", None),
        ("1.5", None),
        ("1500.000", None),
        ("1,500,000", None),
    ],
)
async def test_an_amount_is_read_as_it_is_written_or_not_at_all(
    house: House, filer: Filer, clock: MovedClock, typed: str, taken: int | None
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    answer = await staff.send("/gratifikasi/lapor", **(GIFT | {"estimate": typed}))
    assert answer.status_code == (422 if taken is None else 303)
    rows = await filer.rows("SELECT estimate FROM gratification")
    assert [row.estimate for row in rows] == ([] if taken is None else [taken])


async def test_a_unit_that_the_address_names_is_offered_among_more_than_a_list_holds(
    house: House, clock: MovedClock, one_owner: asyncpg.Connection
) -> None:
    await clock.set(wib(2026, 2, 4))
    await one_owner.execute(
        "INSERT INTO unit SELECT 'm-' || n, 'a-1', 'A ' || n, 'WIB', true, false, 1, ''"
        " FROM generate_series(1, $1::int) n",
        MOST_LISTED,
    )
    agency = Scope("agency", agencies=frozenset({"a-1"}))
    upg = await house.window("upg", "gratification_officer", agency)
    for path in (
        "/gratifikasi/lapor",
        "/gratifikasi/nihil",
        "/benturan-kepentingan/deklarasi",
        "/benturan-kepentingan/peta/baru",
        "/benturan-kepentingan/peta",
    ):
        assert 'value="u-2"' not in (await upg.get(path)).text, path
        assert 'value="u-2" selected' in (await upg.get(f"{path}?unit=u-2")).text, path
    form = await upg.form("/gratifikasi/lapor", **(GIFT | {"office": "u-2", "place": ""}))
    refused = await upg.post("/gratifikasi/lapor", form)
    assert (refused.status_code, 'value="u-2" selected' in refused.text) == (422, True)
    outside = Scope("unit", units=frozenset({"u-1"}))
    other = await house.window("rina", "gratification_officer", outside)
    assert 'value="u-2"' not in (await other.get("/gratifikasi/lapor?unit=u-2")).text


async def test_the_periods_and_limits_offered_are_those_of_the_units_day(
    house: House, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clock.set(wib(2026, 6, 30, 23, 30))  # 1 July in WITA
    agency = Scope("agency", agencies=frozenset({"a-1"}))
    upg = await house.window("upg", "gratification_officer", agency)
    assert 'value="2026-S1"' not in (await upg.get("/gratifikasi/nihil?unit=u-1")).text
    assert 'value="2026-S1"' in (await upg.get("/gratifikasi/nihil?unit=u-2")).text
    past = replace(limits()[0], words="batas lama", valid_to=date(2026, 6, 30), valid_from=date.min)
    monkeypatch.setattr(gift_pages, "limits", lambda: [past])
    for unit, is_shown in (("", True), ("?unit=u-1", True), ("?unit=u-2", False)):
        page = (await upg.get(f"/gratifikasi/lapor{unit}")).text
        assert ("Batas lama" in page) is is_shown
    await clock.set(wib(2026, 7, 1, 0, 30))  # still 30 June in UTC
    assert "Batas lama" not in (await upg.get("/gratifikasi/lapor?unit=u-1")).text


async def test_a_nil_return_that_cannot_be_links_to_the_reports_of_its_period(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 7, 2))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    refused = await upg.send("/gratifikasi/nihil", office="u-1", period="2026-S1")
    assert refused.status_code == 409
    assert f'href="{place}"' in refused.text
    assert (await upg.send("/gratifikasi/nihil", office="u-1", period="2025-S2")).status_code == 303
    assert "Semester 2 tahun 2025" in (await staff.get("/gratifikasi/nihil")).text


async def test_a_declaration_says_that_the_decision_is_suspended_until_a_superior_decides(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    place = (await staff.send("/benturan-kepentingan/deklarasi", **DECLARATION)).headers["location"]
    assert "Keputusan ditunda sampai atasan memutuskan." in (await staff.get(place)).text
    assert (await leader.send(f"{place}/nilai", note="Diperiksa.")).status_code == 303
    bare = await leader.send(f"{place}/putuskan", is_conflict="true", reason="Ada hubungan keluarga.")
    assert (bare.status_code, 'id="e-control"' in bare.text, "Ada hubungan keluarga." in bare.text) == (
        *(422, True),
        True,
    )
    decided = await leader.send(
        f"{place}/putuskan", is_conflict="true", reason="Ada hubungan.", control="Digantikan pejabat lain."
    )
    assert decided.status_code == 303
    assert "Ada benturan kepentingan, dan dikendalikan." in (await staff.get(place)).text


async def test_a_map_is_kept_and_its_year_is_declared_reviewed_on_pages(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    form = await staff.form("/benturan-kepentingan/peta/baru", **ENTRY)
    assert [(await staff.post("/benturan-kepentingan/peta/baru", form)).status_code for _ in range(2)] == [
        *(303, 303)
    ]
    page = (await staff.get("/benturan-kepentingan/peta")).text
    (entry,) = re.findall(r'href="(/benturan-kepentingan/peta/butir/[^"]+)"', page)
    changed = await staff.send(entry, **(ENTRY_SAID | {"act": "change", "control": "Diperiksa dua orang."}))
    assert changed.status_code == 303
    assert "Diperiksa dua orang." in (await staff.get("/benturan-kepentingan/peta")).text
    assert (await leader.send("/benturan-kepentingan/peta")).status_code == 303
    assert "Peta tahun 2026 sudah ditinjau." in (await leader.get("/benturan-kepentingan/peta")).text
    states = await filer.rows("SELECT state FROM dossier WHERE kind = 'peta_benturan'")
    assert [row.state for row in states] == ["SELESAI"]


async def test_a_review_of_an_earlier_year_is_ended_on_the_page_of_the_map(
    house: House, filer: Filer, clock: MovedClock, db: Database
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, leader = await house.window("sari", "unit_operator"), await house.window("kepala", "unit_leader")
    await staff.send("/benturan-kepentingan/peta/baru", **ENTRY)
    await clock.set(wib(2027, 2, 4))
    await MapYears(db, filer.engine).step()
    page = (await leader.get("/benturan-kepentingan/peta")).text
    assert "Peninjauan tahun sebelumnya yang belum selesai" in page
    (form,) = forms(page, "/benturan-kepentingan/peta")  # that of 2027 waits for its entry
    assert form["map_year"] == "2026"
    assert "Peninjauan tahun sebelumnya" in (await staff.get("/benturan-kepentingan/peta")).text
    assert (await leader.post("/benturan-kepentingan/peta", form)).status_code == 303
    assert "Peninjauan tahun sebelumnya" not in (await leader.get("/benturan-kepentingan/peta")).text
    rows = await filer.rows("SELECT period, state FROM dossier ORDER BY period")
    assert [tuple(row) for row in rows] == [("2026", "SELESAI"), ("2027", "DITINJAU")]


async def test_an_entry_that_is_taken_off_by_a_double_click_is_taken_off_once(
    house: House, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    await staff.send("/benturan-kepentingan/peta/baru", **ENTRY)
    page = (await staff.get("/benturan-kepentingan/peta")).text
    (entry,) = re.findall(r'href="(/benturan-kepentingan/peta/butir/[^"]+)"', page)
    form = await staff.form(entry, **(ENTRY_SAID | {"act": "retire"}))
    answers = [await staff.post(entry, form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await filer.rows("SELECT 1 FROM conflict_map_change WHERE act = 'retire'")) == 1
    assert (await staff.get(entry)).status_code == 404


async def test_a_refused_field_does_not_let_a_form_overwrite_what_it_never_showed(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, other = await house.window("sari", "unit_operator"), await house.window("budi", "unit_operator")
    await staff.send("/benturan-kepentingan/peta/baru", **ENTRY)
    page = (await staff.get("/benturan-kepentingan/peta")).text
    (entry,) = re.findall(r'href="(/benturan-kepentingan/peta/butir/[^"]+)"', page)
    stale = await staff.form(entry, **(ENTRY_SAID | {"act": "change", "control": "Oke"}))
    assert (
        await other.send(entry, **(ENTRY_SAID | {"act": "change", "control": "Dua orang."}))
    ).status_code == 303
    wrong = await staff.post(entry, stale)
    (again,) = forms(wrong.text, entry)
    assert (wrong.status_code, again["version"]) == (422, stale["version"])
    refused = await staff.post(entry, again | ENTRY_SAID | {"act": "change"})
    assert (refused.status_code, "sudah diubah orang lain" in refused.text) == (412, True)
    (newest,) = forms(refused.text, entry)
    assert newest["version"] == "2"
    assert (await staff.post(entry, newest | ENTRY_SAID | {"act": "change"})).status_code == 303


async def test_a_refused_field_of_an_act_keeps_the_version_that_was_read(
    house: House, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 2, 4))
    staff, upg = (
        await house.window("sari", "unit_operator"),
        await house.window("upg", "gratification_officer"),
    )
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    ask = f"{place}/minta-data"
    stale = await upg.form(ask, missing="Foto barang.")
    await upg.send(ask, missing="Foto barang.")
    await staff.send(f"{place}/lengkapi", note="Foto dilampirkan.")
    wrong = await upg.post(ask, stale | {"missing": "Foto"})
    assert (wrong.status_code, forms(wrong.text, ask)[0]["version"]) == (422, "1")
    refused = await upg.post(ask, forms(wrong.text, ask)[0] | {"missing": "Foto barang."})
    assert (refused.status_code, forms(refused.text, ask)[0]["version"]) == (412, "3")


async def test_an_unknown_act_is_no_page(house: House, clock: MovedClock) -> None:
    await clock.set(wib(2026, 2, 4))
    staff = await house.window("sari", "unit_operator")
    place = (await staff.send("/gratifikasi/lapor", **GIFT)).headers["location"]
    assert (await staff.get(f"{place}/hapus")).status_code == 404


@pytest.mark.parametrize("kind", ["gratifikasi", "benturan_kepentingan", "peta_benturan"])
async def test_the_page_of_rules_shows_the_deadlines_of_every_kind(
    house: House, clock: MovedClock, kind: str
) -> None:
    await clock.set(wib(2026, 2, 4))
    officer = await house.window("petugas", "complaint_officer")
    page = await officer.get(f"/pengaduan/aturan?jenis={kind}")
    assert page.status_code == 200
    told: dict[str, Any] = {
        "gratifikasi": "D11c.2",
        "benturan_kepentingan": "D12a.1",
        "peta_benturan": "D12b.1",
    }
    assert told[kind] in page.text
    assert (await officer.get("/pengaduan/aturan?jenis=keluhan")).status_code == 422
