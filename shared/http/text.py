"""Text that people type: what no table, topic or terminal can bear is refused at its field."""

from pydantic import AfterValidator


def _plain(text: str) -> str:
    if any(ord(sign) < ord(" ") and sign not in "\t\r\n" for sign in text):
        raise ValueError("Tidak boleh memuat karakter kendali.")
    return text


PLAIN = AfterValidator(_plain)
"""Refuses control characters but tab and line ends; PostgreSQL cannot store the first of them."""
