"""Synthetic workbooks in layout 2021: the official cells with labels of our own, any of them overridden."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from shared.instruments.lke import TOTAL, QuestionType, lke_instrument, parse_answers, score

SHEET = "LKE ZI"
_TYPES = "application/vnd.openxmlformats-officedocument"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGED = "http://schemas.openxmlformats.org/package/2006/relationships"
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Formula:
    """A formula with its stored result; None means that the file was saved without one."""

    text: str
    stored: Any = None


@dataclass(frozen=True)
class ExcelError:
    code: str


@dataclass(frozen=True)
class Verbatim:
    """A number exactly as it shall stand in the file, however absurd."""

    text: str


def workbook(raws: Mapping[str, Any], cells: Mapping[str, Any] | None = None, **package: Any) -> bytes:
    """Return a layout 2021 .xlsx with these raw answers; `cells` (K8, O8, ...) override or, None, empty."""
    return packed({**official_cells(raws), **(cells or {})}, **package)


def linked_workbook(raws: Mapping[str, Any], cells: Mapping[str, Any], links: Mapping[str, str]) -> bytes:
    """Return a layout 2021 .xlsx whose cells lead to these addresses."""
    content = {**official_cells(raws), **cells}
    places = "".join(
        f'<hyperlink ref="{place}" r:id="rId{number}"/>' for number, place in enumerate(links, 1)
    )
    sheet = _sheet(content).replace(
        "</sheetData>", f'</sheetData><hyperlinks xmlns:r="{_RELATIONS}">{places}</hyperlinks>'
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/hyperlink" Target="{escape(target)}" '
        'TargetMode="External"/>'
        for number, target in enumerate(links.values(), 1)
    )
    relations = f'<Relationships xmlns="{_PACKAGED}">{targets}</Relationships>'
    members = {"xl/worksheets/sheet2.xml": sheet, "xl/worksheets/_rels/sheet2.xml.rels": relations}
    return packed(content, members={name: text.encode() for name, text in members.items()})


def official_cells(raws: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cells of a filled sheet by address, for tests that rearrange them."""
    return {**_frame(), **_answers(raws), **_points(raws)}


