"""Why a list of the desk holds nothing, by who reads it: what they see, and what would wait for them."""

from collections.abc import Iterator, Mapping

from shared.security import Principal

_SIGHTS: Mapping[str, str] = {
    "information_officer": "permintaan informasi",
    "case_handler": "pengaduan yang ditugaskan kepada Anda",
}
_ALL = "semua pengaduan dalam wewenang Anda"
_OF_CHIEFS = "pengaduan yang belum mempunyai penangan, usul yang harus diputuskan, dan banding"
_CALLS: Mapping[str, str] = {
    "complaint_officer": "pengaduan baru yang belum diverifikasi",
    "complaint_supervisor": _OF_CHIEFS,
    "case_handler": "pengaduan yang ditugaskan kepada Anda dan belum dijawab",
    "case_approver": "rancangan tanggapan dan usul yang harus Anda setujui",
    "inspector": _OF_CHIEFS,
    "information_officer": "permintaan informasi yang belum dijawab",
}
"""What waits for a role, as the tables of acts say whose turn it is."""


def sight(actor: Principal) -> str:
    """Return in a sentence which cases the desk shows somebody, as `queries.reader_of` limits them."""
    is_wider = actor.has(*_CALLS.keys() - _SIGHTS.keys())
    seen = _ALL if is_wider else " dan ".join(_of(actor, _SIGHTS))
    return f"Halaman ini memuat {seen}."


def calls(actor: Principal) -> str:
    """Return in a sentence what would wait for somebody."""
    return f"Yang menunggu Anda tampil di sini: {'; '.join(dict.fromkeys(_of(actor, _CALLS)))}."


def _of(actor: Principal, words: Mapping[str, str]) -> Iterator[str]:
    return (said for role, said in words.items() if actor.has(role))
