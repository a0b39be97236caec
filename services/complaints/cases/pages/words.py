"""What officers read: states, acts, whose turn it is, how much time is left, why a deadline is due then."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.store.desk import SOON, Summary
from services.complaints.cases.usecases.clocks import Clock
from services.complaints.cases.usecases.foresight import Change
from services.complaints.deadlines.domain.policy import DECLARANT, REPORTER, PolicyBook
from services.complaints.deadlines.domain.schedule import Deadline
from services.complaints.deadlines.words import length
from shared.indonesian import capital, duration, until
from shared.kernel import Zone
from shared.security.roles import ROLE_NAMES

Row = Mapping[str, Any] | RowMapping
STATES: Mapping[State, str] = {
    State.DITERIMA: "Diterima",
    State.MENUNGGU_KELENGKAPAN: "Menunggu kelengkapan",
    State.DIVERIFIKASI: "Diverifikasi",
    State.DIDISPOSISIKAN: "Didisposisikan",
    State.DIPROSES: "Diproses",
    State.DIPERIKSA: "Diperiksa",
    State.DITANGGAPI: "Ditanggapi",
    State.DIBUKA_KEMBALI: "Dibuka kembali",
    State.SELESAI: "Selesai",
    State.DICABUT: "Dicabut",
    State.DITOLAK: "Ditolak",
    State.DUPLIKAT: "Duplikat",
    State.BUKAN_WEWENANG: "Bukan wewenang",
    State.DITUTUP_TIDAK_LENGKAP: "Ditutup, tidak lengkap",
}
KINDS = {
    "pengaduan": "Pengaduan",
    "aspirasi": "Aspirasi",
    "konsultasi": "Konsultasi",
    "permintaan_informasi": "Permintaan informasi",
}
STREAMS = {"masyarakat": "Masyarakat", "pelayanan": "Pelayanan"}
CLASSES = {
    "ringan": "ringan",
    "normatif": "normatif",
    "tidak_berkadar": "tidak berkadar pengawasan",
    "berkadar_pengawasan": "berkadar pengawasan",
}
ACTS = {
    "received": "Diterima",
    "request_completion": "Pelapor diminta melengkapi",
    "confirm_completion": "Permintaan kelengkapan disetujui",
    "complete": "Kelengkapan diterima",
    "proceed": "Dilanjutkan tanpa kelengkapan",
    "verify": "Diverifikasi",
    "dispose": "Penangan ditunjuk",
    "reassign": "Penangan diganti",
    "follow_up": "Ditindaklanjuti",
    "respond": "Tanggapan disusun",
    "approve": "Tanggapan disetujui dan diberikan",
    "close": "Ditutup",
    "object": "Pelapor berkeberatan",
    "withdraw": "Dicabut pelapor",
    "transfer": "Dipindahkan ke unit lain",
    "confirm_transfer": "Pemindahan ke unit lain disetujui",
    "reclassify": "Digolongkan kembali",
    "confirm_reclassification": "Penggolongan kembali disetujui",
    "correct_review": "Telaah dikoreksi",
    "decide_review": "Keputusan atas telaah",
    "order_inspection": "Pemeriksaan diperintahkan",
    "begin_inspection": "Pemeriksaan dimulai",
    "report_inspection": "Hasil pemeriksaan dilaporkan",
    "answer_in_person": "Dijawab langsung",
    "extend": "Waktu diperpanjang",
    "confirm_extension": "Perpanjangan waktu disetujui",
    "reopen": "Dibuka kembali",
    "propose_dismissal": "Penutupan tanpa tanggapan diusulkan",
    "confirm_dismissal": "Ditutup tanpa tanggapan",
    "refuse_dismissal": "Usul penutupan ditolak",
    "resume_duplicate": "Ditangani sendiri karena pengaduan induknya berakhir tanpa tanggapan",
    "appeal": "Pelapor mengajukan banding",
    "uphold_appeal": "Banding diterima",
    "reject_appeal": "Banding ditolak",
}
PROPOSED = {
    "request_completion": "Permintaan kelengkapan",
    "extend": "Perpanjangan waktu",
    "transfer": "Pemindahan ke unit lain",
    "reclassify": "Penggolongan kembali",
    "confirm_dismissal": "Penutupan tanpa tanggapan",
}
"""What waits for a second person."""
OUTCOMES = {
    "terbukti": "terbukti",
    "terbukti_sebagian": "terbukti sebagian",
    "tidak_terbukti": "tidak terbukti",
    "tidak_dapat_dibuktikan": "tidak dapat dibuktikan",
    "informasi_diberikan": "informasi diberikan",
}
IDENTITIES = {
    "named": "Pelapor menyebut nama; identitas disimpan terpisah",
    "confidential": "Nama dirahasiakan dari unit; identitas disimpan terpisah",
    "anonymous": "Tanpa nama",
}
_NOBODYS = {"public": "Pelapor", "reporter": "Pelapor", "engine": "Sistem", "system": "Sistem"}
_TURNS: Mapping[State, tuple[str, str]] = {
    State.DITERIMA: ("Petugas pengaduan", "memeriksa dan menetapkan jenisnya"),
    State.MENUNGGU_KELENGKAPAN: ("Pelapor", "melengkapi"),
    State.DIVERIFIKASI: ("Pengawas pengaduan", "menunjuk penangan"),
    State.DIDISPOSISIKAN: ("Penangan", "menindaklanjuti"),
    State.DIPROSES: ("Penangan", "menyusun tanggapan"),
    State.DIPERIKSA: ("Penangan", "menyusun tanggapan dari hasil pemeriksaan"),
    State.DITANGGAPI: ("Pelapor", "menyatakan sikap"),
    State.DIBUKA_KEMBALI: ("Penangan", "menindaklanjuti kembali"),
}
_OF_OTHERS: Mapping[str, tuple[str, str]] = {
    "appeal": ("Pengawas pengaduan", "memutuskan banding"),
    "proceed": ("Petugas pengaduan", "melanjutkan tanpa kelengkapan"),
    "approve": ("Penyetuju", "menyetujui tanggapan"),
    "correct_review": ("Penyetuju", "mengoreksi telaah"),
    "decide_review": ("Pengawas pengaduan", "memutuskan telaah"),
    "begin_inspection": (ROLE_NAMES["inspector"], "memulai pemeriksaan"),
    "report_inspection": (ROLE_NAMES["inspector"], "melaporkan hasil pemeriksaan"),
}
_OF_REQUESTS: Mapping[str, str] = {
    "proceed": "melanjutkan tanpa kelengkapan",
    "state": "menyusun tanggapan",
}
"""What the information officer, who alone handles requests for information, does in their turns."""
_DECIDERS = {
    "request_completion": "Pengawas atau penyetuju",
    "extend": "Pengawas atau penyetuju",
    "transfer": "Pengawas, aparat pengawasan, atau penyetuju",
    "reclassify": "Pengawas atau aparat pengawasan",
    "confirm_dismissal": "Pengawas pengaduan",
}


def role(name: str) -> str:
    """Return a role in words, the reporter's too."""
    return "Pelapor" if name in (REPORTER, DECLARANT) else ROLE_NAMES.get(name, name)


