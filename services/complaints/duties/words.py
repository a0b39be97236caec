"""What people read instead of the codes of kinds, states, acts and of what deadlines start with."""

from collections.abc import Mapping

from services.complaints.duties.domain.lives import State

KINDS: Mapping[str, str] = {
    "permintaan_data": "Permintaan data pribadi",
    "insiden_data": "Insiden data pribadi",
    "lhp_ombudsman": "LHP Ombudsman",
}
STARTS: Mapping[str, str] = {
    "data_asked_for": "permintaan diterima",
    "breach_detected": "insiden ditemukan",
    "findings_received": "LHP diterima",
}
STATES: Mapping[str, str] = {
    State.DIMINTA: "Menunggu jawaban",
    State.DIJAWAB: "Sudah dijawab",
    State.DICABUT: "Dicabut pemohon",
    State.DITEMUKAN: "Ditemukan, belum dinilai",
    State.DINILAI: "Dinilai, belum diberitahukan",
    State.DIBERITAHUKAN: "Sudah diberitahukan",
    State.BUKAN_INSIDEN: "Bukan insiden",
    State.DITERIMA: "Menunggu laporan pelaksanaan",
    State.DILAPORKAN: "Sudah dilaporkan kepada Ombudsman",
    State.SELESAI: "Selesai",
}
ACTS: Mapping[str, str] = {
    "file": "Dicatat",
    "ask_proof": "Bukti identitas diminta",
    "answer": "Dijawab",
    "withdraw": "Dicabut",
    "close": "Ditutup",
    "assess": "Dinilai",
    "notify": "Diberitahukan",
    "rule_out": "Dinyatakan bukan insiden",
    "record_action": "Pelaksanaan tindakan korektif dicatat",
    "report": "Dilaporkan kepada Ombudsman",
}
WISHES: Mapping[str, str] = {
    "akses": "Salinan data",
    "perbaikan": "Perbaikan data",
    "penghapusan": "Penarikan persetujuan atau penghapusan data",
    "pembatasan": "Pembatasan pemrosesan data",
}
OUTCOMES: Mapping[str, str] = {
    "dikabulkan": "Dikabulkan",
    "sebagian": "Dikabulkan sebagian",
    "ditolak": "Ditolak",
}
