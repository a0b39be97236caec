"""The register of units on pages: listed, changed, merged, and a file looked at before it counts."""

import html
import re
from uuid import uuid4

import httpx2
import pytest

from services.planning.pages.imports import MOST_ROWS
from shared.security import Scope
from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import BROWSER, Browser, log_in
from tests.support.unit_files import HEADERS, csv_file, many, xlsx_file


@pytest.fixture
async def admin(planning: Planning) -> Browser:
    return await log_in(planning)


def text_of(answer: httpx2.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def test_an_empty_register_says_what_to_do(admin: Browser) -> None:
    found = await admin.get("/unit-kerja")
    assert (found.status_code, "Belum ada unit yang terdaftar" in found.text) == (200, True)
    assert 'href="/unit-kerja/impor"' in found.text
    steps = await admin.get("/unit-kerja/mulai")
    assert "0 dari 3 langkah yang dapat dihitung sudah selesai" in steps.text


async def test_units_are_searched_and_paged(admin: Browser) -> None:
    for number in range(3):
        await admin.planning.unit(
            agency=admin.agency,
            unit_id=f"{admin.agency}-{number}",
            name=f"Kantor {number}",
            region="Papua",
        )
    first = await admin.get("/unit-kerja", cari="papua", limit="2")
    assert "3 unit terdaftar, 3 aktif" in first.text
    assert ("Kantor 1" in first.text, "Kantor 2" in first.text) == (True, False)
    following = html.unescape(re.findall(r'href="(/unit-kerja\?[^"]*cursor=[^"]*)"', first.text)[0])
    second = await admin.get(following)
    assert ("Kantor 1" in second.text, "Kantor 2" in second.text) == (False, True)
    none = await admin.get("/unit-kerja", cari="tidak ada")
    assert "Tidak ada unit yang cocok" in none.text
    assert "Kantor 0" in (await admin.get("/unit-kerja", tanpa_program="true")).text


async def test_others_do_not_see_the_register_of_an_agency(planning: Planning, admin: Browser) -> None:
    unit = await planning.unit(agency="a2")
    assert (await admin.get(f"/unit-kerja/unit/{unit}")).status_code == 404
    operator = await log_in(planning, role="unit_operator")
    assert (await operator.get("/unit-kerja")).status_code == 403
    uploaded = await planning.client.post(
        "/unit-kerja/impor",
        files={"file": ("a.csv", b"x", "text/csv")},
        headers=BROWSER | {"Cookie": operator.cookie},
    )
    assert uploaded.status_code == 403


async def test_a_file_comes_in_only_with_a_session_from_our_own_page(admin: Browser) -> None:
    client = admin.planning.client
    files = {"file": ("a.csv", csv_file(HEADERS), "text/csv")}
    anonymous = await client.post("/unit-kerja/impor", files=files, headers=BROWSER)
    assert (anonymous.status_code, "belum ada yang tercatat" in anonymous.text) == (401, True)
    elsewhere = BROWSER | {"Cookie": admin.cookie, "Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/unit-kerja/impor", files=files, headers=elsewhere)).status_code == 403
    tokenless = await client.post(
        "/unit-kerja/impor", files=files, headers=BROWSER | {"Cookie": admin.cookie}
    )
    assert tokenless.status_code == 403


async def test_what_was_looked_at_is_what_is_written(admin: Browser) -> None:
    mark = admin.agency
    content = csv_file(
        HEADERS, (f"{mark}-b", "Cabang", "WIT", "", f"{mark}-a"), (f"{mark}-a", "Pusat", "", "", "")
    )
    shown = await admin.send_file(content)
    assert (shown.status_code, "2 unit baru, 0 berubah" in shown.text) == (200, True)
    assert await admin.planning.events(f"{mark}-a") == []
    done = await admin.post("/unit-kerja/impor/terapkan")
    assert (done.status_code, "2 unit didaftarkan, 0 diubah" in done.text) == (200, True)
    assert await admin.planning.events(f"{mark}-b") == [("unit.registered.v1", 1)]
    again = await admin.send_file(content)
    assert "Berkas ini sama dengan daftar sekarang" in again.text
    changed = await admin.send_file(csv_file(("kode", "nama"), (f"{mark}-b", "Cabang Baru")))
    assert "Nama unit: Cabang menjadi Cabang Baru" in text_of(changed)
    assert "1 unit tidak ada di berkas dan dibiarkan" in changed.text
    sheets = text_of(await admin.send_file(xlsx_file(HEADERS, (f"{mark}-a", "Pusat"), further=[HEADERS])))
    assert "Berkas ini sama dengan daftar sekarang" in sheets
    assert "Berkas: Hanya lembar pertama yang dibaca; 1 lembar lain" in sheets


