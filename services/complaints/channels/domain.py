"""Channels: which are open on a day, what a probe says of one, and when an outage begins and ends.

Source: complaints.md sections 3 and 10; R-106, R-215, R-216.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Literal
from urllib.parse import urlsplit
from uuid import UUID

from shared.kernel import DomainError

AddressKind = Literal["url", "mailbox", "number", "place"]
EnteredBy = Literal["public", "desk", "import"]
Probe = Literal["link", "mail", "record", "import"]
State = Literal["open", "down", "closed"]
Fact = Literal["opened", "closed", "check_failed", "recovered"]
Reason = Literal[
    "address_not_public", "unreachable", "timeout", "certificate", "certificate_ends_soon", "status",
    "redirect", "mark_missing", "too_large", "malformed", "not_sent", "mail_away", "not_arrived",
    "test_failed", "test_too_old",
]  # fmt: skip
"""Why a probe failed; never a text of the other side."""
STATE_AFTER: Mapping[Fact, State] = {
    "opened": "open",
    "closed": "closed",
    "check_failed": "down",
    "recovered": "open",
}
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{1,24}")
_MAILBOX = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A kind of channel: what its address is, who enters cases of it, and how it is probed.

    `is_default`: open for units whose register says nothing of this kind. `max_age_days`: how old the last
    recorded test may be; of a mail probe where no mailbox is known to us.
    """

    kind: str
    label: str
    address: AddressKind
    entered_by: EnteredBy
    is_default: bool
    probe: Probe | None
    max_age_days: int | None


@dataclass(frozen=True, slots=True)
class ProbeRules:
    """How channels are probed; `failures` in a row are an outage."""

    failures: int
    certificate_days: int
    link_every_minutes: int
    mail_every_minutes: int
    record_every_minutes: int
    again_minutes: int
    lease_seconds: int
    link_seconds: int
    link_bytes: int
    link_redirects: int
    mail_seconds: int
    kept_days: int

    def pause(self, probe: Probe, *, failures: int) -> timedelta:
        """Return how long after a probe the next one comes: sooner until so many failures are an outage."""
        every = {"link": self.link_every_minutes, "mail": self.mail_every_minutes}
        is_doubtful = 0 < failures < self.failures
        return timedelta(
            minutes=self.again_minutes if is_doubtful else every.get(probe, self.record_every_minutes)
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a unit, or of a whole agency (`unit_id` None). `closed_on` is the first day without it.

    `mark` is a word that the page behind a link must hold.
    """

    id: UUID
    version: int
    unit_id: str | None
    agency_id: str
    kind: str
    label: str
    address: str
    mark: str | None
    opened_on: date
    closed_on: date | None = None
    close_reason: str | None = None

    def is_open(self, on: date) -> bool:
        """Tell whether it takes complaints that came in on a local day."""
        return self.opened_on <= on and (self.closed_on is None or on < self.closed_on)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a channel is made known: what it is (poster, site, counter), where, since when, and a picture."""

    id: UUID
    kind: str
    place: str
    published_on: date
    picture: str | None


@dataclass(frozen=True, slots=True)
class Watch:
    """What probes have said of a channel: failures in a row, and since when it is down."""

    failures: int = 0
    down_since: datetime | None = None
    last_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one probe or recorded test found."""

    is_ok: bool
    reason: Reason | None = None


GOOD = Verdict(True)


class ChannelRefusedError(DomainError):
    """What was entered of a channel cannot be so; `errors` names the field."""

    code: ClassVar[str] = "channel_refused"

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message, field=field, errors=[{"field": field, "code": code, "message": message}])


class ChannelClosedError(DomainError):
    """The channel is closed for good: another one is opened."""

    code: ClassVar[str] = "channel_ended"


class NothingToTestError(DomainError):
    """No test of this kind of channel is recorded: it is probed by itself, or not at all."""

    code: ClassVar[str] = "nothing_to_test"


def require_address(kind: ChannelKind, address: str) -> None:
    """Refuse an address that is none of its kind. Raises `ChannelRefusedError`."""
    match kind.address:
        case "url":
            is_good, right = (
                _is_link(address),
                "alamat laman yang lengkap, misalnya https://contoh.go.id/lapor",
            )
        case "mailbox":
            is_good, right = _MAILBOX.fullmatch(address) is not None, "satu alamat surat elektronik"
        case "number":
            is_good, right = _NUMBER.fullmatch(address) is not None, "nomor, misalnya +62 21 5550100"
        case "place":
            is_good, right = True, ""
    if not is_good:
        raise ChannelRefusedError("address", "address_malformed", f"Alamat saluran ini harus berupa {right}.")


def _is_link(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    is_plain = address.isascii() and address.isprintable() and not any(one.isspace() for one in address)
    return (
        is_plain
        and parts.scheme == "https"
        and bool(parts.hostname)
        and port != 0
        and parts.username is None
        and not parts.fragment
    )


def open_kinds(kinds: Mapping[str, ChannelKind], registered: Collection[Channel], on: date) -> frozenset[str]:
    """Return the kinds by which complaints may come in on a day.

    Where a register names a kind, open or closed, its word is what counts; the others are open by default.
    """
    named = {one.kind for one in registered}
    stand = {one.kind for one in registered if one.is_open(on)}
    return frozenset(stand | {one.kind for one in kinds.values() if one.is_default and one.kind not in named})


def is_working(kind: ChannelKind, channel: Channel, watch: Watch, on: date) -> bool:
    """Tell whether a channel is open and answers; one that is to be tested and never was does not count."""
    is_proved = kind.probe is None or watch.last_ok_at is not None
    return channel.is_open(on) and watch.down_since is None and is_proved


def judge(watch: Watch, verdict: Verdict, at: datetime, most: int) -> tuple[Watch, Fact | None]:
    """Return what a verdict makes of a channel, and the fact if an outage begins or ends with it.

    `most` failures in a row are an outage; one good test ends it.
    """
    if verdict.is_ok:
        fact: Fact | None = None if watch.down_since is None else "recovered"
        return Watch(last_at=at, last_ok_at=at), fact
    failed = replace(watch, failures=watch.failures + 1, last_at=at, last_reason=verdict.reason)
    if watch.down_since is not None or failed.failures < most:
        return failed, None
    return replace(failed, down_since=at), "check_failed"


def verdict_of_record(
    last: tuple[datetime, bool] | None, since: datetime, now: datetime, max_age_days: int
) -> Verdict | None:
    """Return what the last recorded test (its time, whether it went well) says of a channel now.

    None while there was none and the channel is registered (`since`) for no longer than a test may be old.
    """
    age = timedelta(days=max_age_days)
    if last is None:
        return None if now - since <= age else Verdict(False, "test_too_old")
    at, is_ok = last
    if not is_ok:
        return Verdict(False, "test_failed")
    return GOOD if now - at <= age else Verdict(False, "test_too_old")
