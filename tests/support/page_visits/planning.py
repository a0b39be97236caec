"""The pages of planning: plans, evidence, people."""

from datetime import date, timedelta

from shared.http.addresses import (
    PEOPLE,
    UNITS,
)
from shared.security import Scope
from tests.support.every_service import Service
from tests.support.forms import filled
from tests.support.page_visits.assessment import proposal_visits, review_visits, worksheet_visits
from tests.support.page_visits.visit import AGENCY, LONG_NAME, Person, Visit, logged_in
from tests.support.unit_files import HEADERS, csv_file


async def planning_visits(service: Service) -> list[Visit]:
    """A register of units: one at work, one merged into it, and each form refused."""
    admin = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    for unit, name in (("u-2", LONG_NAME), ("u-3", "Balai Pelatihan Ulin")):
        made = await service.client.post("/units", json={"unit_id": unit, "name": name}, headers=admin)
        assert made.status_code == 201, made.text
    merged = await service.client.post(
        "/units/u-3/merge",
        json={"into": "u-2"},
        headers=admin | {"If-Match": made.headers["etag"]},
    )
    assert merged.status_code == 200, merged.text
    person = Person(service, await logged_in(service, "admin", AGENCY, "Sri Wahyuni"))
    cookies = person.cookies
    new = await person.form(f"{UNITS}/baru", name="")
    changed = await person.form(f"{UNITS}/unit/u-2/ubah", name="")
    past = {
        "version": "0",
        "name": "Balai Pengujian",
        "unit_type": "upt",
        "zone": "WITA",
        "is_confirmed": "true",
    }
    upload = await person.form(f"{UNITS}/impor")
    good = csv_file(HEADERS, ("u-5", LONG_NAME, "WIB", "Jawa", "u-2"), ("u-2", "Kantor Baru", "WIB", "", ""))
    bad = csv_file(HEADERS, ("u-5", "A", "WIB", "", ""), ("u 6", "B", "Wulan", "", "u-x"))
    stranger = await logged_in(service, "agency_head", AGENCY)
    return [
        *await worksheet_visits(service, stranger),
        *await review_visits(service, person),
        *await proposal_visits(service),
        *await _people_visits(service, person),
        Visit("home", "/"),
        Visit("units", UNITS, cookies),
        Visit("first-day", f"{UNITS}/mulai", cookies),
        Visit("unit", f"{UNITS}/unit/u-1", cookies),
        Visit("unit-merged", f"{UNITS}/unit/u-3", cookies),
        Visit("unit-new", f"{UNITS}/baru", cookies),
        Visit("unit-new-refused", f"{UNITS}/baru", cookies, new, 422),
        Visit("form-outdated", f"{UNITS}/baru", cookies, new | {"csrf": ""}, 403),
        Visit("unit-change", f"{UNITS}/unit/u-2/ubah", cookies),
        Visit("unit-change-refused", f"{UNITS}/unit/u-2/ubah", cookies, changed, 422),
        Visit("unit-change-stale", f"{UNITS}/unit/u-2/ubah", cookies, changed | past, 412),
        Visit("merge", f"{UNITS}/unit/u-1/gabung", cookies),
        Visit("unmerge", f"{UNITS}/unit/u-3/pisah", cookies),
        Visit("import", f"{UNITS}/impor", cookies),
        Visit("import-empty", f"{UNITS}/impor", cookies, upload, 422, b""),
        Visit("import-refused", f"{UNITS}/impor", cookies, upload, 422, bad),
        Visit("import-preview", f"{UNITS}/impor", cookies, upload, file=good),
        Visit("not-allowed", UNITS, stranger, status=403),
        Visit("no-such-page", "/unit-kerja/tidak/ada", cookies, status=404),
    ]


