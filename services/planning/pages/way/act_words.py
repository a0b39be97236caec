"""How pages call the acts on an assessment: their address, what they do, and who must act after them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from services.planning.stages.domain.acts import Act, Side
from services.planning.stages.domain.assessment import Clearer
from services.planning.stages.domain.stage import Stage


class ActWords(NamedTuple):
    """An act: its word in addresses, its button, what happens, how it is told afterwards."""

    slug: str
    button: str
    does: str
    done: str


ACTS: Mapping[Act, ActWords] = MappingProxyType(
    {
        Act.SUBMIT: ActWords(
            "serahkan", "Serahkan lembar kerja",
            "Jawaban unit dibekukan sebagai putaran 1 dan tidak dapat diubah sampai dikembalikan.",
            "Diserahkan",
        ),
        Act.RESUBMIT: ActWords(
            "serahkan-lagi", "Serahkan perbaikan",
            "Jawaban unit dibekukan sebagai putaran baru; putaran lama tetap dapat dibaca.",
            "Diserahkan lagi",
        ),
        Act.FORWARD: ActWords(
            "teruskan", "Teruskan kepada TPI", "Lembar kerja sampai kepada TPI apa adanya.", "Diteruskan",
        ),
        Act.RETURN: ActWords(
            "kembalikan", "Kembalikan kepada unit",
            "Unit dapat mengubah jawabannya lagi dan harus menyerahkannya lagi. Alasan Anda dibaca unit.",
            "Dikembalikan",
        ),
        Act.FINISH_ROUND: ActWords(
            "akhiri-putaran", "Akhiri putaran TPI",
            "Penilaian TPI dibekukan sebagai putaran; setiap perbedaan beralasan, dan pada putaran terakhir "
            "semua butir terjawab.",
            "Putaran TPI diakhiri",
        ),
        Act.PROPOSE: ActWords(
            "usulkan", "Usulkan kepada TPN",
            "Unit diusulkan untuk predikat. Surat, SPTJM, dan lembar kerja dibekukan sebagai satu paket.",
            "Diusulkan",
        ),
        Act.ACCEPT: ActWords(
            "terima", "Terima usulan", "Unit lolos pra-evaluasi dan masuk evaluasi desk.", "Usulan diterima",
        ),
        Act.REFUSE: ActWords(
            "tolak", "Tolak usulan",
            "Penilaian tahun ini berakhir. Unit membaca syarat yang kurang dan alasan Anda.",
            "Usulan ditolak",
        ),
        Act.TO_FIELD: ActWords(
            "ke-lapangan", "Lanjutkan ke lapangan", "Evaluasi desk selesai; TPN menilai di tempat.",
            "Ke evaluasi lapangan",
        ),
        Act.OPEN_OBJECTION: ActWords(
            "buka-sanggah", "Buka masa sanggah",
            "Penilaian TPN dibekukan sebagai putaran. Instansi membacanya dan boleh menyanggah satu kali.",
            "Masa sanggah dibuka",
        ),
        Act.OBJECT: ActWords(
            "sanggah", "Ajukan sanggahan",
            "Sanggahan hanya dapat diajukan satu kali dan tidak dapat ditarik.", "Sanggahan diajukan",
        ),
        Act.UPHOLD_OBJECTION: ActWords(
            "kabulkan-sanggahan", "Kabulkan sanggahan",
            "Penilaian kembali ke lapangan, dan TPN memperbaikinya sampai masa panel berakhir.",
            "Sanggahan dikabulkan",
        ),
        Act.DISMISS_OBJECTION: ActWords(
            "tolak-sanggahan", "Tolak sanggahan", "Penilaian TPN tetap. Instansi membaca alasan Anda.",
            "Sanggahan ditolak",
        ),
        Act.TO_PANEL: ActWords(
            "ke-panel", "Bawa ke panel", "Penilaian TPN yang dibekukan dibawa ke panel.", "Dibawa ke panel",
        ),
        Act.DECIDE: ActWords(
            "tetapkan", "Tetapkan hasil",
            "Hasil penilaian ditetapkan. Sesudah ini tidak ada yang dapat diubah.", "Ditetapkan",
        ),
        Act.WITHDRAW: ActWords(
            "tarik", "Tarik dari penilaian",
            "Penilaian tahun ini berakhir tanpa predikat dan tidak dapat dibuka lagi.", "Ditarik",
        ),
        Act.REVOKE: ActWords(
            "cabut", "Cabut predikat",
            "Predikat unit dicabut; unit menunggu dua tahun sebelum diusulkan lagi.", "Predikat dicabut",
        ),
    }
)  # fmt: skip
BY_SLUG: Mapping[str, Act] = MappingProxyType({words.slug: act for act, words in ACTS.items()})
ENDING = frozenset({Act.REFUSE, Act.DECIDE, Act.WITHDRAW, Act.REVOKE, Act.OBJECT})
"""What cannot be taken back."""

HOLDERS: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.PENGISIAN: "operator dan pimpinan unit",
        Stage.PENILAIAN_PENDAHULUAN: "penilai pendahuluan (eselon I)",
        Stage.PENILAIAN_TPI: "TPI yang ditugasi",
        Stage.PENGUSULAN: "pimpinan instansi",
        Stage.PRA_EVALUASI: "TPN",
        Stage.DESK: "TPN",
        Stage.LAPANGAN: "TPN",
        Stage.SANGGAH: "pimpinan instansi, lalu TPN",
        Stage.PANEL: "TPN",
    }
)
"""Who acts while an assessment stands there; nobody where it has ended."""

SIDES: Mapping[Side, str] = MappingProxyType(
    {Side.UNIT: "oleh unit", Side.REVIEW: "oleh penilai", Side.AGENCY: "oleh instansi"}
)

CLEARER_NAMES: Mapping[Clearer, str] = MappingProxyType(
    {"ombudsman": "Ombudsman", "kpk": "KPK", "apip": "APIP"}
)
