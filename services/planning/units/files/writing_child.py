"""The writing process: rows of texts as JSON in, an xlsx file out; its library stays out of the service."""

import json
import sys
from io import BytesIO

from shared.files.confinement.inside import confine, given_file, given_order

_SHEET = "Unit kerja"
_WIDTHS = (18, 48, 22, 9, 16, 12, 22, 18, 8)


def main() -> None:
    order = given_order()
    confine(order["memory_bytes"], order["seconds"])
    from openpyxl import Workbook  # noqa: PLC0415 - loads under the limits
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    for number, row in enumerate(json.loads(given_file())):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text or None)
            if text:
                cell.data_type = "s"  # a text, whatever it begins with
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    target = BytesIO()
    book.save(target)
    sys.stdout.buffer.write(target.getvalue())


if __name__ == "__main__":
    main()
