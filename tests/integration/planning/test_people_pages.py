"""The people of units on pages: by name for those who may know them, and nothing but ids in an address."""

import html
import re
from typing import Any

import httpx2
import pytest

from shared.security import Scope
from tests.support.forms import filled
from tests.support.planning import Planning
from tests.support.planning_browser import BROWSER, Browser, log_in
from tests.support.unit_files import csv_file

PLH = {"kind": "plh", "decree_number": "PRIN-7/2026", "first": "2026-03-02", "last": "2026-03-06"}


@pytest.fixture
async def admin(planning: Planning) -> Browser:
    return await log_in(planning)


@pytest.fixture
async def unit(admin: Browser) -> str:
    return await admin.planning.unit(agency=admin.agency)


def told(answer: httpx2.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def entered(admin: Browser, unit: str, **fields: Any) -> dict[str, Any]:
    return await admin.planning.person(unit, agency=admin.agency, **fields)


async def send(browser: Browser, path: str, **fields: str) -> httpx2.Response:
    """Send the form of a page as a browser would, with these fields changed."""
    page = await browser.get(path)
    form = filled(page.text, path)
    assert form is not None, page.text
    return await browser.post(path, **{**form, **fields})


async def read(admin: Browser, path: str) -> httpx2.Response:
    headers = admin.planning.issuer.headers("admin", level="agency", agencies=[admin.agency])
    found = await admin.planning.client.get(path, headers=headers)
    assert found.status_code == 200, found.text
    return found


async def shown(admin: Browser, person: dict[str, Any]) -> dict[str, Any]:
    return dict((await read(admin, f"/people/{person['person_id']}")).json())


async def test_a_list_says_who_works_in_the_unit_who_is_acted_for_and_who_left(
    admin: Browser, unit: str
) -> None:
    head = await entered(admin, unit, name="Zainab Kepala", is_leader=True, subjects=[f"z-{unit}"])
    await entered(admin, unit, name="Andi Analis", superior_id=head["person_id"])
    await entered(admin, unit, name="Budi Lama", active_to="2025-06-30")
    page = await admin.get("/orang", unit=unit)
    assert "2 orang bertugas di" in told(page)
    assert "1 belum punya akun" in told(page)
    assert "Budi Lama" not in told(page)
    assert told(page).index("Zainab Kepala") < told(page).index("Andi Analis"), "who leads comes first"
    left = await admin.get("/orang", unit=unit, saring="keluar")
    assert "keluar, terakhir 30 Juni 2025" in told(left)
    assert "Andi Analis" not in told(left)


async def test_a_person_is_entered_once_and_led_by_somebody_of_another_unit(
    admin: Browser, unit: str
) -> None:
    other = await admin.planning.unit(agency=admin.agency)
    far = await entered(admin, other, name="Atasan Jauh", employee_number="900")
    path = f"/orang/baru?unit={unit}"
    fields = {
        "name": "Wulan Rahasia",
        "employee_number": "901",
        "category": "contract",
        "superior_number": "900",
        "subjects": f"a-{unit}, b-{unit}",
        "active_from": "2026-01-02",
    }
    done = await send(admin, path, **fields)
    assert done.status_code == 303, done.text
    assert "Wulan" not in done.headers["location"]
    again = await admin.post(path, **{**(filled(admin.pages[-2], path) or {}), **fields})
    assert again.status_code == 303, "pressed twice it is entered once"
    [made] = (await read(admin, f"/people?unit={unit}")).json()["items"]
    assert (made["name"], made["superior_id"]) == ("Wulan Rahasia", far["person_id"])
    assert made["subjects"] == [f"a-{unit}", f"b-{unit}"]


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    admin: Browser, unit: str
) -> None:
    path = f"/orang/baru?unit={unit}"
    wrong = await send(
        admin, path, name="Wulan", employee_number="901", category="contract", subjects="a@b.id"
    )
    assert (wrong.status_code, 'href="#f-subjects"' in wrong.text) == (422, True)
    assert 'value="Wulan"' in wrong.text
    assert "a@b.id</textarea>" in wrong.text
    unknown = await send(
        admin, path, name="Wulan", employee_number="901", category="contract", superior_number="77"
    )
    assert (unknown.status_code, 'href="#f-superior_number"' in unknown.text) == (422, True)


async def test_an_entry_is_changed_and_an_empty_field_empties(admin: Browser, unit: str) -> None:
    person = await entered(admin, unit, position="Analis", contact="0812", subjects=[f"a-{unit}"])
    path = f"/orang/{person['person_id']}/ubah"
    done = await send(admin, path, position="Pengolah Data", contact="", subjects="")
    assert done.headers["location"] == f"/orang/{person['person_id']}?selesai=ubah"
    now = await shown(admin, person)
    assert (now["position"], now["contact"], now["subjects"]) == ("Pengolah Data", None, [])
    stale = await admin.post(path, **{**(filled(admin.pages[-2], path) or {}), "position": "Lain"})
    assert (stale.status_code, "Lain" in stale.text) == (412, True)


async def test_a_superior_of_another_unit_stays_where_the_form_is_not_touched(
    admin: Browser, unit: str
) -> None:
    other = await admin.planning.unit(agency=admin.agency)
    far = await entered(admin, other)
    person = await entered(admin, unit, superior_id=far["person_id"])
    await send(admin, f"/orang/{person['person_id']}/ubah", position="Analis")
    assert (await shown(admin, person))["superior_id"] == far["person_id"]


async def test_a_last_day_is_noted_from_the_page_that_says_what_follows(admin: Browser, unit: str) -> None:
    person = await entered(admin, unit)
    path = f"/orang/{person['person_id']}/keluar"
    before = await send(admin, path, active_to="2020-01-01")
    assert (before.status_code, 'href="#f-active_to"' in before.text) == (422, True)
    done = await send(admin, path, active_to="2026-02-27")
    assert done.headers["location"] == f"/orang/{person['person_id']}?selesai=keluar"
    assert (await shown(admin, person))["active_to"] == "2026-02-27"


