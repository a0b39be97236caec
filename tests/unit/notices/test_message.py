"""Mails as bytes: what SMTP and every reader takes, the same at each try."""

import email
import email.policy
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.notices.catalogue import Letter
from shared.notices.message import message_of
from shared.notices.post import Mail

MAIL = Mail(
    UUID("01a22a5f-0000-7000-8000-000000000000"),
    "ani@agency.test",
    Letter("Kabar – π", "Yth. Bapak/Ibu – π\n.\n" + "x" * 2000, "<p>π</p>"),
    datetime(2026, 5, 4, 5, 0, tzinfo=UTC),
)


def made(mail: Mail = MAIL, sender: str = "Zona Integritas – Uji") -> bytes:
    return message_of(mail, sender=sender, sender_address="noreply@zi.test")


def test_a_mail_is_seven_bits_in_short_lines_and_reads_as_it_was_written() -> None:
    raw = made()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Subject"] == "Kabar – π"
    assert message["From"] == "Zona Integritas – Uji <noreply@zi.test>"
    assert message["Date"].datetime == MAIL.made_at
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[0] == "Yth. Bapak/Ibu – π"


def test_the_same_mail_is_the_same_bytes_with_the_id_of_the_mail() -> None:
    assert made() == made()
    assert b"Message-ID: <01a22a5f-0000-7000-8000-000000000000@zi.test>\r\n" in made()


def test_text_alone_is_one_part() -> None:
    plain = Mail(MAIL.mail_id, MAIL.address, Letter("x", "y", None), MAIL.made_at)
    assert not email.message_from_bytes(made(plain)).is_multipart()


def test_no_line_break_gets_into_a_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        made(Mail(MAIL.mail_id, MAIL.address, Letter("x\r\nBcc: y", "y", None), MAIL.made_at))
    with pytest.raises(ValueError):  # noqa: PT011 - the package's own words
        made(Mail(MAIL.mail_id, "ani@agency.test\r\nBcc: y", MAIL.letter, MAIL.made_at))
