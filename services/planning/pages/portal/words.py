"""How pages say what the portal gets: reviews, pulls, tokens."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from services.planning.nomination.domain.package import soal_places
from services.planning.portal.domain.pulls import Pull, Route
from services.planning.portal.domain.reviews import Review, ReviewCause, ReviewState
from services.planning.portal.domain.tokens import Token
from services.planning.portal.usecases.reviews import Overview, ReviewedUnit
from shared.indonesian import day, moment

ROUTES: Mapping[Route, str] = MappingProxyType(
    {Route.WBK: "Daftar unit WBK", Route.WBBM: "Daftar unit WBBM", Route.ANSWERS: "Jawaban unit"}
)
OUTCOMES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        200: ("good", "terkirim"),
        403: ("warn", "tidak berhak WBBM"),
        404: ("warn", "tidak ada"),
        422: ("warn", "kode unit salah"),
        429: ("warn", "terlalu sering"),
    }
)
"""Kind and words of how a pull ended."""
DONE: Mapping[str, str] = MappingProxyType(
    {
        "sesuai": "Unit ditandai Sesuai.",
        "pending": "Unit kembali menunggu tinjauan.",
        "cabut": "Token sudah dicabut dan tidak membuka apa pun lagi.",
    }
)
"""What a page says after an act, by the word in its address."""


def verdict(found: Overview) -> str:
    """Return the first sentence: whether everything may be pulled as final, and what is missing."""
    units, blank = len(found.units), sum(not one.is_complete for one in found.units)
    pending = sum(one.review.state is ReviewState.PENDING for one in found.units)
    if found.is_ready:
        return f"Siap ditarik: semua {units} unit lengkap dan Sesuai" if units else "Paket ini tanpa unit"
    if not blank:
        return f"Belum siap ditarik: {pending} dari {units} unit menunggu tinjauan"
    waits = f", {pending} menunggu tinjauan" if pending else ""
    return f"Belum siap ditarik: {blank} dari {units} unit belum lengkap{waits}"


def completeness(one: ReviewedUnit) -> list[tuple[str, str]]:
    """Return kind and words of what a unit left empty."""
    told = [
        ("good", "semua jawaban unit terisi")
        if one.is_complete
        else ("bad", f"{one.blank_unit} dari {len(soal_places())} jawaban unit kosong")
    ]
    return told + ([("warn", f"{one.blank_tpi} jawaban TPI kosong")] if one.blank_tpi else [])


def review_mark(review: Review) -> tuple[str, str]:
    """Return kind and words of a review."""
    return ("good", "Sesuai") if review.state is ReviewState.SESUAI else ("warn", "menunggu tinjauan")


def review_words(review: Review, reader: str) -> str:
    """Return why a review stands so, and since when."""
    since = moment(review.since)
    match review.cause:
        case ReviewCause.NEW:
            return "Belum pernah ditarik PortalRB."
        case ReviewCause.PULLED:
            return f"Ditarik {since}; sesudah itu belum ditinjau."
        case ReviewCause.RENAMED:
            return f"Nama atau afirmasinya berubah pada paket {since}."
        case ReviewCause.SAID:
            by = "Anda" if review.said_by == reader else f"akun {review.said_by}"
            return f"Ditandai oleh {by}, {since}."


def pull_mark(one: Pull) -> tuple[str, str]:
    """Return kind and words of how a pull ended."""
    return OUTCOMES.get(one.status, ("bad", str(one.status)))


def token_mark(one: Token, today: date) -> tuple[str, str]:
    """Return kind and words of whether a token lets in."""
    if one.revoked_at is not None:
        return "bad", f"dicabut {moment(one.revoked_at)}"
    if one.is_valid(today):
        return "good", f"berlaku sampai {day(one.expires_on)}"
    return "bad", f"berakhir {day(one.expires_on)}"
