"""Days off as the package `holidays` knows them: what a person compares with the decree of three ministers.

Source: complaints.md section 6.1.
"""

from datetime import date
from importlib.metadata import version

from shared.calendar.days_off import DayOff, DayOffKind

CATEGORIES: tuple[tuple[str, DayOffKind], ...] = (("government", "cuti_bersama"), ("public", "national"))
"""Of the package, and what they are here; without `government` it would lack joint leave, silently."""


def announced(year: int) -> list[DayOff]:
    """Return the days off of one year as the package knows them, in order."""
    import holidays  # noqa: PLC0415 - 30 ms that hardly any process needs

    found: dict[date, DayOff] = {}
    for category, kind in CATEGORIES:
        for day, name in holidays.country_holidays(
            "ID", years=year, categories=(category,), language="id"
        ).items():
            if day.year == year:
                found[day] = DayOff(day, kind, name)
    return [found[day] for day in sorted(found)]


def source() -> str:
    """Return what a calendar made of them rests on."""
    return f"package holidays {version('holidays')}"
