"""Why a deadline is due when it is, in words: start, length, days not counted, pauses, moves."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from services.complaints.cases.usecases.clocks import Clock
from services.complaints.deadlines.domain.policy import LengthUnit, Rule, StartFact
from services.complaints.deadlines.store.ledgers import Moved, Standing
from services.complaints.deadlines.words import length
from shared.calendar.working import Pause, WorkingCalendar
from shared.indonesian import day, moment, until

STARTS: Mapping[StartFact, str] = {
    "received": "pengaduan diterima",
    "requested": "pelapor diminta melengkapi",
    "verified": "pengaduan diverifikasi",
    "disposed": "penangan ditunjuk",
    "forwarded": "diteruskan sistem asal kepada instansi",
    "file_complete": "berkas lengkap",
    "transferred": "pengaduan dipindahkan",
    "objected": "pelapor berkeberatan",
    "reopened": "pengaduan dibuka kembali",
    "file_completed": "berkas dilengkapi",
    "reviewed": "penelaahan selesai",
    "review_corrected": "telaah dikoreksi",
    "review_decided": "keputusan atas telaah ditetapkan",
    "inspection_ordered": "pemeriksaan diperintahkan",
    "inspection_begun": "hari terakhir pemeriksaan menurut surat tugas",
    "answered": "tanggapan diberikan",
    "answer_returned": "pemberitahuan tanggapan kembali",
    "dismissal_proposed": "penutupan diusulkan",
    "appealed": "banding diajukan",
    "returned": "pengaduan induk berakhir tanpa tanggapan",
    "ended": "pengaduan berakhir",
}
_REASONS = {
    "resumed": "berjalan lagi sesudah berhenti",
    "calendar": "hari libur berubah",
    "calendar_lifted": "hari libur berubah dan harinya sudah lewat",
    "calendar_confirmed": "keputusan hari libur dikonfirmasi",
    "extended": "diperpanjang",
    "policy": "aturannya berganti versi",
    "policy_lifted": "aturannya berganti versi dan harinya sudah lewat",
    "duplicate": "pengaduan yang sama lebih dahulu harus dijawab",
    "duplicate_lifted": "pengaduan yang sama sudah lewat waktu jawabnya",
    "class": "pengaduan digolongkan kembali",
    "unit": "pengaduan dipindahkan ke unit lain",
    "superseded": "digantikan tenggat lain",
    "cancelled": "tidak berlaku lagi",
}
_WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def why(clock: Clock, starts: Mapping[StartFact, str] = STARTS) -> Iterator[str]:
    """Yield in words why a deadline is due when it is: start, length, days not counted, pauses, moves.

    `starts` says what the facts are called that it may have started with.
    """
    told, rule, zone = clock.told, clock.rule, clock.calendar.zone
    started = f"Mulai {moment(told['start_at'], zone)}"
    if told["start_fact"] is not None:
        started += f", saat {starts[told['start_fact']]}"
    if rule is not None:
        started += "" if rule.unit.is_hours else "; hitungan mulai hari berikutnya"
    yield f"{started}."
    if rule is None:
        yield f"Aturan {told['rule_id']} versi {told['policy']} tidak ada lagi pada data aturan."
    else:
        yield _rule(rule, told["length"])
        yield _counting(rule, clock.calendar, told)
    if clock.days_off:
        named = ", ".join(f"{day(off.day)} ({off.name})" for off in clock.days_off)
        yield f"Libur yang tidak dihitung: {named}."
    for one in clock.standings:
        ended = "sampai sekarang" if one.end_at is None else f"sampai {moment(one.end_at, zone)}"
        stood = f"Berhenti sejak {moment(one.start_at, zone)} {ended}, karena menunggu pelapor"
        yield f"{stood}{_moved_nothing(clock, one)}."
    for move in clock.moves:
        reason = _reason(move)
        yield f"Semula {until(move.old_due_at, zone)}; {reason}, menjadi {until(move.new_due_at, zone)}."
    if told["is_provisional"]:
        yield "Masih sementara: keputusan hari libur tahun yang dicapainya belum dikonfirmasi."
    if told["is_backdated"]:
        yield "Sudah lewat saat dicatat, karena mulainya lebih awal."


def _reason(move: Moved) -> str:
    reason = _REASONS.get(move.reason, "disesuaikan")
    if move.new_policy is None:
        return reason
    words = f", alasan: {move.words}" if move.words else ""
    return f"{reason} dari {move.old_policy} menjadi {move.new_policy}{words}"


def _moved_nothing(clock: Clock, one: Standing) -> str:
    """Return why a pause that ended moved no working day, nothing when it did or may yet."""
    if one.end_at is None or clock.rule is None or clock.rule.unit is not LengthUnit.WORKING_DAY:
        return ""
    if clock.calendar.standing_still([Pause(one.start_at, one.end_at, one.is_by_dates)]):
        return ""
    return "; kurang dari satu hari layanan, jadi tidak menggeser hari"


def _rule(rule: Rule, counted: int) -> str:
    place = {"unit": "unit ini", "agency": "instansi ini", "national": "semua instansi"}[rule.scope_level]
    told = f"Aturan {rule.id} versi {rule.version}, untuk {place}: {length(rule)}"
    if counted != rule.length:
        told += f", tersisa {length(rule, counted)}"
    return (
        f"{told}." if rule.is_confirmed else f"{told}. Angkanya belum dikonfirmasi pada naskah peraturannya."
    )


def _counting(rule: Rule, calendar: WorkingCalendar, told: Mapping[str, Any]) -> str:
    worked = sorted(calendar.week_on(calendar.local_date(told["start_at"])).weekdays)
    week = f"{_WEEKDAYS[worked[0] - 1]} sampai {_WEEKDAYS[worked[-1] - 1]}"
    match rule.unit:
        case LengthUnit.WORKING_DAY:
            return f"Yang dihitung hari kerja, {week}, menurut kalender versi {calendar.version}."
        case LengthUnit.WORKING_HOUR:
            return f"Yang dihitung jam layanan, {week}, menurut kalender versi {calendar.version}."
        case LengthUnit.CLOCK_HOUR:
            return "Yang dihitung setiap jam, siang dan malam."
    return f"Yang dihitung hari kalender, termasuk hari libur{_rolled(rule, calendar, told)}."


def _rolled(rule: Rule, calendar: WorkingCalendar, told: Mapping[str, Any]) -> str:
    if not rule.is_rolling:
        return ""
    if calendar.is_working(calendar.local_date(told["due_at"] - timedelta(microseconds=1))):
        return "; bila berakhir pada hari libur, hari kerja berikutnya"
    return "; hari terakhirnya tetap hari libur, karena batas seluruh permintaan tidak boleh dilewati"