async def test_faults_are_shown_by_their_cells_and_the_form_is_there_again(admin: Browser) -> None:
    rows = [(f"{admin.agency}-{n}", "Kantor", "Wulan", "", "") for n in range(MOST_ROWS + 3)]
    shown = await admin.send_file(csv_file(HEADERS, *rows))
    assert (shown.status_code, f"{MOST_ROWS + 3} kesalahan; tidak ada yang ditulis" in shown.text) == (
        422,
        True,
    )
    assert "C2 Zona waktu tidak dikenal. WIB, WITA, WIT" in text_of(shown)
    assert "Dan 3 lagi." in shown.text
    assert 'type="file"' in shown.text
    assert "Wulan" not in shown.text
    titled = await admin.send_file(csv_file(("DAFTAR UNIT",), HEADERS, (f"{admin.agency}-a", "A")))
    assert "Baris 1 Judul kolom baru ada di baris 2" in text_of(titled)
    empty = await admin.send_file(b"")
    assert (empty.status_code, "Pilih berkas" in empty.text) == (422, True)


async def test_a_register_that_changed_meanwhile_is_shown_anew(admin: Browser) -> None:
    mark = admin.agency
    await admin.send_file(csv_file(HEADERS, (f"{mark}-a", "A", "", "", ""), (f"{mark}-b", "B", "", "", "")))
    await admin.planning.unit(agency=mark, unit_id=f"{mark}-a", name="Lain")
    stale = await admin.post("/unit-kerja/impor/terapkan")
    assert (stale.status_code, "berubah sejak pratinjau" in stale.text) == (412, True)
    assert "1 unit baru, 1 berubah" in stale.text
    done = await admin.post("/unit-kerja/impor/terapkan")
    assert "1 unit didaftarkan, 1 diubah" in done.text


async def test_a_file_that_the_changed_register_refuses_is_shown_with_its_faults(admin: Browser) -> None:
    mark = admin.agency
    await admin.send_file(csv_file(HEADERS, (f"{mark}-b", "B", "", "", "")))
    await admin.planning.unit(agency="a2", unit_id=f"{mark}-b")
    refused = await admin.post("/unit-kerja/impor/terapkan")
    assert (refused.status_code, "A2 Kode ini sudah dipakai di luar" in text_of(refused)) == (422, True)
    assert "1 kesalahan; tidak ada yang ditulis" in refused.text
    assert 'type="file"' in refused.text


async def test_the_agency_that_is_acted_on_is_shown(admin: Browser) -> None:
    mark = admin.agency
    for path in ("/unit-kerja/impor", "/unit-kerja/baru"):
        assert f"Instansi: {mark}" in text_of(await admin.get(path))
    rows = [(f"{mark}-{one}", "A", "", "", "") for one in "ab"]
    shown = text_of(await admin.send_file(csv_file(HEADERS, *rows)))
    assert f"Tulis 2 perubahan bagi instansi {mark}" in shown
    assert "1 hal perlu Anda pastikan" in shown
    assert "B3: Nama unit ini sudah ada di baris 2." in shown
    done = await admin.post("/unit-kerja/impor/terapkan")
    assert f"Instansi {mark}." in text_of(done)


