"""What a row of another system's file says: every fault with its column and what would be right."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from shared.kernel import Zone

DateOrder = Literal["dmy", "mdy", "ymd"]
Columns = Mapping[str, int]
"""Which column, from 0, holds a field."""
_ROUNDED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_REF = re.compile(r"[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]{0,63}")
_DATE = re.compile(
    r"(\d{1,4})[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ](\d{1,4})"
    r"(?:[T, ]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,6})?)?(?: *(?:WIB|WITA|WIT))?)?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january", "feb februari february", "mar maret march", "apr april", "mei may",
            "jun juni june", "jul juli july", "agu agt agustus aug august", "sep september",
            "okt oktober oct october", "nov november", "des desember dec december",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_ORDERS: Mapping[DateOrder, str] = {
    "dmy": "hari/bulan/tahun, misalnya 31/01/2026 09:30",
    "mdy": "bulan/hari/tahun, misalnya 01/31/2026 09:30",
    "ymd": "tahun-bulan-hari, misalnya 2026-01-31 09:30",
}
_FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a row may have; `headers` are names of its column that are known, in lower case."""

    field: str
    label: str
    is_required: bool
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a system for states that end a case, for kinds, streams, classes, yes and no."""

    source: str
    label: str
    closed: frozenset[str]
    kinds: Mapping[str, str]
    streams: Mapping[str, str]
    classes: Mapping[str, str]
    flags: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the person says of a whole file; `stream` and `case_class` are of rows that say none.

    `as_of` stands for `source_updated_at` where the file has no such column.
    """

    agency_id: str
    source: str
    zone: Zone
    date_order: DateOrder
    stream: str
    case_class: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is not taken in: the column's header, a slug, and what would be right (Indonesian)."""

    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is sound in itself. `unit_id` None: nobody knows which unit it is about."""

    external_ref: str
    kind: str
    stream: str
    case_class: str
    unit_id: str | None
    content: str
    event_on: date | None
    forwarded_at: datetime
    source_updated_at: datetime
    foreign_state: str | None
    foreign_class: str | None
    is_closed: bool
    closed_at: datetime | None
    is_name_hidden: bool
    is_content_secret: bool


def guessed(head: Sequence[str], fields: Sequence[Field]) -> dict[str, int]:
    """Return the columns whose headers are known, each for one field."""
    folded = [_folded(one) for one in head]
    found: dict[str, int] = {}
    for field in fields:
        places = (folded.index(name) for name in field.headers if name in folded)
        place = next((one for one in places if one not in found.values()), None)
        if place is not None:
            found[field.field] = place
    return found


def missing(columns: Columns, fields: Sequence[Field], *, has_as_of: bool) -> list[Field]:
    """Return the fields without which no row is sound; one of the two dates of arrival is enough."""
    lacking = [one for one in fields if one.is_required and one.field not in columns]
    if has_as_of:
        lacking = [one for one in lacking if one.field != "source_updated_at"]
    if "forwarded_at" not in columns and "reported_at" not in columns:
        lacking += [one for one in fields if one.field == "forwarded_at"]
    return lacking


class RowReader:
    """Reads the rows of one file. `units` are ids of the agency's units by id and name, in lower case."""

    def __init__(
        self,
        declared: Declared,
        columns: Columns,
        head: Sequence[str],
        vocabulary: Vocabulary,
        units: Mapping[str, str],
        now: datetime,
    ) -> None:
        self._declared = declared
        self._columns = columns
        self._head = head
        self._words = vocabulary
        self._units = units
        self._now = now

    def read(self, cells: Sequence[str]) -> tuple[Row | None, list[Fault]]:
        """Return what a row says, or all that is wrong with it."""
        faults: list[Fault] = []

        def take(field: str, read: Callable[[str], Any], default: Any = None) -> Any:
            text = self._cell(cells, field)
            if not text:
                return default
            try:
                return read(text)
            except _CellError as error:
                faults.append(Fault(self.header(field), error.code, error.said))
                return default

        moment, day = self._moment, self._day
        ref = take("external_ref", _ref)
        content = take("text", _plain)
        updated = take("source_updated_at", moment, self._declared.as_of)
        forwarded = take("forwarded_at", moment)
        reported = take("reported_at", moment)
        state = take("foreign_state", _plain)
        closed_at = take("closed_at", moment)
        is_closed = state is not None and _folded(state) in self._words.closed
        kind = take("kind", self._word(self._words.kinds), "pengaduan")
        stream = take("stream", self._word(self._words.streams), self._declared.stream)
        case_class = take("case_class", self._word(self._words.classes), self._declared.case_class)
        unit_id = take("unit", lambda name: self._units.get(_folded(name)))
        event_on = take("event_on", day)
        hidden = take("is_name_hidden", self._word(self._words.flags), False)
        secret = take("is_content_secret", self._word(self._words.flags), False)
        broken = {one.column for one in faults}
        for field, value in (("external_ref", ref), ("text", content), ("source_updated_at", updated)):
            if value is None and self.header(field) not in broken:
                faults.append(Fault(self.header(field), "required", "Sel ini wajib diisi."))
        arrived = forwarded or reported
        if arrived is None and not broken & {self.header("forwarded_at"), self.header("reported_at")}:
            told = "Isi tanggal disposisi atau tanggal laporan."
            faults.append(Fault(self.header("forwarded_at"), "required", told))
        if faults:
            return None, faults
        return Row(
            external_ref=ref,
            kind=kind,
            stream=stream,
            case_class=case_class,
            unit_id=unit_id,
            content=content,
            event_on=event_on,
            forwarded_at=arrived,
            source_updated_at=updated,
            foreign_state=state,
            foreign_class=take("foreign_class", _plain),
            is_closed=is_closed,
            closed_at=closed_at,
            is_name_hidden=hidden,
            is_content_secret=secret,
        ), []

    def _cell(self, cells: Sequence[str], field: str) -> str:
        place = self._columns.get(field)
        if place is None or place >= len(cells):
            return ""
        text = cells[place].strip()
        return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text

    def header(self, field: str) -> str:
        """Return the header of a field's column; the field's own name where it has none."""
        place = self._columns.get(field)
        return field if place is None or place >= len(self._head) else self._head[place]

    def _word(self, known: Mapping[str, Any]) -> Callable[[str], Any]:
        def read(text: str) -> Any:
            if _folded(text) not in known:
                raise _CellError("unknown_word", f"Kata ini tidak dikenal; yang ada: {', '.join(known)}.")
            return known[_folded(text)]

        return read

    def _moment(self, text: str) -> datetime:
        when, has_zone = self._parsed(text)
        moment = when if has_zone else when.replace(tzinfo=self._declared.zone.tz)
        if moment > self._now:
            raise _CellError("in_future", "Tanggal tidak boleh di masa depan.")
        return moment

    def _day(self, text: str) -> date:
        when, _ = self._parsed(text)
        if when.date() > self._now.astimezone(self._declared.zone.tz).date():
            raise _CellError("in_future", "Tanggal tidak boleh di masa depan.")
        return when.date()

    def _parsed(self, text: str) -> tuple[datetime, bool]:
        """Return a time, and whether it says its own zone."""
        order = self._declared.date_order
        try:
            if text[:4].isdigit() and text[4:5] == "-":
                iso = datetime.fromisoformat(
                    text.replace(" WIB", "").replace(" WITA", "").replace(" WIT", "")
                )
                if iso.year >= _FIRST_YEAR:
                    return iso, iso.tzinfo is not None
            found = _DATE.fullmatch(text)
            if found is not None:
                first, middle, last, hour, minute, second = found.groups()
                day, month, year = self._ordered(first, middle, last)
                when = datetime(year, month, day, int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 - the zone follows
                if year >= _FIRST_YEAR:
                    return when, False
        except (ValueError, KeyError):
            pass
        raise _CellError("bad_date", f"Bukan tanggal yang dapat dibaca. Tulis {_ORDERS[order]}.")

    def _ordered(self, first: str, middle: str, last: str) -> tuple[int, int, int]:
        if middle.isalpha():
            return int(first), _MONTHS[middle.casefold()], int(last)
        order = self._declared.date_order
        if order == "ymd":
            return int(last), int(middle), int(first)
        if order == "mdy":
            return int(middle), int(first), int(last)
        return int(first), int(middle), int(last)


class _CellError(Exception):
    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


def _ref(text: str) -> str:
    if _ROUNDED.fullmatch(text):
        told = (
            "Nomor dibulatkan oleh lembar kerja. Beri kolom ini format Teks, lalu ekspor ulang dari asalnya."
        )
        raise _CellError("rounded_number", told)
    if not _REF.fullmatch(text):
        raise _CellError("bad_reference", "Nomor laporan paling panjang 64 karakter dalam satu baris.")
    return text


def _plain(text: str) -> str:
    """Return a text without what a database or a page cannot show."""
    return "".join(one for one in text if one in "\n\t" or one.isprintable())


def _folded(text: str) -> str:
    return " ".join(text.replace("\ufeff", "").split()).casefold()
