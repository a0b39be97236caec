"""`zi complaint submit|verify`: how a case comes in."""

from datetime import datetime
from typing import Annotated, Any

import typer

from services.complaints.commands.calls import CaseArgument, VersionOption, act_on, complaint
from shared.cli.client import Client
from shared.cli.output import JsonOption, present


@complaint.command(
    epilog='Example: zi complaint submit --unit kantor-a --text "Loket tutup sebelum jam layanan berakhir."'
)
def submit(
    unit: Annotated[str, typer.Option("--unit", help="Unit the complaint is about.")],
    text: Annotated[str, typer.Option("--text", help="What happened, 20-5,000 characters.")],
    channel: Annotated[str, typer.Option("--channel", help="loket, surat, telepon, ...")] = "loket",
    stream: Annotated[str, typer.Option("--stream", help="masyarakat or pelayanan.")] = "masyarakat",
    kind: Annotated[
        str, typer.Option("--kind", help="pengaduan, aspirasi, konsultasi or permintaan_informasi.")
    ] = "pengaduan",
    received_at: Annotated[
        datetime | None,
        typer.Option("--received-at", formats=["%Y-%m-%dT%H:%M:%S%z"], help="When it came in; default now."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why it is entered more than one working day later.")
    ] = None,
    is_public: Annotated[
        bool, typer.Option("--public", help="Send it as the public form does, without log-in.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Enter a complaint at the desk and print its receipt, which is shown only once."""
    from services.complaints.intake.data import intake_rules  # noqa: PLC0415 - no other command reads the rules

    notice = intake_rules().privacy_notice
    body: dict[str, Any] = {"unit_id": unit, "text": text, "stream": stream, "privacy_notice": notice}
    body["kind"] = kind
    if is_public:
        with Client("complaints", role=None) as client:
            present(client.post("/public/cases", body), as_json)
        return
    body |= {"channel": channel, "backdate_reason": reason}
    body["received_at"] = None if received_at is None else received_at.isoformat()
    with Client("complaints", role="complaint_officer", unit=unit) as client:
        present(client.post("/cases", body), as_json)


@complaint.command(epilog="Example: zi complaint verify CASE --unit kantor-a --class normatif")
def verify(
    case: CaseArgument,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Unit it is about; default: as reported.")
    ] = None,
    case_class: Annotated[
        str, typer.Option("--class", help="ringan, normatif, tidak_berkadar or berkadar_pengawasan.")
    ] = "normatif",
    stream: Annotated[
        str | None, typer.Option("--stream", help="masyarakat or pelayanan; default: as reported.")
    ] = None,
    accused: Annotated[
        list[str] | None,
        typer.Option("--accused", metavar="PERSON", help="Person id whom it accuses; repeat for more."),
    ] = None,
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle stream, class and unit, and whom it accuses (PP)."""
    with Client("complaints", role="complaint_officer") as client:
        found = client.get(f"/cases/{case}")
    body = {
        "unit_id": unit or found["unit_id"],
        "stream": stream or found["stream"],
        "case_class": case_class,
        "accused": accused or [],
    }
    act_on(case, "verify", "complaint_officer", body, version or found["version"], as_json)