async def test_whoever_has_several_agencies_says_which(planning: Planning) -> None:
    one, two = sorted(f"a-{uuid4().hex[:8]}" for _ in range(2))
    scope = Scope("agency", agencies=frozenset({one, two}))
    both = await log_in(planning, subject="admin-3", scope=scope)
    content = csv_file(HEADERS, (f"{two}-a", "A", "", "", ""))
    unnamed = await both.send_file(content)
    assert (unnamed.status_code, "Sebutkan instansinya." in unnamed.text) == (422, True)
    assert f'<option value="{one}">' in unnamed.text
    files = {"file": ("unit.csv", content, "text/csv")}
    foreign = await both.post("/unit-kerja/impor", files=files, agency="a2")
    assert foreign.status_code == 403
    shown = await both.post("/unit-kerja/impor", files=files, agency=two)
    assert (shown.status_code, f"bagi instansi {two}" in shown.text) == (200, True)
    await both.get("/unit-kerja/baru")
    fields = {"unit_id": f"{two}-b", "name": "B", "unit_type": "upt", "echelon": "II", "zone": "WITA"}
    open_yet = await both.post("/unit-kerja/baru", **fields)
    assert (open_yet.status_code, "Instansi : Sebutkan instansinya." in text_of(open_yet)) == (422, True)
    made = await both.post("/unit-kerja/baru", agency=two, **fields)
    assert made.status_code == 303
    found = await planning.rows("SELECT agency_id FROM unit WHERE unit_id = :unit", unit=f"{two}-b")
    assert [tuple(row) for row in found] == [(two,)]


async def test_to_whom_every_agency_is_open_one_is_only_proposed(planning: Planning) -> None:
    everywhere = await log_in(planning, subject="admin-4", scope=Scope("national"))
    page = await everywhere.get("/unit-kerja/impor")
    assert 'name="agency" type="text" value="instansi"' in page.text
    unnamed = await everywhere.send_file(csv_file(HEADERS, ("nasional-a", "A", "", "", "")))
    assert (unnamed.status_code, "Sebutkan instansinya." in unnamed.text) == (422, True)


async def test_a_preview_serves_only_who_looked_at_it(planning: Planning, admin: Browser) -> None:
    mark = admin.agency
    await admin.send_file(csv_file(HEADERS, (f"{mark}-a", "A", "", "", "")))
    other = await log_in(planning, subject="admin-2", agency=mark)
    await other.send_file(csv_file(HEADERS, (f"{mark}-x", "X", "", "", "")))
    foreign = admin.fields("/unit-kerja/impor/terapkan") | {
        "csrf": other.fields("/unit-kerja/impor/terapkan")["csrf"]
    }
    refused = await other.post("/unit-kerja/impor/terapkan", **foreign)
    assert (refused.status_code, "Unggah berkasnya sekali lagi" in refused.text) == (409, True)
    for name in ("sha256", "agency", "proof"):
        refused = await admin.post("/unit-kerja/impor/terapkan", **{name: "f" * 64})
        assert refused.status_code in {409, 422}
        admin.pages.pop()
    assert await planning.events(f"{mark}-a") == []


async def test_a_preview_whose_file_was_swept_says_so(admin: Browser) -> None:
    mark = admin.agency
    await admin.send_file(csv_file(HEADERS, (f"{mark}-a", "A", "", "", "")))
    for kept in admin.planning.settings.data_dir.rglob("files/*/*"):
        kept.unlink()
    gone = await admin.post("/unit-kerja/impor/terapkan")
    assert (gone.status_code, "hanya disimpan satu jam" in gone.text) == (410, True)


async def test_five_thousand_units_are_shown_in_a_page_of_ordinary_weight(admin: Browser) -> None:
    shown = await admin.send_file(csv_file(*many(5000, admin.agency)))
    assert "5000 unit baru" in shown.text
    assert len(shown.content) < 60_000
    done = await admin.post("/unit-kerja/impor/terapkan")
    assert "5000 unit didaftarkan" in done.text


async def test_the_register_is_given_out_as_both_kinds_of_file(admin: Browser) -> None:
    await admin.planning.unit(agency=admin.agency, unit_id=f"{admin.agency}-a")
    for kind, start in (("csv", b"\xef\xbb\xbfKode unit;"), ("xlsx", b"PK")):
        given = await admin.get("/unit-kerja/ekspor", format=kind)
        assert given.content.startswith(start)
        assert f"unit-kerja-{admin.agency}.{kind}" in given.headers["content-disposition"]


