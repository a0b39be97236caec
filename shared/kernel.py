"""The few words every part of the system shares: errors, ids, time, zones, predicates and exact numbers."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

UNIT_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_UNIT_ID = re.compile(UNIT_ID_PATTERN)
UNASSIGNED_UNIT = "unassigned"
"""Stands where a unit's id would, while nobody knows the unit: no unit may be called so."""
SUBJECT_PATTERN = r"^[!-~]{1,255}$"
"""The issuer's name of an account. Source: OpenID Connect Core 1.0 section 2, `sub`, without spaces."""
_SUBJECT = re.compile(SUBJECT_PATTERN)
MAX_BIGINT = 2**63 - 1
"""The largest whole number that a database column of ours holds."""
Predicate = Literal["WBK", "WBBM"]
"""What a unit applies for: free of corruption, then also clean and serving."""
PREDICATES: tuple[Predicate, ...] = get_args(Predicate)
YEARS_BACK, YEARS_AHEAD = 5, 2
"""How far from the present year a programme or a survey may be opened: a slip of a digit is no year."""


class DomainError(Exception):
    """A refusal that the caller can understand and mend.

    `code` is a stable snake_case slug that `api.py` maps to an HTTP status; `message` is one Indonesian
    sentence for the user; `details` holds machine-readable extras (field names, allowed values).
    """

    code: ClassVar[str] = "domain_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class NotFoundError(DomainError):
    """The thing does not exist, or lies outside the caller's scope, which must look the same."""

    code: ClassVar[str] = "not_found"

    def __init__(self, message: str = "Data tidak ditemukan.", **details: Any) -> None:
        super().__init__(message, **details)


class StaleVersionError(DomainError):
    """Somebody changed the thing after the caller read it."""

    code: ClassVar[str] = "stale_version"

    def __init__(
        self, message: str = "Data sudah diubah orang lain. Muat ulang lalu coba lagi.", **details: Any
    ) -> None:
        super().__init__(message, **details)


class Clock(Protocol):
    """Source of the present instant; injected so that tests own the time."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        ...


class SystemClock:
    """The clock of this machine. Never used to decide a deadline: that is the database's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Zone(StrEnum):
    """The three Indonesian time zones; business dates of a unit are dates in its zone."""

    WIB = "WIB"
    WITA = "WITA"
    WIT = "WIT"

    @property
    def tz(self) -> ZoneInfo:
        return _ZONE_INFO[self]

    def day_start(self, moment: datetime) -> datetime:
        """Return when the local day of an aware moment began, as aware UTC."""
        local = moment.astimezone(self.tz)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


_ZONE_INFO = {
    Zone.WIB: ZoneInfo("Asia/Jakarta"),
    Zone.WITA: ZoneInfo("Asia/Makassar"),
    Zone.WIT: ZoneInfo("Asia/Jayapura"),
}


EARLIEST = datetime(2000, 1, 1, tzinfo=Zone.WIB.tz)
"""The first moment that anybody may name: in every zone of ours its year is at least 2000."""
LATEST = datetime(2100, 1, 1, tzinfo=Zone.WIT.tz)
"""Every moment that anybody may name lies before: in every zone of ours its year is at most 2099."""


def last_moment(value: datetime, zone: Zone) -> tuple[date, str]:
    """Return the local day and hour (`HH:MM`) until which something lasts.

    A midnight ends the day before it: nobody reads `00:00` of the next day as the end of this one.
    """
    local = value.astimezone(zone.tz)
    if local.time() == time():
        return local.date() - timedelta(days=1), "24:00"
    return local.date(), f"{local:%H:%M}"


def new_id() -> UUID:
    """Return a new UUIDv7: unique, and roughly ordered by time so that indexes stay dense."""
    return uuid7()


def is_unit_id(text: str) -> bool:
    """Tell whether `text` may name a unit: 1-64 letters, digits, dot, dash or underscore."""
    return _UNIT_ID.fullmatch(text) is not None


def is_subject(text: str) -> bool:
    """Tell whether `text` may name an account of the issuer: 1-255 visible ASCII characters."""
    return _SUBJECT.fullmatch(text) is not None


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL, a topic and an answer can hold `text`: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return `text` without what cannot be shown or stored, control characters above all."""
    return "".join(sign for sign in text if sign.isprintable())


def is_in_time(moment: datetime) -> bool:
    """Tell whether an aware moment lies in the years that anybody may name, 2000 to 2099."""
    return EARLIEST <= moment < LATEST


def read_uuid(text: str) -> UUID:
    """Return the id in its canonical form of 36 characters; raises `ValueError` for any other."""
    found = UUID(text)
    if str(found) != text.lower():
        raise ValueError("not the canonical form")
    return found


def may_open_year(year: int, present: int) -> bool:
    """Tell whether something of `year` may be opened in the year `present`."""
    return present - YEARS_BACK <= year <= present + YEARS_AHEAD


def default_year(years: Iterable[int], present: int) -> int | None:
    """Return the year to show unasked: the newest that has begun, else the next to come; None of none."""
    known = sorted(years)
    begun = [year for year in known if year <= present]
    return begun[-1] if begun else next(iter(known), None)


def exact_text(value: Fraction) -> str:
    """Return a fraction as text in lowest terms, e.g. `27957887/306000`, or `40` when whole."""
    return str(value)


def half_up(value: Fraction, places: int) -> str:
    """Round an exact value half up to `places` decimals: `floor(10^p * x + 1/2) / 10^p`.

    Half up means towards positive infinity at a tie, as the regulation's tables print it
    (16.625 -> "16.63"). Source: PermenPANRB 90/2021, worked tables.
    """
    scale = 10**places
    numerator, denominator = value.as_integer_ratio()
    scaled = (2 * numerator * scale + denominator) // (2 * denominator)
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), scale)
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


_MOST_PLACES = 6


def places_apart(*values: Fraction) -> int:
    """Return the decimals, two or more, that keep unequal values apart: 3.595 must not be shown as 3.60."""
    unlike = set(values)
    for places in range(2, _MOST_PLACES):
        if len({half_up(value, places) for value in unlike}) == len(unlike):
            return places
    return _MOST_PLACES


def decimal12(value: Fraction) -> str:
    """Return the value as a decimal string with 12 decimals, half up; the API's number format."""
    return half_up(value, 12)


def display2(value: Fraction) -> str:
    """Return the value with 2 decimals, half up; what people see."""
    return half_up(value, 2)


def to_fraction(value: str | Decimal | int) -> Fraction:
    """Return the exact fraction of a decimal string, `Decimal`, integer or `n/d` text."""
    return Fraction(value)


def error_text(error: BaseException) -> str:
    """Return what an exception says, without the numbers of the operating system."""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    else:
        text = str(error)
    text = _CALL.sub(r"no connection to \1:\2", _ERRNO.sub("", text)).strip()
    return _CAPITAL.sub(lambda found: found[0].lower(), text) or type(error).__name__


_ERRNO = re.compile(r"\[(?:Errno|SSL:)[^\]]*\] ?")
_CALL = re.compile(r"Connect call failed \('([^']*)', (\d+)[^)]*\)")
_CAPITAL = re.compile(r"^[A-Z](?=[a-z]* )")
