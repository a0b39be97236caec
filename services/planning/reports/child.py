"""The writing process: a document as JSON in, a file out; its libraries stay out of the service."""

import sys

from services.planning.reports.kinds import ReportFormat
from shared.documents.wire import from_json
from shared.files.confinement.inside import confine, given_file, given_order


def main() -> None:
    order = given_order()
    confine(order["memory_bytes"], order["seconds"])
    document = from_json(given_file())
    if order["format"] == ReportFormat.PDF:
        from shared.documents.pdf import pdf_file  # noqa: PLC0415 - loads under the limits

        content = pdf_file(document)
    else:
        from shared.documents.docx import docx_file  # noqa: PLC0415 - as above

        content = docx_file(document)
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
