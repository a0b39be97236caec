"""Each act of officers as its page describes it: address, words, fields, what follows, whether it binds.

Who may take it, what it brings and what it does is not said here: that are the tables of acts and `handled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.complaints.cases.domain.acts import ActName, State
from services.complaints.cases.domain.dismissal import REASON_TEXT
from services.complaints.cases.pages import words
from shared.indonesian import capital

FieldKind = Literal[
    "line", "area", "lines", "day", "yes", "one", "pick", "unit", "handler", "case", "carried"
]


@dataclass(frozen=True, slots=True)
class Ask:
    """A field of an act's form.

    `lines` are several values, one a line; `one` is a choice of few, `pick` one of many, of `options`;
    `case` is another case by its public number; `carried` is what somebody proposed, unchanged.
    """

    name: str
    label: str
    kind: FieldKind = "area"
    hint: str = ""
    optional: bool | str = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """An act as a page: `title` and `button` say what it does, `follows` what comes of it, `done` what came.

    One that `binds` tells somebody or cannot be taken back: a page says what will happen before it does.
    """

    path: str
    title: str
    button: str
    follows: str
    done: str
    asks: tuple[Ask, ...]
    binds: bool = False


_NOTE = Ask("note", "Catatan untuk petugas", optional=True, hint="Tidak dibaca pelapor.")
_LETTER_DAY = "Dari tanggal pengaduan diterima sampai hari ini."
_EVIDENCE = Ask(
    "evidence",
    "Bukti",
    "lines",
    "Nomor atau nama dokumen, satu per baris, paling banyak 10.",
    "atau tulis alasan tanpa bukti",
)
_NO_EVIDENCE = Ask("no_evidence_reason", "Alasan tanpa bukti", optional="bila tidak ada bukti")
_STREAM = Ask(
    "stream",
    "Jenis",
    "one",
    "Masyarakat: perilaku dan penyimpangan. Pelayanan: mutu layanan unit.",
    options=tuple(words.STREAMS.items()),
)
_CLASS = Ask(
    "case_class",
    "Golongan",
    "one",
    "Golongan menentukan berapa lama waktu menjawab.",
    options=tuple((value, capital(text)) for value, text in words.CLASSES.items()),
)
_HANDLER = Ask(
    "handler", "Penangan", "handler", "Yang tercatat di unit ini, dengan perkara yang dipegangnya."
)
_UNIT = Ask("unit_id", "Unit", "unit")
_OUTCOME = Ask(
    "outcome",
    "Hasil pemeriksaan",
    "one",
    options=tuple((value, capital(text)) for value, text in words.OUTCOMES.items()),
)
_BREACH = Ask(
    "is_standard_breach",
    "Apakah standar pelayanan dilanggar?",
    "yes",
    "Bila ya, unit mendapat tugas memberi kompensasi.",
)
_ENDS = tuple(
    (state.value, words.STATES[state])
    for state in (State.DITOLAK, State.DUPLIKAT, State.BUKAN_WEWENANG, State.DITUTUP_TIDAK_LENGKAP)
)

DEEDS: Mapping[ActName, Deed] = {
    "verify": Deed(
        "verifikasi",
        "Verifikasi pengaduan",
        "Verifikasi",
        "Jenis, golongan, dan unit ditetapkan. Waktu menjawab mulai berjalan dan pengawas menunjuk penangan.",
        "Pengaduan diverifikasi.",
        (
            _STREAM,
            _CLASS,
            _UNIT,
            Ask(
                "accused",
                "Orang yang diadukan",
                "lines",
                "Nomor orang pada daftar orang di unit, satu per baris. Mereka dan atasannya tidak dapat"
                " melihat pengaduan ini.",
                optional=True,
            ),
            _NOTE,
        ),
    ),
    "dispose": Deed(
        "disposisi",
        "Tunjuk penangan",
        "Tunjuk penangan",
        "Penangan melihat pengaduan ini di mejanya dan waktu tindak lanjutnya mulai berjalan.",
        "Penangan ditunjuk.",
        (_HANDLER, _NOTE),
    ),
    "reassign": Deed(
        "ganti-penangan",
        "Ganti penangan",
        "Ganti penangan",
        "Penangan yang baru melanjutkan; tenggat yang berjalan tidak berubah.",
        "Penangan diganti.",
        (_HANDLER, _NOTE),
    ),
    "request_completion": Deed(
        "minta-kelengkapan",
        "Minta pelapor melengkapi",
        "Kirim permintaan",
        "Pelapor membaca permintaan ini di halaman pengaduannya. Selama menunggu, tenggat petugas berhenti.",
        "Permintaan kelengkapan dicatat.",
        (
            Ask(
                "missing",
                "Yang perlu dilengkapi",
                hint="Sebutkan fakta yang kurang dan mengapa perlu. Pelapor membacanya apa adanya.",
            ),
        ),
        binds=True,
    ),
    "confirm_completion": Deed(
        "setujui-permintaan",
        "Setujui permintaan kelengkapan",
        "Setujui dan kirim",
        "Permintaan itu dikirim kepada pelapor dan tenggat petugas berhenti selama menunggu.",
        "Permintaan kelengkapan disetujui dan dikirim.",
        (Ask("missing", "Permintaan yang diusulkan", "carried"),),
        binds=True,
    ),
    "complete": Deed(
        "terima-kelengkapan",
        "Catat kelengkapan di atas kertas",
        "Catat kelengkapan",
        "Pengaduan kembali ke tahap sebelumnya dan tenggat petugas berjalan lagi.",
        "Kelengkapan dicatat.",
        (Ask("text", "Isi kelengkapan", hint="Salin keterangan pelapor. Pelapor dapat membacanya."),),
    ),
    "proceed": Deed(
        "lanjutkan",
        "Lanjutkan tanpa kelengkapan",
        "Lanjutkan",
        "Pengaduan kembali ke tahap sebelumnya dan tenggat petugas berjalan lagi.",
        "Pengaduan dilanjutkan.",
        (Ask("reason", "Mengapa keterangan yang ada cukup"),),
    ),
    "follow_up": Deed(
        "tindak-lanjut",
        "Catat tindak lanjut",
        "Catat tindak lanjut",
        "Tenggat tindak lanjut terpenuhi dan pengaduan diproses; berikutnya Anda menyusun tanggapan.",
        "Tindak lanjut dicatat.",
        (
            Ask("text", "Yang sudah dilakukan", hint="Misalnya pemeriksaan berkas, peninjauan, atau rapat."),
            _EVIDENCE,
            _NO_EVIDENCE,
        ),
    ),
    "respond": Deed(
        "tanggapan",
        "Tulis tanggapan",
        "Ajukan untuk disetujui",
        "Rancangan ini disimpan dan menunggu persetujuan orang lain. Pelapor membacanya setelah disetujui.",
        "Rancangan tanggapan diajukan untuk disetujui.",
        (
            _OUTCOME,
            Ask(
                "text",
                "Tanggapan untuk pelapor",
                hint="Sebutkan apa yang ditemukan dan apa yang sudah diubah. Hindari nama petugas.",
            ),
            _EVIDENCE,
            _NO_EVIDENCE,
            _BREACH,
        ),
    ),
    "approve": Deed(
        "setujui-tanggapan",
        "Setujui tanggapan",
        "Setujui dan berikan",
        "Tanggapan diberikan kepada pelapor, yang lalu dapat menerimanya atau berkeberatan.",
        "Tanggapan disetujui dan diberikan kepada pelapor.",
        (_NOTE,),
        binds=True,
    ),
    "answer_in_person": Deed(
        "jawab-langsung",
        "Catat jawaban langsung",
        "Catat dan selesaikan",
        "Konsultasi selesai karena penanya sudah mendengar jawabannya.",
        "Jawaban dicatat; konsultasi selesai.",
        (Ask("text", "Yang dijawab", hint="Penanya dapat membacanya dengan kode tanda terima."),),
        binds=True,
    ),
    "order_inspection": Deed(
        "periksa",
        "Perintahkan pemeriksaan",
        "Perintahkan pemeriksaan",
        "Waktu pemeriksaan menggantikan waktu menjawab; penangan menjawab dari hasilnya.",
        "Pemeriksaan diperintahkan.",
        (
            Ask("order_number", "Nomor surat tugas", "line"),
            Ask("ordered_on", "Tanggal surat tugas", "day", _LETTER_DAY),
            Ask("team", "Tim pemeriksa", "lines", "Satu orang atau jabatan per baris, paling banyak 20."),
            _NOTE,
        ),
        binds=True,
    ),
    "correct_review": Deed(
        "koreksi-telaah",
        "Catat koreksi telaah",
        "Catat koreksi",
        "Waktu memutuskan telaah mulai berjalan.",
        "Koreksi telaah dicatat.",
        (Ask("text", "Yang dikoreksi", hint="Atau bahwa tidak ada yang perlu dikoreksi."),),
    ),
    "decide_review": Deed(
        "putuskan-telaah",
        "Catat keputusan atas telaah",
        "Catat keputusan",
        "Waktu membentuk tim mulai berjalan; perintah pemeriksaan memenuhinya.",
        "Keputusan atas telaah dicatat.",
        (
            Ask("number", "Nomor keputusan", "line"),
            Ask("dated_on", "Tanggal keputusan", "day", _LETTER_DAY),
            Ask("text", "Isi keputusan", hint="Tidak dibaca pelapor."),
        ),
    ),
    "begin_inspection": Deed(
        "mulai-pemeriksaan",
        "Catat pemeriksaan dimulai",
        "Catat mulai",
        "Waktu melaporkan hasil dihitung dari hari terakhir pemeriksaan.",
        "Pemeriksaan dicatat mulai.",
        (
            Ask("began_on", "Hari pertama", "day", "Dari tanggal surat tugas sampai hari ini."),
            Ask("last_on", "Hari terakhir menurut surat tugas", "day"),
            _NOTE,
        ),
        binds=True,
    ),
    "report_inspection": Deed(
        "laporkan-pemeriksaan",
        "Catat laporan hasil pemeriksaan",
        "Catat laporan",
        "Waktu melaporkan terpenuhi; penangan menyusun tanggapan dari hasilnya.",
        "Laporan hasil pemeriksaan dicatat.",
        (
            Ask("number", "Nomor laporan", "line"),
            Ask("dated_on", "Tanggal laporan", "day", "Dari hari pertama pemeriksaan sampai hari ini."),
            Ask("text", "Pokok hasil pemeriksaan", hint="Tidak dibaca pelapor."),
        ),
    ),
    "extend": Deed(
        "perpanjang",
        "Perpanjang waktu menjawab",
        "Perpanjang waktu",
        "Waktu menjawab diperpanjang satu kali. Pemohon membaca alasannya.",
        "Perpanjangan waktu dicatat.",
        (Ask("reason", "Alasan perpanjangan"),),
        binds=True,
    ),
    "confirm_extension": Deed(
        "setujui-perpanjangan",
        "Setujui perpanjangan waktu",
        "Setujui perpanjangan",
        "Waktu menjawab diperpanjang satu kali. Pemohon membaca alasannya.",
        "Perpanjangan waktu disetujui.",
        (Ask("reason", "Alasan yang diusulkan", "carried"),),
        binds=True,
    ),
    "transfer": Deed(
        "pindahkan",
        "Pindahkan ke unit lain",
        "Pindahkan",
        "Unit tujuan menunjuk penangannya sendiri. Waktu menjawab berjalan terus.",
        "Pengaduan dipindahkan.",
        (
            Ask("unit_id", "Unit tujuan", "unit"),
            Ask("reason", "Alasan pemindahan", hint="Tidak dibaca pelapor."),
        ),
        binds=True,
    ),
    "confirm_transfer": Deed(
        "setujui-pemindahan",
        "Setujui pemindahan ke unit lain",
        "Setujui pemindahan",
        "Unit tujuan menunjuk penangannya sendiri. Waktu menjawab mengikuti kalender unit itu.",
        "Pemindahan disetujui.",
        (Ask("unit_id", "Unit tujuan yang diusulkan", "carried"),),
        binds=True,
    ),
    "reclassify": Deed(
        "golongkan",
        "Golongkan kembali",
        "Golongkan kembali",
        "Waktu menjawab mengikuti golongan yang baru, dihitung dari awalnya.",
        "Penggolongan kembali dicatat.",
        (
            Ask("kind", "Macam perkara", "one"),
            _STREAM,
            _CLASS,
            Ask("reason", "Alasan", hint="Tidak dibaca pelapor."),
        ),
    ),
    "confirm_reclassification": Deed(
        "setujui-golongan",
        "Setujui penggolongan kembali",
        "Setujui penggolongan",
        "Waktu menjawab mengikuti golongan yang baru, dihitung dari awalnya.",
        "Penggolongan kembali disetujui.",
        (
            Ask("kind", "Macam perkara", "carried"),
            Ask("stream", "Jenis", "carried"),
            Ask("case_class", "Golongan", "carried"),
        ),
    ),
    "propose_dismissal": Deed(
        "usul-tutup",
        "Usulkan penutupan tanpa tanggapan",
        "Usulkan penutupan",
        "Semua tenggat berjalan terus sampai orang lain memutuskan usul ini.",
        "Usul penutupan menunggu keputusan orang lain.",
        (
            Ask("to", "Cara berakhir", "one", options=_ENDS),
            Ask("text", "Penjelasan untuk pelapor", hint="Pelapor membacanya setelah usul disetujui."),
            Ask(
                "reason_code",
                "Sebab penolakan",
                "pick",
                optional="bila ditolak",
                options=tuple((value, capital(text)) for value, text in REASON_TEXT.items()),
            ),
            Ask(
                "parent_id",
                "Nomor lacak pengaduan yang sama",
                "case",
                "Pelapor akan melihat tanggapan pengaduan itu.",
                optional="bila duplikat",
            ),
            Ask("agency", "Instansi yang berwenang", "line", optional="bila bukan wewenang"),
            Ask("letter", "Nomor surat penerusan", "line", optional="bila bukan wewenang"),
        ),
    ),
    "confirm_dismissal": Deed(
        "setujui-penutupan",
        "Setujui penutupan tanpa tanggapan",
        "Setujui dan tutup",
        "Pengaduan berakhir tanpa tanggapan. Pelapor membaca alasannya dan dapat mengajukan banding.",
        "Pengaduan ditutup tanpa tanggapan.",
        (
            Ask("to", "Cara berakhir yang diusulkan", "carried"),
            Ask(
                "note", "Tambahan untuk pelapor", optional=True, hint="Pelapor membacanya sesudah penjelasan."
            ),
        ),
        binds=True,
    ),
    "refuse_dismissal": Deed(
        "tolak-penutupan",
        "Tolak usul penutupan",
        "Tolak usul",
        "Pengaduan tetap ditangani seperti sebelum diusulkan.",
        "Usul penutupan ditolak; pengaduan tetap ditangani.",
        (Ask("reason", "Alasan penolakan", hint="Dibaca pengusul pada riwayat, tidak oleh pelapor."),),
    ),
    "reopen": Deed(
        "buka-kembali",
        "Buka kembali karena bukti baru",
        "Buka kembali",
        "Pengaduan ditangani lagi dalam putaran baru dengan tenggat baru.",
        "Pengaduan dibuka kembali.",
        (Ask("reason", "Bukti baru"),),
        binds=True,
    ),
    "uphold_appeal": Deed(
        "terima-banding",
        "Terima banding",
        "Terima banding",
        "Pengaduan ditangani lagi dalam putaran baru dengan tenggat baru. Pelapor membaca keputusan ini.",
        "Banding diterima; pengaduan ditangani lagi.",
        (
            Ask("decision", "Keputusan dan alasannya", hint="Pelapor membacanya."),
            Ask("stream", "Jenis", "one", optional=True, options=tuple(words.STREAMS.items())),
            Ask("case_class", "Golongan", "one", optional=True, options=_CLASS.options),
        ),
        binds=True,
    ),
    "reject_appeal": Deed(
        "tolak-banding",
        "Tolak banding",
        "Tolak banding",
        "Pengaduan tetap berakhir seperti sekarang. Pelapor membaca keputusan ini.",
        "Banding ditolak.",
        (Ask("decision", "Keputusan dan alasannya", hint="Pelapor membacanya."),),
        binds=True,
    ),
}
BY_PATH: Mapping[str, ActName] = {deed.path: name for name, deed in DEEDS.items()}
"""Which act an address below a case is."""
