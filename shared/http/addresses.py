"""Which service owns which first path word, and where the pages stand that other services link to.

The front door is generated from `OWNERS`. No page of one service builds a link into another but through the
functions here; within its own pages a service may write its paths out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlencode
from uuid import UUID

OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "": "scoring",
        "nilai": "scoring",
        "masuk": "scoring",
        "keluar": "scoring",
        "static": "scoring",
        "privasi": "scoring",
        "api": "scoring",
        "unit": "scoring",
        "gaya": "scoring",
        "rencana": "planning",
        "lembar-kerja": "planning",
        "bukti": "planning",
        "daftar": "planning",
        "kesiapan": "planning",
        "unit-kerja": "planning",
        "pekan": "planning",
        "tamu": "planning",
        "usulan": "planning",
        "predikat": "planning",
        "orang": "planning",
        "lapor": "complaints",
        "lacak": "complaints",
        "pengaduan": "complaints",
        "kalender": "complaints",
        "keaslian": "complaints",
        "statistik-pengaduan": "complaints",
        "gratifikasi": "complaints",
        "benturan-kepentingan": "complaints",
        "kewajiban": "complaints",
        "saluran": "complaints",
        "survei": "survey",
        "s": "survey",
        "q": "survey",
        "o": "survey",
        "hasil": "survey",
    }
)
"""First path word -> service. `""` is the start page; `unit` leads on what was linked before `nilai`.

`gaya` shows every part of the pages, in development alone.
"""

START = "/"
SCOREBOARD = "/nilai"
UNITS = "/unit-kerja"
WORKSHEETS = "/lembar-kerja"
TASKS = f"{WORKSHEETS}/tugas"
WORKLOAD = f"{WORKSHEETS}/pembagian"
WINDOWS = f"{WORKSHEETS}/masa"
PROPOSALS = "/usulan"
PREDICATES = "/predikat"
CASES = "/pengaduan"
CASE_RULES = f"{CASES}/aturan"
UNANSWERED = f"{CASES}/pesan/belum-dijawab"
IDENTITIES = f"{CASES}/identitas"
TO_POST = f"{CASES}/tanggapan-kembali"
IMPORTS = f"{CASES}/impor"
CALENDAR = "/kalender"
PEOPLE = "/orang"
HANDLING_REPORT = f"{CASES}/laporan"
EVALUATIONS = f"{HANDLING_REPORT}/evaluasi"
HANDLING_UNITS = f"{CASES}/unit-pengelola"
COMPLAINT_STATISTICS = "/statistik-pengaduan"
GIFTS = "/gratifikasi"
CONFLICTS = "/benturan-kepentingan"
DUTIES = "/kewajiban"
CHANNELS = "/saluran"
CHANNEL_REGISTER = f"{CHANNELS}/kelola"
REPORT = "/lapor"
TRACK = "/lacak"
PROOFS = "/keaslian"
CAMPAIGNS = "/survei"
RESULTS = "/hasil"
PRIVACY = "/privasi"
APIS = "/api"


def api_of(service: str) -> str:
    """Return where the door serves the API of a service, its own paths below it."""
    return f"{APIS}/{service}"


def scoreboard(year: int | None = None) -> str:
    """Return the address of the scoreboard, of a year or of the present one."""
    return SCOREBOARD + _query(year)


def unit_page(unit_id: str, year: int | None = None) -> str:
    """Return the address of a unit's scores."""
    return f"{SCOREBOARD}/{quote(unit_id, safe='')}{_query(year)}"


def item_page(unit_id: str, code: str, year: int | None = None) -> str:
    """Return the address of an item of a unit's worksheet."""
    return f"{SCOREBOARD}/{quote(unit_id, safe='')}/butir/{quote(code, safe='')}{_query(year)}"


def worksheet_page(unit_id: str, year: int, *more: str) -> str:
    """Return the address of a unit's worksheet of a year, or of one of its areas: `1` to `6`, `hasil`."""
    return "/".join((WORKSHEETS, quote(unit_id, safe=""), str(year), *more))


def proposal_page(agency_id: str, year: int, *more: str) -> str:
    """Return the address of an agency's proposal of a year, or of a page below it."""
    below = (quote(part, safe="") for part in more)
    return "/".join((PROPOSALS, quote(agency_id, safe=""), str(year), *below))


def predicates_page(unit_id: str, *more: str) -> str:
    """Return the address of a unit's predicates, or of a page below it."""
    return "/".join((PREDICATES, quote(unit_id, safe=""), *more))


def case_page(named: str) -> str:
    """Return the address of a case as its officers see it, by its tracking id or the id that events carry."""
    return f"{CASES}/{quote(named, safe='')}"


def handling_unit_page(handling_unit_id: UUID) -> str:
    """Return the address of a handling unit."""
    return f"{HANDLING_UNITS}/{handling_unit_id}"


def identity_page(named: str) -> str:
    """Return the address at which the identity behind a case is opened."""
    return f"{case_page(named)}/identitas"


def proof_page(code: str) -> str:
    """Return the address where anybody checks a proof of filing."""
    return f"{PROOFS}/{quote(code, safe='')}"


def cases_of(unit_id: str, *, is_late: bool) -> str:
    """Return the address of a unit's open cases, or of those of them whose time is over."""
    return f"{CASES}?{urlencode({'unit': unit_id} | ({'late': '1'} if is_late else {}))}"


def gift_page(gift_id: str) -> str:
    """Return the address of a reported gift."""
    return f"{GIFTS}/{quote(gift_id, safe='')}"


def conflict_page(conflict_id: str) -> str:
    """Return the address of a declared conflict of interest."""
    return f"{CONFLICTS}/{quote(conflict_id, safe='')}"


def duty_page(duty_id: str) -> str:
    """Return the address of what is owed to somebody by a date: a data request, a breach, an LHP."""
    return f"{DUTIES}/{quote(duty_id, safe='')}"


def map_page(unit_id: str) -> str:
    """Return the address of a unit's map of conflicts of interest."""
    return f"{CONFLICTS}/peta?{urlencode({'unit': unit_id})}"


def channel_page(channel_id: str) -> str:
    """Return the address of a channel as those see it who keep it."""
    return f"{CHANNEL_REGISTER}/{quote(channel_id, safe='')}"


def channels_of(unit_id: str) -> str:
    """Return the address where anybody reads by which channels a unit is reached."""
    return f"{CHANNELS}?{urlencode({'unit': unit_id})}"


def privacy_notice(version: str) -> str:
    """Return the address of the privacy notice in one of its versions."""
    return f"{PRIVACY}/{quote(version, safe='')}"


def _query(year: int | None) -> str:
    return "" if year is None else f"?{urlencode({'year': year})}"
