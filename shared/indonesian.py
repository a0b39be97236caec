"""How numbers, dates and times are written for people: `1.234,56`, `12 Maret 2026 pukul 14.05 WIB`."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared.kernel import Zone, half_up, last_moment

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
MISSING = "–"
Number = Fraction | Decimal | int | str
_STEPS = ((60, 1, "detik"), (3600, 60, "menit"), (86_400, 3600, "jam"), (None, 86_400, "hari"))


def number(value: Number | None, places: int = 2) -> str:
    """Write an exact number with `places` decimals, half up: `1.234,56`. Text is decimal or `n/d`."""
    if value is None:
        return MISSING
    plain = half_up(Fraction(value), places)
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, part = digits.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"{sign}{grouped},{part}" if part else f"{sign}{grouped}"


def signed(value: Number | None, places: int = 2) -> str:
    """Write a change with its sign: `+0,42`, `-0,10`, `0,00`."""
    text = number(value, places)
    return f"+{text}" if value is not None and Fraction(value) > 0 else text


def capital(text: str) -> str:
    """Return a text as a sentence begins with it; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def day(value: date | None) -> str:
    """Write a business date: `12 Maret 2026`. An instant needs `moment`, which knows the zone."""
    return MISSING if value is None else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime | None, zone: Zone | str = Zone.WIB) -> str:
    """Write an instant in a unit's zone: `12 Maret 2026 pukul 14.05 WIB`.

    The last hours of the calendar, which no eastern zone can tell, are written as they came.
    """
    if value is None:
        return MISSING
    zone = Zone(zone)
    try:
        local = value.astimezone(zone.tz)
    except OverflowError:
        local = value
    return f"{day(local.date())} pukul {local:%H.%M} {zone.value}"


def day_of(value: datetime, zone: Zone | str = Zone.WIB) -> str:
    """Write the day of an instant in a unit's zone: `12 Maret 2026`."""
    return moment(value, zone).partition(" pukul ")[0]


def until(value: datetime | None, zone: Zone | str = Zone.WIB) -> str:
    """Write the end of a time: `12 Maret 2026 pukul 24.00 WIB` where that day ends, else its hour."""
    if value is None:
        return MISSING
    zone = Zone(zone)
    last, hour = last_moment(value, zone)
    return f"{day(last)} pukul {hour.replace(':', '.')} {zone.value}"


def relative(value: datetime | None, now: datetime | None = None) -> str:
    """Write how far an instant is: `2 detik lalu`, `3 hari lagi`; whole units, rounded down."""
    if value is None:
        return MISSING
    left = value - (now or datetime.now(UTC))
    amount = duration(abs(left))
    if amount.startswith("0 "):
        return "baru saja"
    return f"{amount} lagi" if left > timedelta(0) else f"{amount} lalu"


def duration(value: timedelta) -> str:
    """Write a length of time in its largest whole unit: `90 s` is `1 menit`."""
    seconds = int(value.total_seconds())
    for limit, size, word in _STEPS:
        if limit is None or seconds < limit:
            return f"{seconds // size} {word}"
    raise AssertionError("unreachable: the last step has no limit")


def iso(value: datetime | None) -> str:
    """Write an instant for the `datetime` attribute of `<time>`."""
    return "" if value is None else value.astimezone(UTC).isoformat(timespec="seconds")


FILTERS: dict[str, Any] = {
    "number": number,
    "signed": signed,
    "day": day,
    "moment": moment,
    "day_of": day_of,
    "until": until,
    "relative": relative,
    "duration": duration,
    "iso": iso,
}
