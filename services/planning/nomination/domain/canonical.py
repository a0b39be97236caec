"""JSON with one spelling: sorted keys, no blanks, UTF-8; what a sha256 is taken of.

Only text, whole numbers, booleans, null, lists and objects with text keys: no float has a place here.
"""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """Return the one spelling of a JSON value; raises `TypeError` for a float and for what JSON lacks."""
    _refuse_floats(value)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256_of(content: bytes) -> str:
    """Return the sha256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no one spelling")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        _refuse_floats(one)
