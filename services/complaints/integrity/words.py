"""What people read instead of the codes of kinds, states, acts and of what deadlines start with."""

from collections.abc import Mapping

from services.complaints.integrity.domain.lives import State

KINDS: Mapping[str, str] = {
    "gratifikasi": "Gratifikasi",
    "benturan_kepentingan": "Benturan kepentingan",
    "peta_benturan": "Peta benturan kepentingan",
}
STARTS: Mapping[str, str] = {
    "gift_received": "pemberian diterima atau ditolak",
    "reported": "gratifikasi dilaporkan",
    "data_requested": "pelapor diminta melengkapi data",
    "forwarded": "laporan diteruskan kepada KPK",
    "taken_on": "laporan dikelola instansi",
    "settled": "status barang ditetapkan",
    "declared": "benturan kepentingan dideklarasikan",
    "year_begun": "tahun mulai",
}
STATES: Mapping[str, str] = {
    State.DILAPORKAN: "Dilaporkan",
    State.DILENGKAPI: "Menunggu kelengkapan data",
    State.DITERUSKAN_KPK: "Diteruskan kepada KPK",
    State.DIKELOLA_INSTANSI: "Dikelola instansi",
    State.DITETAPKAN: "Status barang sudah ditetapkan",
    State.DIDEKLARASIKAN: "Dideklarasikan",
    State.DINILAI: "Dinilai",
    State.DIKENDALIKAN: "Dikendalikan",
    State.TIDAK_ADA: "Tidak ada benturan",
    State.DITINJAU: "Sedang ditinjau",
    State.DIKOSONGKAN: "Berakhir karena peta kosong",
    State.SELESAI: "Selesai",
}
ACTS: Mapping[str, str] = {
    "file": "Disampaikan",
    "request_data": "Data diminta",
    "complete": "Data dilengkapi",
    "proceed": "Dilanjutkan tanpa kelengkapan",
    "forward": "Diteruskan kepada KPK",
    "manage": "Dikelola instansi",
    "settle": "Status barang ditetapkan",
    "finish": "Diselesaikan",
    "assess": "Dinilai",
    "decide": "Diputuskan",
    "review": "Peta ditinjau",
    "empty": "Butir terakhir dikeluarkan dari peta",
}