async def test_whoever_has_several_agencies_says_whose_register_they_want(planning: Planning) -> None:
    mine = [f"a-{uuid4().hex[:8]}" for _ in range(2)]
    both = await log_in(planning, scope=Scope("agency", agencies=frozenset(mine)))
    asked = await both.get("/unit-kerja/ekspor", format="xlsx")
    assert (asked.status_code, asked.headers["content-type"][:9]) == (200, "text/html")
    assert all(f'<option value="{one}">' in asked.text for one in mine)
    assert 'value="xlsx" checked' in asked.text, "the kind of file that was chosen stays"
    for one in mine:
        given = await both.get("/unit-kerja/ekspor", instansi=one)
        assert f"unit-kerja-{one}.csv" in given.headers["content-disposition"]
    unnamed = await both.get("/unit-kerja/ekspor", instansi="")
    assert (unnamed.status_code, "Sebutkan instansinya." in unnamed.text) == (422, True)
    foreign = await both.get("/unit-kerja/ekspor", instansi="a-other")
    assert (foreign.status_code, "Instansi ini di luar wewenang Anda." in foreign.text) == (403, True)


async def test_a_unit_is_registered_changed_and_its_programme_opened(admin: Browser) -> None:
    unit = f"{admin.agency}-a"
    here = f"/unit-kerja/unit/{unit}"
    await admin.get("/unit-kerja/baru")
    fields = {"unit_id": unit, "name": "", "unit_type": "kantor_wilayah", "echelon": "II", "zone": "WITA"}
    refused = await admin.post("/unit-kerja/baru", **fields)
    assert (refused.status_code, "<title>Galat:" in refused.text) == (422, True)
    assert f'value="{unit}"' in refused.text, "nothing typed is lost"
    made = await admin.post("/unit-kerja/baru", **(fields | {"name": "Kantor Lama"}))
    assert (made.status_code, made.headers["location"]) == (303, f"{here}?selesai=baru")
    assert "Unit sudah terdaftar." in (await admin.get(here, selesai="baru")).text
    opened = await admin.post(f"{here}/program", year=str(YEAR), target="WBK")
    assert opened.status_code == 303
    page = await admin.get(here)
    assert f"punya program tahun {YEAR}" in page.text
    assert "kantor wilayah, II" in text_of(page)
    twice = await admin.post(f"{here}/program", year=str(YEAR), target="WBK")
    assert (twice.status_code, "sudah punya program" in twice.text) == (409, True)

    await admin.get(f"{here}/ubah")
    wanted = fields | {"name": "Kantor <Baru>", "is_active": "true", "region": "Papua"}
    del wanted["unit_id"]
    asked = await admin.post(f"{here}/ubah", **wanted)
    assert (asked.status_code, "Simpan perubahan ini?" in asked.text) == (200, True)
    assert "Nama unit Kantor Lama Kantor <Baru>" in text_of(asked)
    assert await admin.planning.events(unit) == [("unit.registered.v1", 1), ("programme.created.v1", 1)]
    saved = await admin.post(f"{here}/ubah")
    assert (saved.status_code, saved.headers["location"]) == (303, f"{here}?selesai=ubah")
    assert (await admin.planning.events(unit))[-1] == ("unit.changed.v1", 2)
    await admin.get(f"{here}/ubah")
    same = await admin.post(f"{here}/ubah", **wanted)
    assert (same.status_code, "Belum ada yang diubah" in same.text) == (422, True)
    odd = await admin.post(f"{here}/ubah", **(wanted | {"parent_id": "tidak-ada"}))
    odd = await admin.post(f"{here}/ubah")
    assert (odd.status_code, "Unit induk tidak ada" in odd.text) == (422, True)


