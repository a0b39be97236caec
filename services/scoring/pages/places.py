"""Where the pages about one unit's year stand, below the unit's own."""

from collections.abc import Sequence

from shared.http.addresses import unit_page
from shared.http.pages.lists import address

WAY, SUPPOSE, HISTORY, COMPARE = "jalan", "andai", "riwayat", "banding"
PARTS = (
    (WAY, "Jalan ke predikat"),
    (SUPPOSE, "Bagaimana jika"),
    (HISTORY, "Riwayat"),
    (COMPARE, "Bandingkan"),
)
"""The pages beside a unit's own, with their names."""


def place(unit_id: str, part: str, year: int, **query: str | None) -> str:
    """Return the address of one of them; what is None is left out."""
    return address(f"{unit_page(unit_id)}/{part}", {"year": str(year), **query})


def parts_of(unit_id: str, year: int, present: str = "") -> Sequence[tuple[str, str, None, bool]]:
    """Return the unit's page and all beside it as chips: name, address, no count, whether it is this one."""
    own = ("Nilai", unit_page(unit_id, year), None, not present)
    return [own, *((name, place(unit_id, part, year), None, part == present) for part, name in PARTS)]
