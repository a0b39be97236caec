"""Data files as JSON without a second reading: no repeated name, no number that a float has been through."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.instruments.lke.faults import InvalidInstrumentError, require

MOST_BYTES = 4 * 2**20
"""Fifty times the instrument; nothing that people keep by hand is larger."""
MOST_DECIMALS, MOST_DIGITS = 6, 9

_EXACT = re.compile(rf"-?\d{{1,{MOST_DIGITS}}}\.\d{{1,{MOST_DECIMALS}}}", re.ASCII)


def read_file(path: Path) -> bytes:
    """Return what a file holds, at most one byte more than `parse_json` takes; raises `OSError`."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def parse_json(content: bytes) -> Any:
    """Return the content of a data file, decimals as `Decimal`.

    Raises `InvalidInstrumentError` with one sentence for more than 4 MiB, what is no JSON in UTF-8, a name
    that stands twice in one object, and numbers that are not finite, have an exponent, more than 6 decimals
    (0.30000000000000004 is the trace of a float) or more than 9 digits.
    """
    require(
        len(content) <= MOST_BYTES, f"the file is larger than {MOST_BYTES} bytes, and no data of ours are"
    )
    try:
        data = json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_no_number,
        )
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        raise InvalidInstrumentError(
            f"line {error.lineno}, column {error.colno}: no JSON: {error.msg}"
        ) from error
    except UnicodeError as error:
        raise InvalidInstrumentError("the file is no text in UTF-8") from error
    except RecursionError as error:
        raise InvalidInstrumentError("the file nests deeper than any data of ours") from error
    return data


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            owner = next((f" of {found[key]}" for key in ("code", "id", "gate", "item") if key in found), "")
            raise InvalidInstrumentError(f"{name!r}{owner} stands twice in one object: one of them is right")
        found[name] = value
    return found


def _decimal(text: str) -> Decimal:
    require(
        _EXACT.fullmatch(text) is not None,
        f"{_short(text)} is no exact number: write it with {MOST_DECIMALS} decimals at most, "
        "without an exponent",
    )
    return Decimal(text)


def _whole(text: str) -> int:
    require(
        len(text.lstrip("-")) <= MOST_DIGITS, f"{_short(text)} is too large: {MOST_DIGITS} digits at most"
    )
    return int(text)


def _no_number(text: str) -> Any:
    raise InvalidInstrumentError(f"{text} is no number")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - part of a sentence