async def test_a_change_of_what_somebody_else_changed_is_refused(admin: Browser) -> None:
    unit = await admin.planning.unit(agency=admin.agency)
    here = f"/unit-kerja/unit/{unit}/ubah"
    fields = {"name": "Nama", "unit_type": "upt", "echelon": "II", "zone": "WIB", "is_active": "true"}
    await admin.get(here)
    await admin.post(here, **fields)
    headers = admin.planning.headers("admin", unit, agency=admin.agency) | {"If-Match": '"1"'}
    await admin.planning.client.patch(f"/units/{unit}", json={"region": "Bali"}, headers=headers)
    refused = await admin.post(here)
    assert (refused.status_code, "sudah diubah orang lain" in refused.text) == (412, True)
    assert 'value="Nama"' in refused.text


async def test_what_somebody_else_changed_stands_beside_what_was_typed_to_be_sent_once_more(
    admin: Browser,
) -> None:
    unit = await admin.planning.unit(agency=admin.agency)
    place = f"/unit-kerja/unit/{unit}"
    fields = {"name": "Nama", "unit_type": "upt", "echelon": "II", "zone": "WIB", "is_active": "true"}
    await admin.get(f"{place}/ubah")
    await admin.post(f"{place}/ubah", **fields)
    headers = admin.planning.headers("admin", unit, agency=admin.agency) | {"If-Match": '"1"'}
    changed = {"region": "Bali", "zone": "WITA"}
    await admin.planning.client.patch(f"/units/{unit}", json=changed, headers=headers)
    refused = await admin.post(f"{place}/ubah")
    assert "Tercatat sekarang: WITA" in text_of(refused)
    assert "Tercatat sekarang: Bali" in text_of(refused)
    assert re.search(r'id="f-region"[^>]* aria-describedby="h-region n-region"', refused.text)
    asked = await admin.post(f"{place}/ubah", **fields)
    assert (asked.status_code, "Simpan perubahan ini?" in asked.text) == (200, True)
    assert "Zona waktu WITA WIB" in text_of(asked)
    assert (await admin.post(f"{place}/ubah")).status_code == 303


async def test_a_merger_says_what_it_does_before_it_does_it_and_can_be_undone(admin: Browser) -> None:
    unit = await admin.planning.unit(agency=admin.agency, name="Lama")
    into = await admin.planning.unit(agency=admin.agency, name="Penerus")
    here = f"/unit-kerja/unit/{unit}"
    assert "Lihat yang akan terjadi" in (await admin.get(f"{here}/gabung")).text
    for wrong in (unit, "tidak-ada", "!"):
        refused = await admin.get(f"{here}/gabung", ke=wrong)
        assert (refused.status_code, "Unit t" in refused.text) == (409, True)
    asked = await admin.get(f"{here}/gabung", ke=into)
    assert "Gabung Lama ke Penerus?" in asked.text
    done = await admin.post(f"{here}/gabung")
    assert done.headers["location"] == f"{here}?selesai=gabung"
    page = await admin.get(here)
    assert "sudah digabung ke Penerus" in text_of(page)
    assert "Lama" in (await admin.get(f"/unit-kerja/unit/{into}")).text
    assert (await admin.get(f"{here}/gabung")).status_code == 200
    late = await admin.post(f"{here}/gabung", into=into, version="2")
    assert (late.status_code, "sudah digabung" in late.text) == (409, True)
    assert "Batalkan penggabungan ke Penerus?" in (await admin.get(f"{here}/pisah")).text
    apart = await admin.post(f"{here}/pisah")
    assert apart.headers["location"] == f"{here}?selesai=pisah"
    assert (await admin.get(f"{here}/pisah")).headers["location"] == here
    assert [name for name, _ in await admin.planning.events(unit)][1:] == ["unit.changed.v1"] * 2


async def test_the_first_day_counts_what_is_there(admin: Browser) -> None:
    unit = await admin.planning.programme(agency=admin.agency, year=YEAR)
    await admin.planning.unit(agency=admin.agency, parent_id=unit)
    answer = await admin.get("/unit-kerja/mulai")
    page, steps = text_of(answer), re.findall(r"<li><span.*?</li>", answer.text, re.DOTALL)
    assert [step for step in steps if "<a href=" not in step] == []
    assert len(steps) == 6
    assert "2 Daftarkan unit kerja" in page
    assert "1 dari 2 Susun induk" in page
