"""`zi calendar ...`: the working-day calendar, for who administers it and who asks when something is due."""

import re
from datetime import date
from typing import Annotated, Any

import typer

from shared.cli.client import Client
from shared.cli.errors import CliError
from shared.cli.output import JsonOption, UnitArgument, present, until

calendar = typer.Typer(
    no_args_is_help=True, help="Working-day calendar: due days, days off, decrees, weeks of units."
)

YearArgument = Annotated[int, typer.Argument(metavar="YEAR", min=2000, max=2100, help="Calendar year.")]
ZoneOption = Annotated[
    str | None, typer.Option("--zone", help="Days off of this zone alone: WIB, WITA or WIT.")
]
DecreeOption = Annotated[str, typer.Option("--decree", help="Number of the decree that you have read.")]
AddOption = Annotated[
    list[str] | None, typer.Option("--add", help='Day off, e.g. "2026-12-28=Cuti Bersama Natal"; repeatable.')
]
RemoveOption = Annotated[
    list[str] | None, typer.Option("--remove", help="Date that is worked after all; repeatable.")
]
PreviewOption = Annotated[bool, typer.Option("--preview", help="Only show which clocks would move.")]
YEAR_COLUMNS = ("year", "is_confirmed", "has_draft", "decree", "confirmed_by", "confirmed_at", "source")
MOVE_COLUMNS = ("unit_id", "rule_id", "clocks", "old", "new", "is_lifted")
KINDS = {
    "weekend": "not worked",
    "national": "national day off",
    "cuti_bersama": "joint leave",
    "local": "local day off",
    "election": "election day",
}
_STRETCH = re.compile(r"([1-6])(?:-([1-6]))?=(\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*)")


@calendar.command("show", epilog="Example: zi calendar show")
def show(as_json: JsonOption = False) -> None:
    """Show the years of the calendar, the decree of each, and who confirmed it."""
    with Client("complaints", role="admin") as client:
        present(client.get("/calendar"), as_json, columns=YEAR_COLUMNS)