def turn(row: Row) -> tuple[str, str]:
    """Return who must act on a case, and what to do, of its `turn` (`domain.offers.turn_of`)."""
    state, kind = State(row["state"]), row["turn"]
    if kind in PROPOSED:
        return _DECIDERS[kind], f"memutuskan usul: {PROPOSED[kind].lower()}"
    if kind == "nobody" and state in FINAL:
        return "–", ""
    if kind == "reassign":
        is_gone = row["handler"] is not None
        act = "mengganti penangan yang tidak tercatat lagi" if is_gone else "menunjuk penangan"
        return "Pengawas pengaduan", act
    if row["kind"] == "permintaan_informasi" and kind in _OF_REQUESTS and state is not State.DITANGGAPI:
        return ROLE_NAMES["information_officer"], _OF_REQUESTS[kind]
    return _OF_OTHERS.get(kind) or _TURNS[state]


_ENDINGS = {
    "silence": "pelapor tidak bersikap sampai waktunya habis",
    "reporter": "pelapor menerima tanggapan",
    "officer": "sudah dijawab langsung",
}


def sentence(row: Row, *, waits_for: str | None) -> str:
    """Return the first sentence of a case: what must happen now, or how it ended."""
    state = State(row["state"])
    if row["is_appealed"]:
        return "Pelapor mengajukan banding; pengawas pengaduan harus memutuskannya."
    if state is State.DICABUT:
        return "Dicabut pelapor; tidak ada yang perlu dilakukan."
    if state is State.SELESAI:
        return f"Selesai karena {_ENDINGS[row['closed_by']]}."
    if state in FINAL:
        return f"{STATES[state]}: berakhir tanpa tanggapan, diusulkan dan disetujui oleh dua orang."
    person, act = turn(row)
    if waits_for == REPORTER and person == "Pelapor":
        return f"Menunggu pelapor {act}."
    return f"{person} harus {act}."


