"""How pages call what stands in a proposal: states, categories, papers, and what was done."""

from collections.abc import Mapping, Sized
from types import MappingProxyType

from services.planning.nomination.domain.eligibility import Outcome
from services.planning.nomination.domain.nominations import (
    Document,
    DocumentKind,
    Nomination,
    NominationState,
)
from services.planning.nomination.domain.predicates import Giver
from services.planning.nomination.domain.rules import Category, State
from shared.indonesian import day

CATEGORIES: Mapping[Category, str] = MappingProxyType(
    {Category.WBK: "WBK", Category.AFFIRMATION: "WBK afirmasi", Category.WBBM: "WBBM"}
)
CATEGORY_MEANINGS: Mapping[Category, str] = MappingProxyType(
    {
        Category.WBK: "Wilayah Bebas dari Korupsi",
        Category.AFFIRMATION: "WBK selagi prasyarat instansi belum terpenuhi; bagi jenis unit tertentu",
        Category.WBBM: "Wilayah Birokrasi Bersih dan Melayani; sesudah WBK",
    }
)
OUTCOMES: Mapping[Outcome, tuple[str, str]] = MappingProxyType(
    {"eligible": ("good", "layak"), "open": ("warn", "belum pasti"), "refused": ("bad", "tidak layak")}
)
"""Kind and words of whether a unit may be proposed."""
STATES: Mapping[State, tuple[str, str]] = MappingProxyType(
    {State.YES: ("good", "ya"), State.NO: ("bad", "tidak"), State.UNKNOWN: ("warn", "belum diketahui")}
)
"""Kind and words of whether a precondition is met."""
PAPERS: Mapping[DocumentKind, str] = MappingProxyType(
    {
        DocumentKind.LETTER: "Surat usulan",
        DocumentKind.SPTJM: "SPTJM",
        DocumentKind.DECREE: "SK predikat",
        DocumentKind.DECLARATION: "Pencanangan Zona Integritas",
        DocumentKind.PROOF: "Bukti prasyarat",
    }
)
GIVERS: Mapping[Giver, str] = MappingProxyType(
    {Giver.TPN: "Menteri, sesudah evaluasi TPN", Giver.MANDIRI: "Instansi sendiri (WBK mandiri)"}
)
STATE_NAMES: Mapping[NominationState, str] = MappingProxyType(
    {
        NominationState.PROPOSED: "belum diserahkan",
        NominationState.SUBMITTED: "diserahkan, belum dibekukan",
        NominationState.FROZEN: "dibekukan",
        NominationState.WITHDRAWN: "ditarik",
    }
)
"""States as a list is narrowed to them."""
DONE: Mapping[str, str] = MappingProxyType(
    {
        "usul": "Unit terpilih sudah masuk usulan.",
        "ubah": "Perubahan tersimpan.",
        "lepas": "Unit sudah dilepas dari usulan.",
        "kawasan": "Kawasan tersimpan.",
        "unggah": "Dokumen tersimpan.",
        "serah": "Surat usulan dan SPTJM sudah diserahkan.",
        "beku": "Paket sudah dibekukan. Unit yang baru diusulkan sekarang di pra-evaluasi TPN.",
        "tarik": "Usulan sudah ditarik.",
        "prasyarat": "Prasyarat yang berubah tersimpan.",
        "predikat": "Predikat tercatat.",
        "cabut": "Pencabutan predikat tercatat.",
    }
)
"""What a page says after an act, by the word in its address."""


def state_words(found: Nomination) -> str:
    """Return how far a proposal has come: `belum diserahkan`, `paket 2 sudah dibekukan`."""
    frozen = found.package_version
    match found.state:
        case NominationState.WITHDRAWN:
            return "sudah ditarik"
        case NominationState.FROZEN:
            return f"paket {frozen} sudah dibekukan"
        case _ if frozen:
            return f"berubah sesudah paket {frozen}, belum dibekukan lagi"
        case NominationState.SUBMITTED:
            return "sudah diserahkan, belum dibekukan"
        case _:
            return "belum diserahkan dan belum dibekukan"


def state_mark(found: Nomination) -> tuple[str, str]:
    """Return kind and words of a proposal in a list."""
    kinds = {NominationState.FROZEN: "good", NominationState.WITHDRAWN: "plain"}
    return kinds.get(found.state, "warn"), state_words(found)


def unnamed(papers: Sized) -> list[tuple[str, str]]:
    """Return words and no link for papers that their reader may not open: how many there are."""
    return [(f"{len(papers)} dokumen", "")] if papers else []


def papers_verdict(found: Nomination | None, year: int) -> str:
    """Return the first sentence of the page of papers: how the proposal of the year has its own."""
    if found is None:
        return f"Usulan {year} belum dibuat; dokumennya dapat disiapkan"
    if found.state is NominationState.WITHDRAWN:
        return f"Usulan {year} sudah ditarik"
    done = "belum" if found.letter_id is None else "sudah"
    return f"Surat usulan dan SPTJM {year} {done} diserahkan"


def paper_words(paper: Document) -> str:
    """Return what tells a paper from others: its kind, number and date, else the name of its file."""
    told = [PAPERS[paper.kind]]
    if paper.number is not None:
        told.append(f"nomor {paper.number}")
    if paper.dated_on is not None:
        told.append(f"tanggal {day(paper.dated_on)}")
    return ", ".join(told) if len(told) > 1 else f"{told[0]}: {paper.file_name}"
