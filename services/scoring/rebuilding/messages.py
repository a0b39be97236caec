"""What a rebuild and its processes say to each other: messages with their length before them."""

import msgspec

from services.scoring.rebuilding.pieces import Count, Fold
from services.scoring.rebuilding.shard import Gathered

LENGTH_BYTES = 8


class Begin(msgspec.Struct, tag=True):
    """Where a process works, and what the live consumer buried."""

    db_url: str
    bootstrap: str
    dead: dict[tuple[str, int, int, str], str]


class Ready(msgspec.Struct, tag=True):
    """The process stands ready for pieces."""


class Told(msgspec.Struct, tag=True):
    """So much more of a piece is done."""

    count: int


class Done(msgspec.Struct, tag=True):
    """A piece is done."""

    gathered: Gathered


class Halted(msgspec.Struct, tag=True):
    """A piece cannot be done, for one of the designed reasons."""

    reason: str
    detail: str


Order = Begin | Fold | Count
Answer = Ready | Told | Done | Halted


def framed(message: Order | Answer) -> bytes:
    """Return a message as it is sent."""
    body = msgspec.msgpack.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


read_order = msgspec.msgpack.Decoder(Order).decode
read_answer = msgspec.msgpack.Decoder(Answer).decode
