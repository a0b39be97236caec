"""What pages call the codes of gifts and conflicts, and how they say how much time is left."""

from collections.abc import Sequence

from services.complaints.integrity import words
from services.complaints.integrity.schemas import LimitOut
from services.complaints.matters import words as matters
from services.complaints.matters.words import Step

STATES, ACTS, CLOCKS = words.STATES, words.ACTS, matters.CLOCKS
left = matters.left
DIRECTIONS = (
    ("terima", "Saya menerimanya", "Termasuk yang tidak sempat ditolak."),
    ("tolak", "Saya menolaknya", "Penolakan juga dilaporkan."),
)
OBJECTS = {
    "uang": "Uang",
    "barang": "Barang",
    "makanan_minuman": "Makanan atau minuman",
    "fasilitas": "Fasilitas",
    "perjalanan": "Perjalanan",
    "hiburan": "Hiburan",
    "lainnya": "Lainnya",
}
OCCASIONS = {
    "pernikahan": "Pernikahan atau pertunangan",
    "kelahiran": "Kelahiran atau khitanan",
    "upacara_adat_agama": "Upacara adat atau agama",
    "pisah_sambut": "Pisah sambut",
    "promosi": "Promosi jabatan",
    "pensiun": "Pensiun",
    "ulang_tahun": "Ulang tahun",
    "kedinasan": "Kegiatan kedinasan",
    "hari_raya": "Hari raya",
    "lainnya": "Lainnya",
}
RELATIONS = {
    "keluarga": "Keluarga",
    "rekan_kerja": "Rekan kerja",
    "atasan": "Atasan",
    "bawahan": "Bawahan",
    "mitra_kerja": "Mitra kerja atau penyedia",
    "pengguna_layanan": "Pengguna layanan",
    "lainnya": "Lainnya",
}
OWNERSHIPS = {"milik_penerima": "Milik penerima", "milik_negara": "Milik negara"}
CONFLICTS = {
    "hubungan_keluarga": "Hubungan keluarga",
    "hubungan_bisnis": "Hubungan bisnis",
    "hubungan_afiliasi": "Hubungan afiliasi",
    "rangkap_jabatan": "Rangkap jabatan",
    "kepemilikan_saham": "Kepemilikan saham",
    "penerimaan_hadiah": "Penerimaan hadiah",
    "penggunaan_aset": "Penggunaan aset",
    "lainnya": "Lainnya",
}
GIFT_STEPS: Sequence[Step] = (
    Step("teruskan", "forward", "Catat penerusan kepada KPK", "Penetapan status ditunggu dari KPK."),
    Step("kelola", "manage", "Kelola di instansi", "Instansi sendiri yang menetapkan status barang."),
    Step("minta-data", "request_data", "Minta data", "Pelapor diminta melengkapi; waktunya mulai berjalan."),
    Step("lengkapi", "complete", "Lengkapi data", "Laporan kembali kepada UPG dengan data yang lengkap."),
    Step(
        "lanjutkan",
        "proceed",
        "Lanjutkan tanpa kelengkapan",
        "Waktu pelapor sudah habis; laporan diproses dengan data yang ada.",
    ),
    Step("tetapkan", "settle", "Catat penetapan", "Status barang tidak dapat diubah setelah ini."),
    Step("selesai", "finish", "Selesaikan", "Laporan ditutup dan tidak dapat dibuka kembali."),
)
CONFLICT_STEPS: Sequence[Step] = (
    Step("nilai", "assess", "Nilai deklarasi", "Catatan penilaian tersimpan; keputusan menyusul."),
    Step(
        "putuskan",
        "decide",
        "Putuskan",
        "Keputusan dicatat dengan alasan dan tidak dapat diubah setelah ini.",
    ),
    Step("selesai", "finish", "Akhiri pengendalian", "Deklarasi ditutup dan tidak dapat dibuka kembali."),
)


def rupiah(amount: int) -> str:
    """Return an amount as people write it: `Rp1.500.000`."""
    return f"Rp{amount:,}".replace(",", ".")


def limit_words(one: LimitOut) -> tuple[str, str]:
    """Return a status and what a limit says of a gift, alone and with the others of its year."""
    told = f"{'Di' if one.is_above else 'Tidak di'} atas batas {one.words} {rupiah(one.each)} tiap pemberian"
    if one.is_year_above and one.of_the_year is not None and one.in_a_year is not None:
        link = "dan" if one.is_above else "tetapi"
        told += f", {link} jumlah setahun {rupiah(one.of_the_year)} di atas {rupiah(one.in_a_year)}"
    if not one.is_confirmed:
        told += " (angkanya belum dikonfirmasi)"
    return "warn" if one.is_above or one.is_year_above else "good", told