async def _people_visits(service: Service, admin: Person) -> list[Visit]:
    """A unit's people: one leads, one is acted for, one left, as the administrator and the unit see them."""
    keeper = service.issuer.headers("admin", level="agency", agencies=["a-1"])
    one = {"unit_id": "u-2", "category": "civil_servant", "active_from": "2024-01-02"}

    async def enter(name: str, number: str, **more: object) -> str:
        body = one | {"name": name, "employee_number": number} | more
        made = await service.client.post("/people", json=body, headers=keeper)
        assert made.status_code == 201, made.text
        return str(made.json()["person_id"])

    head = await enter("Dr. Hj. Retnoningtyas Kusumawardhani", "197805052005012001", is_leader=True,
                       position="Kepala Kantor", subjects=["akun-retno"])  # fmt: skip
    analyst = await enter("Bagas Prasetyo", "199001012020121002", position="Analis Pengaduan",
                          superior_id=head, subjects=["akun-bagas"], contact="0812-555-0101")  # fmt: skip
    guard = await enter("Wayan Sudirta", "PPNPN-17", category="guard", superior_id=head)
    await enter("Siti Rohmah", "198505052010012003", active_to="2025-06-30")
    today = date.today()  # noqa: DTZ011 - any day in the middle of a substitution does
    days = {"first": (today - timedelta(days=3)).isoformat(), "last": (today + timedelta(days=9)).isoformat()}
    acting = {"substitute_id": head, "kind": "plh", "decree_number": "PRIN-7/2026"} | days
    made = await service.client.post(
        f"/people/{analyst}/substitutes", json=acting, headers=keeper | {"If-Match": '"1"'}
    )
    assert made.status_code == 200, made.text
    ends = f"{PEOPLE}/{analyst}/pengganti/{made.json()['substitutes'][0]['substitution_id']}"
    of_unit = await logged_in(service, "unit_leader", Scope("unit", units=frozenset({"u-2"})))
    empty = await logged_in(service, "unit_operator", Scope("unit", units=frozenset({"u-1"})))
    new = f"{PEOPLE}/baru?unit=u-2"
    nobody = await admin.form(new, name="", employee_number="NIP 1", subjects="a@b.id", superior_number="99")
    changed = filled((await admin.client.get(f"{PEOPLE}/{guard}/ubah")).text, f"{PEOPLE}/{guard}/ubah")
    assert changed is not None
    before = await admin.form(f"{PEOPLE}/{guard}/keluar", active_to="2020-01-01")
    nobody_acts = await admin.form(
        f"{PEOPLE}/{guard}/pengganti", kind="leave", decree_number="PRIN-8", **days
    )
    later = await admin.form(ends, last="2099-01-01")
    upload = await admin.form(f"{PEOPLE}/impor")
    heads = ("Nomor pegawai", "Kode unit", "Nama", "Kategori", "Mulai bertugas", "Jabatan")
    good = csv_file(
        heads,
        ("199203032015031004", "u-2", "Made Ayu Lestari", "PPPK", "2026-01-02", "Pengelola Layanan"),
        ("PPNPN-17", "u-2", "Wayan Sudirta", "satpam", "2024-01-02", "Komandan Regu"),
    )
    bad = csv_file(heads, ("NIP 1", "u-x", "Sari", "pejabat", "besok", ""))
    return [
        Visit("people-units", PEOPLE, admin.cookies),
        Visit("people-units-none", f"{PEOPLE}?cari=tidak+ada", admin.cookies),
        Visit("people", f"{PEOPLE}?unit=u-2", admin.cookies),
        Visit("people-read", PEOPLE, of_unit),
        Visit("people-empty", PEOPLE, empty),
        Visit("people-left", f"{PEOPLE}?unit=u-2&saring=keluar", admin.cookies),
        Visit("people-import", f"{PEOPLE}/impor", admin.cookies),
        Visit("people-import-refused", f"{PEOPLE}/impor", admin.cookies, upload, 422, bad),
        Visit("people-import-preview", f"{PEOPLE}/impor", admin.cookies, upload, file=good),
        Visit("person", f"{PEOPLE}/{analyst}", admin.cookies),
        Visit("person-read", f"{PEOPLE}/{guard}", of_unit),
        Visit("person-new", new, admin.cookies),
        Visit("person-new-refused", new, admin.cookies, nobody, 422),
        Visit("person-change", f"{PEOPLE}/{guard}/ubah", admin.cookies),
        Visit("person-change-refused", f"{PEOPLE}/{guard}/ubah", admin.cookies,
              changed | {"superior_number": "99"}, 422),
        Visit("person-leave", f"{PEOPLE}/{guard}/keluar", admin.cookies),
        Visit("person-leave-refused", f"{PEOPLE}/{guard}/keluar", admin.cookies, before, 422),
        Visit("person-substitute", f"{PEOPLE}/{guard}/pengganti", admin.cookies),
        Visit("person-substitute-refused", f"{PEOPLE}/{guard}/pengganti", admin.cookies, nobody_acts, 422),
        Visit("person-end-substitute", ends, admin.cookies),
        Visit("person-end-refused", ends, admin.cookies, later, 422),
    ]  # fmt: skip
