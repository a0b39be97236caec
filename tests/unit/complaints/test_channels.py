"""Which channels are open on a day, what a test makes of one, and what an address may be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.channels.data import kinds, probe_rules
from services.complaints.channels.domain import (
    GOOD,
    Channel,
    ChannelRefusedError,
    Verdict,
    Watch,
    is_working,
    judge,
    open_kinds,
    require_address,
    verdict_of_record,
)
from services.complaints.intake.domain import check_channel
from shared.kernel import new_id

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
BAD = Verdict(False, "unreachable")


def channel(kind: str = "loket", opened: date = date(2026, 1, 5), closed: date | None = None) -> Channel:
    reason = None if closed is None else "Pindah."
    return Channel(new_id(), 1, "u-1", "a-1", kind, "Saluran", "Jalan Satu", None, opened, closed, reason)


def test_a_channel_takes_complaints_from_its_first_day_until_the_day_it_is_closed() -> None:
    one = channel(closed=date(2026, 1, 9))
    assert [one.is_open(date(2026, 1, day)) for day in (4, 5, 8, 9)] == [False, True, True, False]


def test_a_kind_that_the_register_says_nothing_of_is_open_by_default() -> None:
    closed = channel(closed=date(2026, 1, 9))
    usual = {one.kind for one in kinds().values() if one.is_default}
    assert open_kinds(kinds(), [], NOW.date()) == usual
    assert open_kinds(kinds(), [closed], date(2026, 1, 9)) == usual - {"loket"}
    again = channel(opened=date(2026, 1, 9))
    assert open_kinds(kinds(), [closed, again], date(2026, 1, 9)) == usual
    assert "sp4n" not in usual, "nobody imports before somebody says so"


def test_the_public_has_the_web_form_and_officers_the_rest() -> None:
    assert [one.kind for one in kinds().values() if one.entered_by == "public"] == ["web"]
    desk = {one.kind for one in kinds().values() if one.entered_by == "desk"}
    assert {"loket", "surat", "telepon"} <= desk
    assert "sp4n" not in desk


def test_a_refusal_names_what_is_open() -> None:
    with pytest.raises(FieldRefusedError) as refused:
        check_channel(kinds().values(), {"surat", "sms", "web"}, "loket", entered_by="desk")
    assert refused.value.message.endswith("surat, sms.")
    with pytest.raises(FieldRefusedError) as refused:
        check_channel(kinds().values(), {"telepon"}, "web", entered_by="public")
    assert "Telepon" in refused.value.message
    check_channel(kinds().values(), {"surat"}, "surat", entered_by="desk")


def test_failures_in_a_row_are_one_outage_and_one_good_test_ends_it() -> None:
    watch, facts = Watch(), []
    verdicts = [BAD, BAD, GOOD, BAD, BAD, BAD, BAD, GOOD, GOOD, BAD]
    for step, verdict in enumerate(verdicts):
        watch, fact = judge(watch, verdict, NOW + timedelta(minutes=step), probe_rules().failures)
        facts.append(fact)
    none = [None] * 5
    assert facts == [*none, "check_failed", None, "recovered", None, None]
    assert watch == Watch(1, None, NOW + timedelta(minutes=9), NOW + timedelta(minutes=8), "unreachable")


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, None),
        ((timedelta(days=29), True), GOOD),
        ((timedelta(days=30), True), GOOD),
        ((timedelta(days=31), True), Verdict(False, "test_too_old")),
        ((timedelta(days=1), False), Verdict(False, "test_failed")),
    ],
)
def test_a_recorded_test_counts_for_its_days(
    last: tuple[timedelta, bool] | None, expected: Verdict | None
) -> None:
    found = None if last is None else (NOW - last[0], last[1])
    assert verdict_of_record(found, NOW - timedelta(days=3), NOW, 30) == expected


def test_a_channel_that_nobody_ever_tested_fails_once_a_test_would_be_old() -> None:
    assert verdict_of_record(None, NOW - timedelta(days=31), NOW, 30) == Verdict(False, "test_too_old")


def test_a_channel_that_is_to_be_tested_does_not_work_before_it_was() -> None:
    phone, tested = channel("telepon"), Watch(last_at=NOW, last_ok_at=NOW)
    telepon, loket = kinds()["telepon"], kinds()["loket"]
    assert not is_working(telepon, phone, Watch(), NOW.date())
    assert is_working(telepon, phone, tested, NOW.date())
    assert not is_working(telepon, phone, Watch(3, NOW, NOW, NOW, "test_failed"), NOW.date())
    assert is_working(loket, channel(), Watch(), NOW.date()), "a counter is not tested"


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("web", "http://contoh.go.id/lapor"),
        ("web", "https://user@contoh.go.id/"),
        ("web", "https://"),
        ("web", "https://contoh.go.id:0/"),
        ("web", "https://contoh.go.id/a b"),
        ("web", "https://[contoh"),
        ("web", "https://contoh.go.id/\u00e9"),
        ("email", "kantor a@contoh.go.id"),
        ("email", "kantor"),
        ("telepon", "hubungi loket"),
        ("telepon", "+"),
    ],
)
def test_an_address_that_is_none_of_its_kind_is_refused(kind: str, address: str) -> None:
    with pytest.raises(ChannelRefusedError) as refused:
        require_address(kinds()[kind], address)
    assert refused.value.details["field"] == "address"


def test_an_address_of_its_kind_is_taken() -> None:
    for kind, address in (
        ("web", "https://contoh.go.id:8443/lapor?unit=a"),
        ("email", "pengaduan@contoh.go.id"),
        ("telepon", "+62 (21) 555-0100"),
        ("kotak", "Lobi lantai 1"),
    ):
        require_address(kinds()[kind], address)


def test_every_kind_says_how_it_is_tested_and_by_whom_its_cases_are_entered() -> None:
    for one in kinds().values():
        assert one.address in ("url", "mailbox", "number", "place")
        assert one.entered_by in ("public", "desk", "import")
        assert one.probe in (None, "link", "mail", "record", "import")
        assert (one.max_age_days is None) == (one.probe in (None, "link")), one.kind