@calendar.command("due", epilog="Example: zi calendar due --from 2026-03-12T15:00 --length 5 --zone WIB")
def due(
    start: Annotated[str, typer.Option("--from", help="Local date or time: 2026-03-12, 2026-03-12T15:00.")],
    length: Annotated[int, typer.Option("--length", min=1, max=1000, help="How many of the unit of time.")],
    unit_of_time: Annotated[
        str,
        typer.Option("--unit-of-time", help="wd, cd: working, calendar days; wh, ch: working, clock hours."),
    ] = "wd",
    zone: Annotated[str, typer.Option("--zone", help="WIB, WITA or WIT.")] = "WIB",
    week: Annotated[
        int | None, typer.Option("--week", min=5, max=6, help="Days of the week that are worked.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", help="By this unit's own zone, week, hours and days off.")
    ] = None,
    is_rolling: Annotated[
        bool, typer.Option("--roll", help="A last day off moves on to the next working day.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show when something is due that starts then, and each day that is passed over, by name."""
    asked: dict[str, Any] = {"length": length, "unit_of_time": unit_of_time, "roll": is_rolling}
    asked |= {"zone": zone, "week": week, "unit": unit}
    with Client("complaints", role="admin") as client:
        found = client.get("/calendar/due", **{"from": start}, **asked)
    if as_json:
        present(found, as_json)
    else:
        print("\n".join(due_in_words(found)))


def due_in_words(found: dict[str, Any]) -> list[str]:
    """Return the lines that tell a due day: the day itself and its 24:00, never 00:00 of the next."""
    last = date.fromisoformat(found["due_on"])
    lines = [
        f"Due on {last:%A} {last.day} {last:%B %Y}: in time until {until(found['due_at'], found['zone'])}.",
        f"Late from {found['due_at']} on (calendar version {found['calendar_version']}).",
    ]
    if found["is_provisional"]:
        lines.append("Provisional: a year on the way has no confirmed calendar.")
    if found["skipped"]:
        lines.append(f"Passed over, {len(found['skipped'])} days:")
    for one in found["skipped"]:
        day = date.fromisoformat(one["date"])
        lines.append(f"  {day:%a} {day}  {one['name']} ({KINDS[one['kind']]})")
    return lines


@calendar.command("import", epilog="Example: zi calendar import 2028")
def import_year(year: YearArgument, as_json: JsonOption = False) -> None:
    """Draft a year's days off as the package `holidays` has them, and show what differs from what stands."""
    with Client("complaints", role="admin") as client:
        _show_draft(client.post(f"/calendar/{year}/import"), as_json)


@calendar.command(
    "change",
    epilog='Example: zi calendar change 2026 --add "2026-12-28=Cuti Bersama Natal" --decree "SKB 7/2026"',
)
def change(
    year: YearArgument,
    decree: DecreeOption,
    add: AddOption = None,
    remove: RemoveOption = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="national, cuti_bersama; of a zone local, election.")
    ] = None,
    ramadan: Annotated[
        list[str] | None,
        typer.Option("--ramadan", help="All Ramadan of the year, 2028-01-28:2028-02-25; repeatable."),
    ] = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft days off added and removed by a decree; `zi calendar confirm` lets them count."""
    body = _change(add, remove, kind or ("cuti_bersama" if zone is None else "local"), decree)
    if ramadan:
        body["ramadans"] = [dict(zip(("first", "last"), _span(one), strict=True)) for one in ramadan]
    with Client("complaints", role="admin") as client:
        _show_draft(client.post(f"/calendar/{year}/changes{_of(zone)}", body), as_json)


@calendar.command("diff", epilog="Example: zi calendar diff 2028")
def diff(year: YearArgument, zone: ZoneOption = None, as_json: JsonOption = False) -> None:
    """Show what waits for confirmation, against what stands."""
    with Client("complaints", role="admin") as client:
        _show_draft(client.get(f"/calendar/{year}/draft", zone=zone), as_json)


@calendar.command("discard", epilog="Example: zi calendar discard 2028")
def discard(year: YearArgument, zone: ZoneOption = None) -> None:
    """Forget what waits for confirmation."""
    with Client("complaints", role="admin") as client:
        client.post(f"/calendar/{year}/discard{_of(zone)}")
    print(f"nothing waits for confirmation in {year}")


@calendar.command("preview", epilog="Example: zi calendar preview 2026")
def preview(year: YearArgument, zone: ZoneOption = None, as_json: JsonOption = False) -> None:
    """Show which open clocks the draft would move, each with its old and new due time."""
    with Client("complaints", role="admin") as client:
        _show_moves(client.get(f"/calendar/{year}/preview", zone=zone), as_json)


@calendar.command(
    "confirm", epilog='Example: zi calendar confirm 2027 --decree "SKB 1205/2026, 3/2026, 2/2026"'
)
def confirm(
    year: YearArgument,
    decree: DecreeOption,
    seen: Annotated[
        str | None,
        typer.Option(
            "--seen", help="Draft that you looked at: its `entered_at` in `zi calendar diff`; default: none."
        ),
    ] = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm a year's days off after reading the decree: a draft counts now, and running clocks follow.

    A draft is confirmed with --seen alone, so that none counts that you did not look at.
    """
    body = {"decree": decree, "seen": seen}
    with Client("complaints", role="admin") as client:
        present(client.post(f"/calendar/{year}/confirm{_of(zone)}", body), as_json)


@calendar.command("unit", epilog="Example: zi calendar unit kantor-a")
def show_unit(unit: UnitArgument, as_json: JsonOption = False) -> None:
    """Show how a unit counts: its week, its hours, and the days off of its own place."""
    with Client("complaints", role="complaint_supervisor") as client:
        present(client.get(f"/units/{unit}/calendar"), as_json)


@calendar.command(
    "unit-days",
    epilog="Example: zi calendar unit-days kantor-a --year 2026 --kind election "
    '--add "2026-11-25=Pemilihan Kepala Daerah" --decree "Keppres 10/2026"',
)
def unit_days(
    unit: UnitArgument,
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, help="Calendar year.")],
    decree: DecreeOption,
    add: AddOption = None,
    remove: RemoveOption = None,
    kind: Annotated[str, typer.Option("--kind", help="local or election.")] = "local",
    is_preview: PreviewOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add and remove days off of a unit's own place (KP); running clocks of the unit follow."""
    body = _change(add, remove, kind, decree) | {"year": year, "is_preview": is_preview}
    with Client("complaints", role="complaint_supervisor") as client:
        _show_set(client.post(f"/units/{unit}/days-off", body), as_json)


@calendar.command(
    "unit-week",
    epilog="Example: zi calendar unit-week kantor-a --from 2026-07-01 --days 6 "
    "--hours 1-5=07:30-12:00,13:00-15:00 --hours 6=07:30-12:30 --ramadan 1-6=08:00-13:30",
)
def unit_week(
    unit: UnitArgument,
    first: Annotated[str, typer.Option("--from", help="First date of it, tomorrow at the earliest.")],
    days: Annotated[int, typer.Option("--days", min=5, max=6, help="Days of the week, from Monday on.")],
    hours: Annotated[
        list[str], typer.Option("--hours", help="1-5=07:30-12:00,13:00-16:00 (1 Monday); repeatable.")
    ],
    ramadan: Annotated[list[str], typer.Option("--ramadan", help="The same in Ramadan; repeatable.")],
    is_preview: PreviewOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let a unit work five or six days with hours of its own from a date on (KP)."""
    body = {
        "first": first,
        "days": days,
        "hours": _hours("--hours", hours),
        "ramadan_hours": _hours("--ramadan", ramadan),
        "is_preview": is_preview,
    }
    with Client("complaints", role="complaint_supervisor") as client:
        _show_set(client.post(f"/units/{unit}/week", body), as_json)


def _of(zone: str | None) -> str:
    return "" if zone is None else f"?zone={zone}"


def _change(add: list[str] | None, remove: list[str] | None, kind: str, decree: str) -> dict[str, Any]:
    adds = []
    for one in add or []:
        day, _, name = one.partition("=")
        if not name:
            raise CliError(f'--add {one}: write DATE=NAME, e.g. "2026-12-28=Cuti Bersama Natal"')
        adds.append({"date": day, "kind": kind, "name": name})
    return {"adds": adds, "removes": remove or [], "decree": decree}


def _span(given: str) -> list[str]:
    parts = given.split(":")
    if len(parts) != 2:  # noqa: PLR2004 - a first and a last date
        raise CliError(f"--ramadan {given}: write FIRST:LAST, e.g. 2028-01-28:2028-02-25")
    return parts


def _hours(option: str, given: list[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for one in given:
        read = _STRETCH.fullmatch(one)
        if read is None:
            raise CliError(f"{option} {one}: write WEEKDAYS=HOURS, e.g. 1-5=07:30-12:00,13:00-16:00")
        first, last, stretches = read.groups()
        intervals = [
            dict(zip(("opens", "closes"), part.split("-"), strict=True)) for part in stretches.split(",")
        ]
        found |= {str(weekday): intervals for weekday in range(int(first), int(last or first) + 1)}
    return found


def _show_draft(found: dict[str, Any], as_json: bool) -> None:
    present(found, as_json)
    if as_json:
        return
    if not found["is_waiting"]:
        print("\nThe days off stay as they are: nothing waits for confirmation.")
    elif found["zone"] is None and not found["joint_leave_days"]:
        print("\nThe year has no joint leave: it was not announced when the package was made.")


def _show_set(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        present(found, as_json)
        return
    version = found["calendar_version"]
    print("Nothing was set: this is a preview." if version is None else f"Set as calendar version {version}.")
    _show_moves(found["moves"], as_json)


def _show_moves(found: dict[str, Any], as_json: bool) -> None:
    """Print moves; for people a due time is the due day, in the zone it is a day of."""
    if as_json:
        present(found, as_json)
        return
    print(f"{found['moved']} of {found['clocks']} open clocks move.")
    if not found["is_complete"]:
        print("There are more clocks than were looked at.")
    if found["items"]:
        rows = [one | {"old": _until(one, "old"), "new": _until(one, "new")} for one in found["items"]]
        present(rows, as_json, columns=MOVE_COLUMNS)


def _until(move: dict[str, Any], which: str) -> str:
    return until(move[f"{which}_due_at"], move["zone"])
