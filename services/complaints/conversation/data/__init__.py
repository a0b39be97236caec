"""Limits of the conversation as data, read once."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_MIB = 1024 * 1024
_BESIDE_FILES_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ConversationRules:
    """Limits of what is written and brought to one case, per hour where it says so.

    `file_mib` bounds one file, `sending_mib` what is sent at once.
    `pixels` bound one picture, `picture_memory_mib` and `picture_seconds` the process that looks into a file.
    """

    text_max: int
    messages_per_hour_of_reporter: int
    messages_of_case: int
    files_at_once: int
    files_per_hour: int
    file_mib: int
    sending_mib: int
    files_looked_into_at_once: int
    pixels: int
    picture_memory_mib: int
    picture_seconds: int

    @property
    def file_bytes(self) -> int:
        return self.file_mib * _MIB

    @property
    def sending_bytes(self) -> int:
        """The largest body of a request that brings files, with what stands beside them."""
        return self.sending_mib * _MIB + _BESIDE_FILES_BYTES


@cache
def conversation_rules() -> ConversationRules:
    """Return the limits of the conversation about a case."""
    values = json.loads((files(__package__) / "conversation.json").read_text(encoding="utf-8"))
    values.pop("source")
    return ConversationRules(**values)
