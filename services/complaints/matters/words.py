"""What pages call the kinds that are no cases, and what their deadlines start with."""

from collections.abc import Mapping

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
ACTS: Mapping[str, str] = {
    "file": "Dilaporkan atau dideklarasikan",
    "request_data": "Data diminta",
    "complete": "Data dilengkapi",
    "proceed": "Dilanjutkan tanpa kelengkapan",
    "forward": "Diteruskan kepada KPK",
    "manage": "Dikelola instansi",
    "settle": "Status barang ditetapkan",
    "finish": "Diselesaikan",
    "assess": "Dinilai",
    "decide": "Diputuskan atasan",
    "review": "Peta ditinjau",
}
