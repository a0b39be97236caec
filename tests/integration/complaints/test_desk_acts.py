"""Acts of officers on pages: the whole life of a case, what binds is foretold, nothing typed is lost."""

import re
from typing import Any

from sqlalchemy import text

from services.complaints.cases.kinds import tables
from services.complaints.cases.usecases import acts
from shared.security import PUBLIC, Scope
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock, wib
from tests.integration.complaints.officers import Office, offered, words
from tests.integration.complaints.people import pseudonym, tell, told
from tests.support.forms import carried
from tests.support.planning import PDF

BULK = "/pengaduan/borongan"
ANSWER = {"outcome": "terbukti", "text": "Jadwal loket diperbaiki.", "evidence": "BA-7\nBA-8"}


async def put(filer: Filer, statement: str) -> None:
    async with filer.db.transaction() as session:
        await session.execute(text(statement))


async def state_of_case(filer: Filer, number: str) -> tuple[str, int]:
    [row] = await filer.rows("SELECT state, version FROM case_file WHERE tracking_id = :n", n=number)
    return row.state, row.version


async def entered(office: Office, acting: Acting, **fields: str) -> str:
    """Return the number of a new case of unit u-1 whose officers are all known."""
    made = await acting.enter(**fields)
    await office("case_handler").get("/pengaduan")
    return str(made["tracking_id"])


async def verified(office: Office, number: str) -> None:
    done = await office("complaint_officer").send(
        f"/pengaduan/{number}/verifikasi", stream="masyarakat", case_class="normatif", unit_id="u-1"
    )
    assert done.status_code == 303, words(done.text)


async def handled(office: Office, number: str) -> None:
    await verified(office, number)
    done = await office("complaint_supervisor").send(
        f"/pengaduan/{number}/disposisi", handler="test-case_handler"
    )
    assert done.status_code == 303, words(done.text)


async def test_a_case_lives_from_receipt_to_its_answer_through_pages_alone(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    number = await entered(office, acting_of)
    place = f"/pengaduan/{number}"
    await handled(office, number)
    follow = await office("case_handler").send(
        f"{place}/tindak-lanjut", text="Loket ditinjau bersama kepala loket.", evidence="BA-6"
    )
    assert follow.headers["location"] == f"{place}?selesai=tindak-lanjut"
    drafted = await office("case_handler").send(f"{place}/tanggapan", **ANSWER)
    assert drafted.status_code == 303, words(drafted.text)
    page = words((await office("case_handler").get(drafted.headers["location"])).text)
    assert "Rancangan tanggapan diajukan untuk disetujui." in page
    approver = office("case_approver")
    shown = await approver.get(f"{place}/setujui-tanggapan")
    assert "Jadwal loket diperbaiki." in shown.text
    approved = await approver.send(f"{place}/setujui-tanggapan")
    assert approved.status_code == 303, words(approved.text)
    assert await state_of_case(filer, number) == ("DITANGGAPI", 6)
    [answer] = await filer.rows("SELECT evidence, approved_by FROM answer")
    assert (answer.evidence, answer.approved_by) == (["BA-7", "BA-8"], "test-case_approver")


async def test_what_binds_says_what_will_happen_and_does_nothing_before(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5))
    number = await entered(office, acting_of)
    path = f"/pengaduan/{number}/minta-kelengkapan"
    officer = office("complaint_officer")
    before = await filer.facts()
    told = await officer.post(path, await officer.form(path) | {"missing": "Tanggal kejadian?"})
    page = words(told.text)
    assert told.status_code == 200
    assert "Belum ada yang dicatat" in page
    assert "menjadi Menunggu kelengkapan" in page
    assert "Verifikasi: berhenti selama menunggu pelapor." in page
    assert "Kelengkapan dari pelapor: mulai berjalan, jatuh tempo 4 Februari 2026 pukul 24.00 WIB." in page
    assert (await state_of_case(filer, number), await filer.facts()) == (("DITERIMA", 1), before)
    done = await officer.send(path, missing="Tanggal kejadian?")
    assert done.status_code == 303
    [clock_row] = await filer.rows("SELECT due_at FROM deadline WHERE rule = 'D2'")
    assert clock_row.due_at == wib(2026, 2, 5, 0)


