"""The privacy notice says what the services do: its versions, and how long each of them keeps something."""

import pytest

from services.complaints.intake.data import intake_rules
from services.complaints.intake.new_receipts import SHOWN_SECONDS
from services.scoring.domain.privacy import notices
from services.survey.consent_text import identity_days, link_days
from shared.http.login.sessions import SESSION_HOURS


def kept(term: str) -> str:
    """Return what the newest notice says of how long something is kept."""
    newest = list(notices().values())[-1]
    (section,) = (one for one in newest.sections if one.id == "berapa-lama")
    return dict(section.items)[term]


def test_the_version_that_a_report_records_exists_as_a_page_and_is_the_newest() -> None:
    assert intake_rules().privacy_notice in notices()
    assert intake_rules().privacy_notice == list(notices())[-1]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("Kode tanda terima", f"{SHOWN_SECONDS // 60} menit"),
        ("Membuka pengaduan dengan kode", f"{intake_rules().receipt_session_minutes} menit"),
        ("Nama dan kontak peserta survei", f"{identity_days()} hari"),
        ("Kaitan peserta dengan jawaban survei", f"{link_days()} hari"),
        ("Sesi masuk petugas", f"{SESSION_HOURS} jam"),
    ],
    ids=["receipt", "receipt-session", "names", "links", "log-in"],
)
def test_the_newest_notice_names_the_time_that_the_service_keeps_something(term: str, told: str) -> None:
    assert told in kept(term)
