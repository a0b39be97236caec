"""Yearly look at the days off: what differs between the shipped ones and those that were announced.

`python -m services.complaints.deadlines.calendar_import 2027` compares the shipped calendar with the package
`holidays` (categories `public` and `government`, which holds joint leave) and prints the changes that a new
version of `deadlines/data/calendar/days-off.json` would need. A person compares them with the three-minister
decree (SKB) and writes its number into that version, marked unconfirmed when the text was not at hand:
`zi calendar confirm` does the rest.
Source: complaints.md section 6.1.
"""

import json
import sys
from datetime import date

from services.complaints.deadlines.data import DayOff, days_off, newest_calendar


def announced(year: int) -> dict[date, DayOff]:
    """Return the days off of one year as the package knows them."""
    import holidays  # noqa: PLC0415 - 30 ms that no running service needs

    found: dict[date, DayOff] = {}
    for category, kind in (("government", "cuti_bersama"), ("public", "national")):
        for day, name in holidays.country_holidays(
            "ID", years=year, categories=(category,), language="id"
        ).items():
            if day.year == year:
                found[day] = DayOff(day, kind, name)
    return found


def main(years: list[int]) -> int:
    """Print the difference per year as JSON; exit 1 when there is one."""
    shipped = days_off(newest_calendar())
    changes = []
    for year in years:
        wanted = announced(year)
        known = {day for day in shipped if day.year == year}
        changes.append(
            {
                "year": year,
                "adds": [wanted[day].as_json() for day in sorted(wanted.keys() - known)],
                "removes": [day.isoformat() for day in sorted(known - wanted.keys())],
            }
        )
    sys.stdout.write(json.dumps(changes, ensure_ascii=False, indent=2) + "\n")
    return int(any(change["adds"] or change["removes"] for change in changes))


if __name__ == "__main__":
    sys.exit(main([int(argument) for argument in sys.argv[1:]] or [date.today().year]))  # noqa: DTZ011