def left(row: Row, *, waits_for: str | None, now: datetime | None = None) -> tuple[str, str]:
    """Return kind and words of the time left: late, within a day, later, or nobody's haste."""
    if State(row["state"]) in FINAL and not row["is_appealed"]:
        return "plain", STATES[State(row["state"])].lower()
    due_at: datetime | None = row["due_at"]
    if due_at is None:
        return "warn", "tanpa tenggat"
    rest = due_at - (now or datetime.now(UTC))
    is_theirs = waits_for == REPORTER
    if rest <= timedelta(0):
        kind = "plain" if is_theirs else "bad"
        return kind, f"{'waktu pelapor habis' if is_theirs else 'lewat'} {duration(-rest)}"
    kind = "warn" if rest < SOON and not is_theirs else "plain"
    return kind, f"{duration(rest)} lagi"


def sort_of(row: Row) -> str:
    """Return kind, stream and class in words."""
    told = f"{KINDS[row['kind']]}, {STREAMS[row['stream']].lower()}"
    return told if row["case_class"] is None else f"{told}, {CLASSES[row['case_class']]}"


def proposed(row: Row) -> str:
    """Return in words what somebody proposed and another one must decide."""
    content: Mapping[str, Any] = row["proposed"]
    match row["proposed_act"]:
        case "request_completion":
            return str(content["missing"])
        case "extend":
            return str(content["reason"])
        case "transfer":
            return f"Ke unit {content['unit_id']}. {content['reason']}"
        case "reclassify":
            return f"{sort_of(content)}. {content['reason']}"
    return f"{STATES[State(content['to'])]}. {content['text']}"


def who(actor: str) -> str:
    """Return whom the log of acts names, in words where it is nobody's account."""
    return _NOBODYS.get(actor, actor)


def verdict(found: Summary) -> str:
    """Return the first sentence of the desk: what burns, then what is soon due."""
    if not found.opened:
        return "Tidak ada pengaduan terbuka."
    late = f"{found.late} pengaduan lewat tenggat" if found.late else "Tidak ada pengaduan lewat tenggat"
    soon = f"; {found.soon} jatuh tempo dalam 24 jam." if found.soon else "."
    return late + soon


def status(clock: Clock) -> tuple[str, str]:
    """Return kind and words of how a deadline stands."""
    told = clock.told
    match told["status"]:
        case "met":
            return "good", "terpenuhi"
        case "late_done":
            return "bad", "dipenuhi terlambat"
        case "paused":
            return "warn", "berhenti, menunggu pelapor"
        case "armed" if told["breached_at"] is not None:
            is_theirs = clock.rule is not None and clock.rule.holder == REPORTER
            return ("plain", "waktu pelapor habis") if is_theirs else ("bad", "lewat tenggat")
        case "armed":
            return "plain", "berjalan"
    return "plain", "gugur"


def title(clock: Clock) -> str:
    """Return what a deadline is called, with its length."""
    told, rule = clock.told, clock.rule
    return told["rule_id"] if rule is None else f"{rule.title}, {length(rule, told['length'])}"


def named(field: str, value: str) -> str:
    """Return what a field of an act holds as people read it."""
    known: Mapping[str, Mapping[Any, str]] = {
        "kind": KINDS,
        "stream": STREAMS,
        "case_class": CLASSES,
        "to": STATES,
    }
    return capital(known.get(field, {}).get(value, value))


def changed(change: Change, one: Deadline, policies: PolicyBook, zone: Zone) -> str:
    """Return in words what an act would do to a deadline."""
    told = policies.about(one.rule_id, one.policy).title
    match change:
        case "met":
            return f"{told}: terpenuhi."
        case "late_done":
            return f"{told}: dipenuhi terlambat."
        case "gone":
            return f"{told}: tidak berlaku lagi."
        case "paused":
            return f"{told}: berhenti selama menunggu pelapor."
        case "begun":
            return f"{told}: mulai berjalan, jatuh tempo {until(one.due_at, zone)}."
    return f"{told}: jatuh tempo menjadi {until(one.due_at, zone)}."


def decider(row: Row) -> str:
    """Return who decides about what somebody proposed."""
    return _DECIDERS[row["proposed_act"]]