def packed(cells: Mapping[str, Any], sheet: str = SHEET, members: Mapping[str, bytes] | None = None) -> bytes:
    """Return the bytes of an .xlsx with a hidden first sheet and these cells on `sheet`."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": _book(sheet),
        "xl/_rels/workbook.xml.rels": _relations(
            {
                "rId1": ("worksheet", "worksheets/sheet1.xml"),
                "rId2": ("worksheet", "worksheets/sheet2.xml"),
                "rId3": ("styles", "styles.xml"),
            }
        ),
        "xl/styles.xml": _styles(),
        "xl/worksheets/sheet1.xml": _sheet({"A1": "Utama", "K8": "E", "B5": ExcelError("#REF!")}),
        "xl/worksheets/sheet2.xml": _sheet(cells),
    }
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as package:
        for name, content in {
            **{name: text.encode() for name, text in parts.items()},
            **(members or {}),
        }.items():
            package.writestr(name, content)
    return target.getvalue()


def _frame() -> dict[str, Any]:
    """Header, labels, weights and printed scales."""
    instrument = lke_instrument()
    cells: dict[str, Any] = {
        "B1": "Lembar uji", "B2": "Penilaian", "H2": "Bobot", "J2": "Pilihan Jawaban", "K2": " Jawaban ",
        "L2": "Nilai", "M2": " %", "O2": "Catatan/Keterangan/Penjelasan", "H176": 1, "H183": 1,
    }  # fmt: skip
    for node in instrument.nodes.values():
        cells[f"B{node.workbook_row}"] = node.code
        cells[f"H{node.workbook_row}"] = node.weight
        for item in node.questions:
            cells[f"F{item.place.workbook_row}"] = item.code
            cells[f"J{item.place.workbook_row}"] = item.scale.printed if item.scale else "%"
            if node.level != "indicator":
                cells[f"H{item.place.workbook_row}"] = item.share
    return cells


def _answers(raws: Mapping[str, Any]) -> dict[str, Any]:
    values = score(parse_answers(raws), "workbook").questions
    cells: dict[str, Any] = {}
    for item in lke_instrument().questions.values():
        raw, row = raws.get(item.code), item.place.workbook_row
        if item.type is not QuestionType.PERCENT:
            cells[f"K{row}"] = raw
            continue
        counts = raw or {}
        shown = values[item.code]
        cells[f"K{row}"] = Formula(
            "IF(1,1)", ExcelError(shown.error) if shown.error else shown.value or "Blm Diisi"
        )
        for entry in item.inputs:
            cells[f"K{entry.place.workbook_row}"] = counts.get(entry.key)
        if item.optional_total is not None:
            cells[f"K{item.optional_total.place.workbook_row}"] = counts.get("n0")
    if cells["K178"] is None:
        cells["K178"] = Formula("K179+K180+K181", sum(cells[f"K{row}"] or 0 for row in (179, 180, 181)))
    return cells


def _points(raws: Mapping[str, Any]) -> dict[str, Any]:
    result = score(parse_answers(raws), "workbook")
    rows = {node.workbook_row: result.nodes[code] for code, node in lke_instrument().nodes.items()}
    rows |= {198: result.nodes["A"], 206: result.nodes["B"], 208: result.total}
    cells = {
        f"L{row}": Formula("SUM(1)", ExcelError(node.error) if node.error else node.points)
        for row, node in rows.items()
    }
    assert result.total.code == TOTAL
    for code in ("B.I.a", "B.I.b", "B.II.a"):
        item = result.questions[code]
        row = lke_instrument().questions[code].place.workbook_row
        cells[f"L{row}"] = Formula("SUM(1)", ExcelError(item.error) if item.error else item.points)
    return cells


def _sheet(cells: Mapping[str, Any]) -> str:
    rows: dict[int, list[tuple[str, Any]]] = {}
    for address, value in cells.items():
        if value is None:
            continue
        letters = address.rstrip("0123456789")
        rows.setdefault(int(address[len(letters) :]), []).append((letters, value))
    body = "".join(
        f'<row r="{row}">'
        + "".join(_cell(f"{column}{row}", value) for column, value in sorted(found, key=_order))
        + "</row>"
        for row, found in sorted(rows.items())
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _order(entry: tuple[str, Any]) -> tuple[int, str]:
    return len(entry[0]), entry[0]


def _cell(address: str, value: Any) -> str:
    formula, stored = "", value
    if isinstance(value, Formula):
        formula, stored = f"<f>{escape(value.text)}</f>", value.stored
    if isinstance(stored, str) and not formula:
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(stored)}</t></is></c>'
    kind, text = _stored(stored)
    return f'<c r="{address}"{kind}>{formula}{text}</c>'


def _stored(value: Any) -> tuple[str, str]:
    """Return the attributes and the value element of a stored value."""
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return ' t="b"', f"<v>{int(value)}</v>"
    if isinstance(value, ExcelError):
        return ' t="e"', f"<v>{value.code}</v>"
    if isinstance(value, date):
        return ' s="1"', f"<v>{(value - _EPOCH).days}</v>"
    if isinstance(value, str):
        return ' t="str"', f"<v>{escape(value)}</v>"
    return "", f"<v>{value.text if isinstance(value, Verbatim) else _number(value)}</v>"


def _number(value: float | Decimal | Fraction) -> str:
    return repr(float(value)) if isinstance(value, Fraction) and value.denominator != 1 else str(value)


def _content_types() -> str:
    sheet = f"{_TYPES}.spreadsheetml.worksheet+xml"
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.spreadsheetml.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.spreadsheetml.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}"/>'
        f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{sheet}"/></Types>'
    )


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="{key}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGED}">{found}</Relationships>'


def _book(sheet: str) -> str:
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Utama" sheetId="1" state="hidden" r:id="rId1"/>'
        f'<sheet name="{escape(sheet)}" sheetId="2" r:id="rId2"/></sheets></workbook>'
    )


def _styles() -> str:
    """Return two cell styles: 0 plain, 1 a date."""
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill><patternFill/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    )
