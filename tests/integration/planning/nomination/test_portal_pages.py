"""PortalRB as an agency's people see it: what the ministry gets, tokens, and what was pulled."""

import html
import re

import pytest

from tests.support.lke import sent_answers
from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import Browser
from tests.support.portal import UNIT, WBK, Portal, freeze_units, in_days, let_in, review, write
from tests.support.proposal_pages import Agency
from tests.support.stages import whole_sheet

TOKEN = re.compile(r"zi_portalrb_[0-9a-f]{32}_[A-Za-z0-9_-]{43}")


def text_of(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def test_before_the_first_package_the_page_says_what_comes_next(agency: Agency, head: Browser) -> None:
    page = text_of((await head.get(agency.place("portalrb"))).text)
    assert f"Usulan {YEAR} belum dapat ditarik PortalRB" in page
    assert "Pimpinan instansi membekukan paket" in page
    assert "portalrb" not in (await head.get(agency.place())).text, "no link before there is something"


async def test_the_way_of_a_unit_from_its_package_to_sesuai(
    agency: Agency, head: Browser, planning: Planning
) -> None:
    unit = await agency.unit(name="Kantor Layanan Cendana")
    await write(agency, unit, "unit", *whole_sheet())
    await freeze_units(agency, head, unit)
    assert f'href="{agency.place("portalrb")}"' in (await head.get(agency.place())).text
    page = (await head.get(agency.place("portalrb"))).text
    assert "Belum siap ditarik: 1 dari 1 unit menunggu tinjauan" in text_of(page)
    assert "Belum pernah ditarik PortalRB." in page
    assert "Tandai Sesuai" not in page.split("<article")[1], "nothing to find in order yet"
    await (await let_in(agency)).answers(unit)
    page = (await head.get(agency.place("portalrb"))).text
    assert "sesudah itu belum ditinjau" in page
    done = await head.post(agency.place("portalrb", "unit", unit, "tinjauan"))
    assert (done.status_code, done.headers["location"]) == (303, f"{agency.place('portalrb')}?selesai=sesuai")
    page = text_of((await head.get(agency.place("portalrb"), selesai="sesuai")).text)
    assert "Siap ditarik: semua 1 unit lengkap dan Sesuai" in page
    assert "Unit ditandai Sesuai." in page
    assert "Ditandai oleh Anda" in page
    back = await head.post(agency.place("portalrb", "unit", unit, "tinjauan"))
    assert back.headers["location"].endswith("selesai=pending")
    assert (await review(agency, unit))["state"] == "pending"


async def test_who_speaks_of_an_old_page_is_told_so_and_nothing_is_said(
    agency: Agency, head: Browser
) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    await portal.answers(unit)
    await head.get(agency.place("portalrb"))
    await portal.answers(unit)
    stale = await head.post(agency.place("portalrb", "unit", unit, "tinjauan"))
    assert stale.status_code == 412
    assert "Ada yang perlu diperbaiki" in stale.text
    assert (await review(agency, unit))["state"] == "pending"
    again = await head.post(agency.place("portalrb", "unit", unit, "tinjauan"))
    assert again.status_code == 303, "the page that told it has seen the new pull"


async def test_the_page_of_a_unit_says_what_the_ministry_reads(agency: Agency, head: Browser) -> None:
    unit = await agency.unit(name="Kantor Layanan Cendana")
    first, *others = sent_answers("03-directorate")
    await write(agency, unit, "unit", first | {"note": "Lihat SK <b>."}, *others)
    await write(agency, unit, "tpi", {"item_code": "A.I.1.i.a", "letter": "Tidak"})
    await freeze_units(agency, head, unit)
    answer = await head.get(agency.place("portalrb", "unit", unit))
    rows = [text_of(row) for row in answer.text.split("<tbody>")[1].split("</tr>") if "<th" in row]
    assert len(rows) == 127
    assert rows[0].startswith("1. ")
    assert "A.I.1.i.a Ya Tidak Catatan unit: Lihat SK <b>." in rows[0]
    assert [number for number, row in enumerate(rows, 1) if row.endswith(" kosong kosong kosong")] == [
        13,
        42,
        74,
    ]
    assert "3 dari 127 jawaban unit kosong" in answer.text
    assert "126 jawaban TPI kosong" in answer.text
    assert "hanya rinciannya" in answer.text, "the typed total of this case differs from its parts"


async def test_a_token_is_shown_once_however_often_its_form_is_sent(
    agency: Agency, admin: Browser, head: Browser
) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    place = agency.place("portalrb", "token")
    page = (await admin.get(place)).text
    assert "Belum ada token PortalRB yang berlaku" in page
    assert "/api/planning/portalrb" in page
    form = admin.fields(place)
    made = await admin.post(place, client="PortalRB", expires_on=in_days(30))
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    (token,) = set(TOKEN.findall(made.text))
    assert (await Portal(agency.planning, token).get(WBK)).status_code == 200
    twice = await admin.post(place, client="PortalRB", expires_on=in_days(30), **form)
    assert set(TOKEN.findall(twice.text)) == {token}
    listed = (await admin.get(place)).text
    assert TOKEN.findall(listed) == []
    assert "1 token PortalRB berlaku" in listed
    assert "terakhir dipakai" in listed


async def test_what_is_typed_wrongly_stands_at_its_field(agency: Agency, admin: Browser) -> None:
    place = agency.place("portalrb", "token")
    await admin.get(place)
    blank = await admin.post(place, client="PortalRB")
    assert (blank.status_code, 'id="e-expires_on"' in blank.text) == (422, True)
    far = await admin.post(place, client="PortalRB", expires_on="2098-01-01")
    assert (far.status_code, 'id="e-expires_on"' in far.text) == (422, True)
    assert 'value="2098-01-01"' in far.text
    for _ in range(2):
        await admin.get(place)
        assert (await admin.post(place, client="Uji", expires_on=in_days(9))).status_code == 200
    await admin.get(place)
    third = await admin.post(place, client="Uji", expires_on=in_days(9))
    assert (third.status_code, 'id="e-client"' in third.text) == (409, True)
    assert TOKEN.findall(third.text) == []


async def test_a_token_is_revoked_after_a_page_that_says_what_that_does(
    agency: Agency, admin: Browser, head: Browser
) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    page = (await admin.get(agency.place("portalrb", "token"))).text
    (link,) = re.findall(r'href="([^"]+/cabut)"', page)
    asked = (await admin.get(link)).text
    assert "Cabut token PortalRB?" in asked
    assert "Tidak dapat dibatalkan" in asked
    done = await admin.post(link)
    assert done.status_code == 303, done.text
    assert (await portal.answers(unit)).status_code == 401
    page = (await admin.get(agency.place("portalrb", "token"), selesai="cabut")).text
    assert "dicabut" in page
    assert "tidak berlaku lagi" in (await admin.get(link)).text


async def test_a_token_of_another_agency_is_not_there(
    agency: Agency, admin: Browser, planning: Planning
) -> None:
    other = Agency(planning, f"{agency.id}-b")
    await other.ready_with_units()
    await let_in(other)
    theirs = await planning.client.get(f"/agencies/{other.id}/portal-tokens", headers=other.headers("admin"))
    (token,) = theirs.json()["tokens"]
    answer = await admin.get(agency.place("portalrb", "token", token["token_id"], "cabut"))
    assert answer.status_code == 404


async def test_the_log_tells_what_was_pulled_by_pages(agency: Agency, head: Browser) -> None:
    unit = await agency.unit()
    place = agency.place("portalrb", "penarikan")
    assert "PortalRB belum pernah menarik" in (await head.get(place)).text
    await freeze_units(agency, head, unit)
    portal = await let_in(agency)
    for path in (WBK, f"{UNIT}/{unit}", f"{UNIT}/u-unknown"):
        await portal.get(path)
    page = (await head.get(place, limit="2")).text
    assert "PortalRB terakhir menarik" in page
    shown = text_of(page)
    assert "u-unknown 1 ▲ tidak ada" in shown
    assert f"Jawaban unit {unit} 1 ● terkirim" in shown
    (following,) = re.findall(r'href="([^"]+cursor=[^"]+)"', page)
    assert "Daftar unit WBK" in (await head.get(html.unescape(following))).text


@pytest.mark.parametrize(
    ("role", "page", "status"),
    [
        ("agency_head", ("portalrb",), 200), ("admin", ("portalrb",), 200), ("tpi", ("portalrb",), 200),
        ("unit_leader", ("portalrb",), 403), ("admin", ("portalrb", "unit", "{unit}"), 403),
        ("verifier", ("portalrb", "unit", "{unit}"), 200), ("agency_head", ("portalrb", "token"), 403),
        ("admin", ("portalrb", "penarikan"), 200), ("unit_operator", ("portalrb", "penarikan"), 403),
    ],
)  # fmt: skip
async def test_each_page_is_for_those_whom_the_matrix_names(
    agency: Agency, head: Browser, role: str, page: tuple[str, ...], status: int
) -> None:
    unit = await agency.unit()
    await freeze_units(agency, head, unit)
    person = await agency.person(role)
    answer = await person.get(agency.place(*(part.format(unit=unit) for part in page)))
    assert answer.status_code == status