async def test_a_form_can_be_changed_after_what_will_happen_was_read(
    office: Office, acting_of: Acting
) -> None:
    path = f"/pengaduan/{await entered(office, acting_of)}/minta-kelengkapan"
    officer = office("complaint_officer")
    typed = await officer.form(path) | {"missing": "Tanggal kejadian?"}
    back = await officer.post(path, typed | {"ubah": "1"})
    assert (back.status_code, "Tanggal kejadian?</textarea>" in back.text) == (200, True)


async def test_a_faulty_form_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    path = f"/pengaduan/{number}/tindak-lanjut"
    handler = office("case_handler")
    short = await handler.post(path, await handler.form(path) | {"text": "Eh", "evidence": "BA-6"})
    assert short.status_code == 422
    assert 'id="e-text"' in short.text
    assert "BA-6</textarea>" in short.text
    no_evidence = await handler.post(path, await handler.form(path) | {"text": "Loket ditinjau."})
    assert no_evidence.status_code == 422
    assert 'id="e-evidence"' in no_evidence.text
    assert "Loket ditinjau.</textarea>" in no_evidence.text
    assert (await state_of_case(filer, number))[0] == "DIDISPOSISIKAN"


async def test_a_case_that_changed_meanwhile_is_shown_as_it_is_with_what_was_typed(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    path = f"/pengaduan/{number}/tindak-lanjut"
    handler = office("case_handler")
    typed = await handler.form(path) | {"text": "Loket ditinjau kembali.", "evidence": "BA-6"}
    await handler.send(path, text="Loket ditinjau pertama kali.", evidence="BA-5")
    stale = await handler.post(path, typed)
    assert stale.status_code == 412
    assert "berubah sejak Anda membacanya" in stale.text
    assert "Loket ditinjau kembali.</textarea>" in stale.text
    again = await handler.send(path, text="Loket ditinjau kembali.", evidence="BA-6")
    assert again.status_code == 303
    acts = await filer.rows("SELECT note FROM case_event WHERE act = 'follow_up' ORDER BY version")
    assert [row.note for row in acts] == ["Loket ditinjau pertama kali.", "Loket ditinjau kembali."]


async def test_an_act_that_is_closed_by_now_gives_back_what_was_typed(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    officer = office("complaint_officer")
    path = f"/pengaduan/{number}/verifikasi"
    typed = await officer.form(path) | {"case_class": "normatif", "note": "Sudah dibaca bersama."}
    await verified(office, number)
    late = await officer.post(path, typed)
    assert late.status_code in (409, 412)
    assert "tidak dapat dilakukan lagi" in late.text
    assert "Sudah dibaca bersama.</textarea>" in late.text
    shown = await officer.get(path)
    assert shown.headers["location"] == f"/pengaduan/{number}?tertutup=verifikasi"


async def test_a_form_sent_twice_acts_once(office: Office, acting_of: Acting, filer: Filer) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    path = f"/pengaduan/{number}/tindak-lanjut"
    handler = office("case_handler")
    typed = await handler.form(path) | {"text": "Loket ditinjau.", "evidence": "BA-6"}
    answers = [await handler.post(path, typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await filer.rows("SELECT 1 FROM case_event WHERE act = 'follow_up'")) == 1


async def test_who_may_not_act_is_refused_on_the_page_as_by_the_api(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    path = f"/pengaduan/{number}/verifikasi"
    typed = await office("complaint_officer").form(path) | {"case_class": "normatif"}
    for role in ("case_approver", "inspector", "complaint_supervisor"):
        officer = office(role)
        own = typed | {"csrf": await officer.token()}
        assert (await officer.get(path)).status_code == 403, role
        assert (await officer.post(path, own)).status_code == 403, role
    elsewhere = office("complaint_officer", "jauh", Scope("unit", units=frozenset({"u-2"})))
    own = typed | {"csrf": await elsewhere.token()}
    assert [(await elsewhere.get(path)).status_code, (await elsewhere.post(path, own)).status_code] == [
        404,
        404,
    ]
    assert (await office("complaint_officer").get(f"/pengaduan/{number}/tidak-ada")).status_code == 404
    assert await state_of_case(filer, number) == ("DITERIMA", 1)


async def test_a_handler_is_offered_what_is_theirs_and_others_are_told_whose_turn_it_is(
    office: Office, acting_of: Acting
) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    page = (await office("case_handler").get(f"/pengaduan/{number}")).text
    assert offered(page, number) == {"tindak-lanjut", "tanggapan", "minta-kelengkapan", "usul-tutup"}
    waiting = (await office("case_approver").get(f"/pengaduan/{number}")).text
    assert offered(waiting, number) == set()
    assert "Penangan harus menindaklanjuti." in words(waiting)


async def test_a_proposal_is_decided_by_another_person_who_reads_it_first(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    place = f"/pengaduan/{number}"
    proposed = await office("complaint_officer").send(
        f"{place}/usul-tutup",
        to="DITOLAK",
        text="Laporan tidak memuat kejadian.",
        reason_code="tidak_memadai",
    )
    assert proposed.status_code == 303, words(proposed.text)
    page = (await office("complaint_officer").get(place)).text
    assert not {"setujui-penutupan", "usul-tutup"} & offered(page, number)
    chief = office("complaint_supervisor")
    assert "Laporan tidak memuat kejadian." in (await chief.get(f"{place}/setujui-penutupan")).text
    ended = await chief.send(f"{place}/setujui-penutupan")
    assert ended.status_code == 303, words(ended.text)
    assert (await state_of_case(filer, number))[0] == "DITOLAK"


async def test_an_end_without_an_answer_says_at_each_field_what_it_requires(
    office: Office, acting_of: Acting
) -> None:
    number = await entered(office, acting_of)
    path = f"/pengaduan/{number}/usul-tutup"
    officer = office("complaint_officer")
    typed = await officer.form(path) | {"to": "BUKAN_WEWENANG", "text": "Ini urusan pemerintah daerah."}
    refused = await officer.post(path, typed)
    assert refused.status_code == 422
    assert 'id="e-agency"' in refused.text
    assert 'id="e-letter"' in refused.text
    unknown = await officer.post(path, typed | {"to": "DUPLIKAT", "parent_id": "123456789012"})
    assert unknown.status_code == 422
    assert 'id="e-parent_id"' in unknown.text
    assert 'value="123456789012"' in unknown.text


async def test_a_case_is_named_a_repetition_by_the_number_of_the_other(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    parent, number = await entered(office, acting_of), await entered(office, acting_of)
    proposed = await office("complaint_officer").send(
        f"/pengaduan/{number}/usul-tutup",
        to="DUPLIKAT",
        text="Sudah dilaporkan orang lain.",
        parent_id=parent,
    )
    assert proposed.status_code == 303, words(proposed.text)
    ended = await office("complaint_supervisor").send(f"/pengaduan/{number}/setujui-penutupan")
    assert ended.status_code == 303, words(ended.text)
    [row] = await filer.rows(
        "SELECT parent.tracking_id FROM case_file JOIN case_file parent ON parent.id = case_file.parent_id"
    )
    assert row.tracking_id == parent


async def test_whom_a_case_accuses_finds_no_page_of_it(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    assert await tell(filer.db, told("terlapor", "terlapor")) == []
    done = await office("complaint_officer").send(
        f"/pengaduan/{number}/verifikasi", case_class="normatif", accused=pseudonym("terlapor")
    )
    assert done.status_code == 303, words(done.text)
    theirs = office("complaint_supervisor", "terlapor")
    for path in (f"/pengaduan/{number}", f"/pengaduan/{number}/disposisi"):
        assert (await theirs.get(path)).status_code == 404
    assert number not in (await theirs.get("/pengaduan")).text


async def test_an_inspection_is_read_on_the_case(office: Office, acting_of: Acting) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    place = f"/pengaduan/{number}"
    await office("case_handler").send(f"{place}/tindak-lanjut", text="Loket ditinjau.", evidence="BA-6")
    ordered = await office("inspector").send(
        f"{place}/periksa",
        order_number="ST-12/2026",
        ordered_on="2026-01-05",
        team="Auditor madya\nAuditor muda",
    )
    assert ordered.status_code == 303, words(ordered.text)
    page = words((await office("inspector").get(place)).text)
    assert "Surat tugas ST-12/2026, 5 Januari 2026. Tim: Auditor madya, Auditor muda." in page


async def test_who_may_be_named_is_shown_with_how_many_cases_each_has(
    office: Office, acting_of: Acting
) -> None:
    first, second = await entered(office, acting_of), await entered(office, acting_of)
    await handled(office, first)
    await verified(office, second)
    page = words((await office("complaint_supervisor").get(f"/pengaduan/{second}/disposisi")).text)
    assert "test-case_handler · 1 perkara terbuka" in page
    assert "penangan · 0 perkara terbuka" in page


async def bulk(office: Office, path: str, *numbers: str) -> dict[str, str]:
    """Return what the form of one act on several cases carries, each case as one of its fields."""
    chosen = "&".join(f"nomor={number}" for number in numbers)
    page = await office("complaint_supervisor").get(f"{BULK}?tindakan={path}&{chosen}")
    assert page.status_code == 200, words(page.text)
    return carried(page.text, BULK)


async def test_several_cases_are_disposed_at_once_each_by_itself_after_it_was_foretold(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    numbers = [await entered(office, acting_of) for _ in range(3)]
    await verified(office, numbers[0])
    await verified(office, numbers[1])
    chief = office("complaint_supervisor")
    chosen = [f"{number}:{(await state_of_case(filer, number))[1]}" for number in numbers]
    form = await bulk(office, "disposisi", *numbers)
    typed: dict[str, Any] = form | {"kasus": chosen, "handler": "test-case_handler"}
    told = await chief.post(BULK, typed)
    assert told.status_code == 200
    assert "Tunjuk penangan untuk 2 dari 3 pengaduan" in words(told.text)
    assert [await state_of_case(filer, number) for number in numbers] == [
        ("DIVERIFIKASI", 2),
        ("DIVERIFIKASI", 2),
        ("DITERIMA", 1),
    ]
    done = [await chief.post(BULK, typed | {"yakin": "1"}) for _ in range(2)]
    for answer in done:
        assert "2 dari 3 pengaduan tercatat" in words(answer.text)
        assert "tindakan ini tidak dapat dilakukan" in words(answer.text)
    assert [await state_of_case(filer, number) for number in numbers] == [
        ("DIDISPOSISIKAN", 3),
        ("DIDISPOSISIKAN", 3),
        ("DITERIMA", 1),
    ]
    assert (await filer.facts()).count("case.disposed") == 2
    audited = await filer.rows("SELECT 1 FROM audit WHERE operation = 'dispose_case'")
    assert len(audited) == 2


async def test_a_case_that_changed_since_it_was_chosen_is_left_as_it_is(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    first, second = await entered(office, acting_of), await entered(office, acting_of)
    await verified(office, first)
    await verified(office, second)
    form: dict[str, Any] = await bulk(office, "pindahkan", first, second)
    typed = form | {"kasus": [f"{first}:2", f"{second}:1"], "unit_id": "u-2", "reason": "Urusan unit itu."}
    told = await office("complaint_supervisor").post(BULK, typed | {"yakin": "1"})
    assert "1 dari 2 pengaduan tercatat" in words(told.text)
    assert "sudah berubah" in words(told.text)
    rows = await filer.rows("SELECT tracking_id, unit_id FROM case_file")
    assert {row.tracking_id: row.unit_id for row in rows} == {first: "u-2", second: "u-1"}


async def test_one_act_on_several_cases_is_for_whom_the_api_takes_it(
    office: Office, acting_of: Acting
) -> None:
    number = await entered(office, acting_of)
    assert (await office("complaint_officer").get(f"{BULK}?nomor={number}")).status_code == 403
    elsewhere = office("complaint_supervisor", "jauh", Scope("unit", units=frozenset({"u-2"})))
    page = await elsewhere.get(f"{BULK}?nomor={number}")
    assert number not in page.text.replace(f"nomor={number}", "")


async def test_a_proposal_that_was_replaced_by_another_one_gives_its_page_back(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5))
    number = await entered(office, acting_of)
    await verified(office, number)
    await clock.set(wib(2026, 1, 11))
    place, officer, chief = (
        f"/pengaduan/{number}",
        office("complaint_officer"),
        office("complaint_supervisor"),
    )
    asked = await officer.send(
        f"{place}/golongkan",
        kind="pengaduan",
        stream="masyarakat",
        case_class="tidak_berkadar",
        reason="Tanpa kadar pengawasan.",
    )
    assert asked.status_code == 303, words(asked.text)
    sorting = await chief.form(f"{place}/setujui-golongan")
    assert sorting["case_class"] == "tidak_berkadar"
    ended = await officer.send(
        f"{place}/usul-tutup", to="DITOLAK", text="Bukan kejadian.", reason_code="tidak_memadai"
    )
    assert ended.status_code == 303, words(ended.text)
    late = await chief.post(f"{place}/setujui-golongan", sorting | {"yakin": "1"})
    assert late.status_code in (409, 412), late.status_code
    assert "tidak dapat dilakukan lagi" in words(late.text)


async def test_a_transfer_out_of_ones_sight_that_is_sent_twice_is_told_as_done(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    alone, several = await entered(office, acting_of), await entered(office, acting_of)
    await verified(office, alone)
    await verified(office, several)
    chief = office("complaint_supervisor", "kepala", Scope("unit", units=frozenset({"u-1"})))
    path = f"/pengaduan/{alone}/pindahkan"
    typed = await chief.form(path) | {"unit_id": "u-2", "reason": "Urusan unit itu.", "yakin": "1"}
    answers = [await chief.post(path, typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.headers["location"] for answer in answers} == {"/pengaduan?selesai=pindahkan"}
    assert (await chief.post(path, typed | {"reason": "Lain sama sekali."})).status_code == 404
    page = await chief.get(f"{BULK}?tindakan=pindahkan&nomor={several}")
    form: dict[str, Any] = carried(page.text, BULK)
    form |= {"unit_id": "u-2", "reason": "Urusan unit itu.", "yakin": "1"}
    for _ in range(2):
        assert "1 dari 1 pengaduan tercatat" in words((await chief.post(BULK, form)).text)
    moved = await filer.rows("SELECT 1 FROM case_event WHERE act = 'transfer'")
    assert len(moved) == 2


async def test_a_transfer_that_is_only_proposed_is_never_told_as_done(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock, slow_unit: str
) -> None:
    await clock.set(wib(2026, 1, 5))
    number = await entered(office, acting_of)
    await handled(office, number)
    await clock.set(wib(2026, 1, 9, 9))
    chief = office("complaint_supervisor")
    typed = await bulk(office, "pindahkan", number) | {"unit_id": slow_unit, "reason": "Urusan unit itu."}
    foretold = words((await chief.post(BULK, typed)).text)
    assert "Pemindahan ke unit lain akan diusulkan; orang kedua memutuskan." in foretold
    assert "Menjadi" not in foretold
    for _ in range(2):
        told = words((await chief.post(BULK, typed | {"yakin": "1"})).text)
        assert "0 dari 1 pengaduan tercatat, 1 diusulkan" in told
        assert "Pemindahan ke unit lain diusulkan; orang kedua memutuskan." in told
        assert "Pengaduan dipindahkan." not in told
    [row] = await filer.rows("SELECT unit_id FROM case_file WHERE tracking_id = :n", n=number)
    assert row.unit_id == "u-1"


async def test_an_appeal_of_a_case_without_a_class_that_is_upheld_twice_is_upheld_once(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    place = f"/pengaduan/{number}"
    await office("complaint_officer").send(
        f"{place}/usul-tutup", to="DITOLAK", text="Bukan kejadian.", reason_code="tidak_memadai"
    )
    await office("complaint_supervisor").send(f"{place}/setujui-penutupan")
    [row] = await filer.rows("SELECT id FROM case_file WHERE tracking_id = :n", n=number)
    async with filer.db.transaction() as session:
        await acts.appeal(session, filer.engine, PUBLIC, row.id, reason="Kejadiannya ada.")
    judge = office("inspector", "penelaah")
    path = f"{place}/terima-banding"
    typed = await judge.form(path)
    typed |= {"decision": "Diterima.", "stream": "masyarakat", "case_class": "normatif", "yakin": "1"}
    answers = [await judge.post(path, typed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], words(answers[1].text)
    assert len(await filer.rows("SELECT 1 FROM case_event WHERE act = 'uphold_appeal'")) == 1


async def test_new_due_times_are_told_in_the_zone_of_the_unit_that_the_case_comes_to(
    office: Office, acting_of: Acting, filer: Filer, clock: MovedClock
) -> None:
    await clock.set(wib(2026, 1, 5))
    number = await entered(office, acting_of)
    await verified(office, number)
    await office("complaint_supervisor").send(f"/pengaduan/{number}/disposisi", handler="test-case_handler")
    await put(filer, "UPDATE unit SET zone = 'WIT' WHERE unit_id = 'u-2'")
    chief = office("complaint_supervisor")
    path = f"/pengaduan/{number}/pindahkan"
    told = await chief.post(path, await chief.form(path) | {"unit_id": "u-2", "reason": "Urusan unit itu."})
    assert "mulai berjalan, jatuh tempo" in words(told.text) or "jatuh tempo menjadi" in words(told.text)
    assert "WIT" in words(told.text)


async def test_a_list_of_units_that_is_cut_is_searched_though_one_of_them_is_left_out(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await verified(office, number)
    chief = office("complaint_supervisor")
    path = f"/pengaduan/{number}/pindahkan"
    assert 'name="cari"' not in (await chief.get(path)).text
    assert 'name="cari"' not in (await chief.get(f"{BULK}?tindakan=pindahkan&nomor={number}")).text
    await put(
        filer,
        "INSERT INTO unit SELECT 'x-' || n, 'a-1', 'Zona ' || n, 'WIB', true, false, 1, ''"
        " FROM generate_series(1000, 1200) n",
    )
    for page, fields in ((path, await chief.form(path)), (BULK, await bulk(office, "pindahkan", number))):
        shown = await chief.post(page, fields | {"find": "1"})
        assert 'name="cari"' in shown.text, page
        assert 'value="x-1200"' not in shown.text, page
        sought = await chief.post(page, fields | {"find": "1", "cari": "zona 1200"})
        assert sought.status_code == 200, page
        assert 'value="x-1200"' in sought.text, page
        assert 'value="x-1100"' not in sought.text, page


async def test_whom_no_decree_appoints_for_the_cases_stream_is_not_offered_as_handler(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await verified(office, number)
    await put(
        filer,
        "INSERT INTO officer (subject, role, level, place) SELECT 'a-' || n, 'case_handler', 'unit', 'u-1'"
        " FROM generate_series(1, 150) n",
    )
    chief = office("complaint_supervisor")
    for page in (f"/pengaduan/{number}/disposisi", f"{BULK}?tindakan=disposisi&nomor={number}"):
        shown = (await chief.get(page)).text
        assert 'value="test-case_handler"' in shown, page
        assert 'value="a-1"' not in shown, page


async def test_a_handler_behind_the_first_hundred_is_found_by_name(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await verified(office, number)
    await put(
        filer,
        "INSERT INTO officer (subject, role, level, place) SELECT 'a-' || n, 'case_handler', 'unit', 'u-1'"
        " FROM generate_series(1, 150) n",
    )
    await put(
        filer,
        "INSERT INTO handling_member (handling_unit_id, subject, role)"
        " SELECT handling_unit_id, 'a-' || n, min(role) FROM handling_member, generate_series(1, 150) n"
        " GROUP BY handling_unit_id, n",
    )
    chief = office("complaint_supervisor")
    path = f"/pengaduan/{number}/disposisi"
    for page, fields in ((path, await chief.form(path)), (BULK, await bulk(office, "disposisi", number))):
        shown = await chief.post(page, fields | {"find": "1"})
        assert 'name="cari"' in shown.text, page
        assert 'value="test-case_handler"' not in shown.text, page
        sought = await chief.post(page, fields | {"find": "1", "cari": "TEST-case"})
        assert 'value="test-case_handler"' in sought.text, page
        assert 'value="a-1"' not in sought.text, page


async def test_more_than_a_hundred_chosen_cases_are_told_how_many_may_be_chosen(office: Office) -> None:
    chief = office("complaint_supervisor")
    many = [f"{one:012}" for one in range(101)]
    shown = await chief.get(f"{BULK}?" + "&".join(f"nomor={one}" for one in many))
    chosen = [f"{one}:1" for one in many]
    typed = {"csrf": await chief.token(), "tindakan": "disposisi", "kasus": chosen, "handler": "penangan"}
    for page in (shown, await chief.post(BULK, typed)):
        assert page.status_code == 422
        assert "Paling banyak 100 pengaduan sekaligus; yang dipilih 101." in words(page.text)
        assert "Ke daftar pengaduan terbuka" in words(page.text)


async def test_only_kinds_that_a_case_may_become_are_offered(office: Office, acting_of: Acting) -> None:
    number = await entered(office, acting_of, kind="aspirasi")
    await verified(office, number)
    page = (await office("complaint_officer").get(f"/pengaduan/{number}/golongkan")).text
    kinds = set(re.findall(r'name="kind" value="([^"]*)"', page))
    assert kinds == {"aspirasi", *tables()["aspirasi"].becomes}


async def test_evidence_of_a_draft_leads_to_the_files_of_the_case_where_it_is_approved(
    office: Office, acting_of: Acting, filer: Filer
) -> None:
    number = await entered(office, acting_of)
    await handled(office, number)
    handler, approver, place = office("case_handler"), office("case_approver"), f"/pengaduan/{number}"
    [row] = await filer.rows("SELECT id FROM case_file WHERE tracking_id = :n", n=number)
    sent = await acting_of.client.post(
        f"/cases/{row.id}/attachments",
        files=[("files", ("a.pdf", PDF, "application/octet-stream"))],
        headers=acting_of.headers("complaint_officer"),
    )
    assert sent.status_code == 201, sent.text
    name = sent.json()["attachments"][0]["name"]
    drafted = await handler.send(f"{place}/tanggapan", **(ANSWER | {"evidence": name}))
    assert drafted.status_code == 303, words(drafted.text)
    path = f"{place}/setujui-tanggapan"
    for page in (await approver.get(path), await approver.post(path, await approver.form(path))):
        assert page.status_code == 200
        assert re.search(rf'<a href="{place}/berkas/[0-9a-f-]+">{name}</a>', page.text), words(page.text)
