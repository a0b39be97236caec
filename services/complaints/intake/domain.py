"""Receiving a complaint: what it must hold, and the receipt its reporter gets.

Source: complaints.md sections 3 and 8.1.
"""

import re
import secrets
from collections.abc import Collection
from datetime import date, datetime
from typing import Literal

from services.complaints.cases.domain.refusals import FieldRefusedError
from services.complaints.channels.domain import ChannelKind, EnteredBy
from shared.calendar.working import WorkingCalendar

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = ALPHABET + "*~$=U"
RECEIPT_CHARACTERS = 20
"""100 random bits, before the check character."""
TRACKING_DIGITS = 12

IdentityKind = Literal["named", "confidential", "anonymous"]


def check_channel(
    kinds: Collection[ChannelKind], opened: Collection[str], kind: str, *, entered_by: EnteredBy
) -> None:
    """Refuse a channel that is not `opened` for the unit on the day of receipt, or not the caller's."""
    standing = [one for one in kinds if one.kind in opened]
    allowed = [one.kind for one in standing if one.entered_by == entered_by]
    if kind in allowed:
        return
    if entered_by == "public":
        told = ", ".join(one.label for one in standing) or "kantor unit"
        message = f"Formulir ini tidak dibuka untuk unit ini. Sampaikan melalui: {told}."
    else:
        told = ", ".join(allowed)
        message = (
            f"Kanal tidak dibuka; pilih salah satu dari: {told}."
            if told
            else ("Kanal tidak dibuka; unit ini tidak mempunyai kanal lain yang dibuka pada tanggal itu.")
        )
    raise FieldRefusedError("channel", "channel_closed", message)


def check_dates(
    received_at: datetime, event_on: date | None, now: datetime, calendar: WorkingCalendar
) -> None:
    """Refuse dates that lie in the future."""
    if received_at > now:
        raise FieldRefusedError("received_at", "in_future", "Waktu terima tidak boleh di masa depan.")
    if event_on is not None and event_on > calendar.local_date(now):
        raise FieldRefusedError("event_on", "in_future", "Tanggal kejadian tidak boleh di masa depan.")


def is_backdated(
    received_at: datetime, now: datetime, calendar: WorkingCalendar, free_working_days: int
) -> bool:
    """Tell whether a report came in more than `free_working_days` working days before it is entered."""
    last_free = calendar.counted_day(calendar.local_date(received_at), free_working_days)
    return calendar.local_date(now) > last_free


def identity_kind(name: str | None, contact: str | None, *, is_name_hidden: bool) -> IdentityKind:
    """Return how much of the reporter is known, and to whom."""
    if not name and not contact:
        return "anonymous"
    return "confidential" if is_name_hidden else "named"


def receipt_of(entropy: bytes) -> str:
    """Return a receipt of 20 Crockford characters and their check character from >= 13 random bytes."""
    number = int.from_bytes(entropy[:13]) >> 4
    code = "".join(ALPHABET[number >> (5 * i) & 31] for i in reversed(range(RECEIPT_CHARACTERS)))
    return code + _CHECK[number % 37]


def shown(receipt: str) -> str:
    """Return a receipt in groups of five, as people copy it."""
    return "-".join(receipt[i : i + 5] for i in range(0, len(receipt), 5))


def read_receipt(typed: str) -> str | None:
    """Return the receipt behind what somebody typed, None when it cannot be one.

    Spaces and dashes do not count, nor does the case; O reads as 0, I and L as 1 (Crockford).
    """
    code = re.sub(r"[\s-]", "", typed).upper()
    body, check = code[:RECEIPT_CHARACTERS], code[RECEIPT_CHARACTERS:]
    body = body.translate(str.maketrans("OIL", "011"))
    if len(body) != RECEIPT_CHARACTERS or len(check) != 1 or not set(body) <= set(ALPHABET):
        return None
    number = 0
    for character in body:
        number = number << 5 | ALPHABET.index(character)
    return body + check if _CHECK[number % 37] == check else None


def new_tracking_id() -> str:
    """Return a random public number: it names a case and opens nothing."""
    return f"{secrets.randbelow(10**TRACKING_DIGITS):0{TRACKING_DIGITS}d}"