async def test_a_substitute_is_named_by_decree_and_ended_early(admin: Browser, unit: str) -> None:
    person, colleague = await entered(admin, unit), await entered(admin, unit, name="Pengganti Sari")
    path = f"/orang/{person['person_id']}/pengganti"
    nobody = await send(admin, path, **PLH)
    assert (nobody.status_code, 'href="#f-substitute_id"' in nobody.text) == (422, True)
    done = await send(admin, path, **PLH, substitute_id=colleague["person_id"])
    assert done.headers["location"] == f"/orang/{person['person_id']}?selesai=ganti"
    overlap = await send(admin, path, **PLH, substitute_id=colleague["person_id"])
    assert (overlap.status_code, 'href="#f-first"' in overlap.text) == (409, True)
    page = await admin.get(f"/orang/{person['person_id']}")
    assert "Pengganti Sari 2 Maret 2026 sampai 6 Maret 2026 pelaksana harian (Plh.) PRIN-7/2026" in told(page)
    [one] = (await shown(admin, person))["substitutes"]
    end = f"{path}/{one['substitution_id']}"
    later = await send(admin, end, last="2026-03-09")
    assert (later.status_code, 'href="#f-last"' in later.text) == (422, True)
    ended = await send(admin, end, last="2026-03-03")
    assert ended.headers["location"] == f"/orang/{person['person_id']}?selesai=akhir"
    assert [one["last"] for one in (await shown(admin, person))["substitutes"]] == ["2026-03-03"]


async def test_names_are_for_those_alone_who_may_read_them(
    planning: Planning, admin: Browser, unit: str
) -> None:
    other = await planning.unit(agency=admin.agency)
    far = await entered(admin, other, name="Atasan Jauh")
    near = await entered(admin, unit, name="Wulan Dekat", superior_id=far["person_id"])
    scope = Scope("unit", units=frozenset({unit}))
    leader = await log_in(planning, "unit_leader", "leader-1", admin.agency, scope)
    page = await leader.get("/orang")
    assert "Wulan Dekat" in told(page)
    assert "di unit lain" in told(page)
    assert "Atasan Jauh" not in told(page) + told(await leader.get(f"/orang/{near['person_id']}"))
    assert "Masukkan satu orang" not in told(page)
    assert (await leader.get(f"/orang/{far['person_id']}")).status_code == 404
    assert (await leader.get(f"/orang/{near['person_id']}/ubah")).status_code == 403
    verifier = await log_in(planning, "verifier", "verifier-1", admin.agency, scope)
    assert (await verifier.get("/orang")).status_code == 403


async def test_whoever_has_several_units_is_asked_which(admin: Browser, unit: str) -> None:
    page = await admin.get("/orang", cari=unit)
    assert f'href="/orang?unit={unit}"' in page.text
    assert "Tidak ada unit yang cocok" in told(await admin.get("/orang", cari="tidak ada"))


async def test_a_list_goes_on_where_its_page_ended(admin: Browser, unit: str) -> None:
    for name in ("Satu", "Dua", "Tiga"):
        await entered(admin, unit, name=name)
    first = await admin.get("/orang", unit=unit, limit="2")
    following = html.unescape(re.findall(r'href="(/orang\?[^"]*cursor=[^"]*)"', first.text)[0])
    second = await admin.get(following)
    assert ("Tiga" in told(first), "Tiga" in told(second)) == (False, True)


async def test_a_file_of_people_is_looked_at_before_it_is_written(admin: Browser, unit: str) -> None:
    await entered(admin, unit, name="Wulan", employee_number="7", position="Analis", subjects=[f"a-{unit}"])
    heads = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas", "Jabatan", "Akun")
    file = csv_file(
        heads,
        ("8", unit, "Sari Baru", "ASN", "2026-01-02", "", ""),
        ("7", unit, "Wulan", "satpam", "2025-02-01", "Pengolah", ""),
    )
    await admin.get("/orang/impor")
    page = await admin.post("/orang/impor", files={"file": ("orang.csv", file, "text/csv")})
    assert "1 orang baru, 1 berubah" in told(page)
    assert "8 2 baru Sari Baru" in told(page)
    assert "Jabatan: Analis menjadi Pengolah" in told(page)
    assert f"Akun: a-{unit} menjadi kosong" in told(page)
    assert "Mulai bertugas: 2 Januari 2025 menjadi 1 Februari 2025" in told(page)
    assert len((await read(admin, f"/people?unit={unit}")).json()["items"]) == 1, "nothing is written yet"
    done = await admin.post("/orang/impor/terapkan")
    assert "1 orang dimasukkan, 1 diubah" in told(done)
    assert {one["name"] for one in (await read(admin, f"/people?unit={unit}")).json()["items"]} == {
        "Wulan", "Sari Baru",
    }  # fmt: skip


async def test_a_proof_of_a_file_of_units_serves_no_file_of_people(admin: Browser, unit: str) -> None:
    await admin.send_file(csv_file(("Kode unit", "Nama unit"), (f"{unit}-b", "B")))
    carried = admin.fields("/unit-kerja/impor/terapkan")
    await admin.get("/orang/impor")
    sent = {**carried, "csrf": admin.fields("/orang/impor")["csrf"]}
    refused = await admin.planning.client.post(
        "/orang/impor/terapkan", data=sent, headers=BROWSER | {"Cookie": admin.cookie}
    )
    assert (refused.status_code, "Unggah berkasnya sekali lagi." in refused.text) == (409, True)
