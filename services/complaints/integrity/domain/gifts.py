"""Reported gifts: what a report says, and the limits below which the rules ask for none.

Limits inform, they never reject. Amounts are whole rupiah. Source: complaints.md section 9.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Direction = Literal["terima", "tolak"]
ObjectKind = Literal["uang", "barang", "makanan_minuman", "fasilitas", "perjalanan", "hiburan", "lainnya"]
Occasion = Literal[
    "pernikahan",
    "kelahiran",
    "upacara_adat_agama",
    "pisah_sambut",
    "promosi",
    "pensiun",
    "ulang_tahun",
    "kedinasan",
    "hari_raya",
    "lainnya",
]
Relation = Literal[
    "keluarga", "rekan_kerja", "atasan", "bawahan", "mitra_kerja", "pengguna_layanan", "lainnya"
]
Ownership = Literal["milik_penerima", "milik_negara"]


@dataclass(frozen=True, slots=True)
class Gift:
    """What a report says of a gift, but who gave it; the estimate is in whole rupiah, 0 or more."""

    direction: Direction
    received_on: date
    place: str
    object_kind: ObjectKind
    estimate: int
    occasion: Occasion
    giver_relation: Relation


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to how many rupiah a gift, or all of a year, need no report; an empty tuple means any.

    In force for gifts received from `valid_from` to `valid_to`, both included.
    """

    id: str
    words: str
    occasions: tuple[Occasion, ...]
    relations: tuple[Relation, ...]
    object_kinds: tuple[ObjectKind, ...]
    each: int
    in_a_year: int | None
    source: str
    is_confirmed: bool
    valid_from: date
    valid_to: date

    def is_about(self, gift: Gift) -> bool:
        """Tell whether the limit is for gifts like this one, received on its day."""
        return (
            self.valid_from <= gift.received_on <= self.valid_to
            and (not self.occasions or gift.occasion in self.occasions)
            and (not self.relations or gift.giver_relation in self.relations)
            and (not self.object_kinds or gift.object_kind in self.object_kinds)
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """A limit beside a gift: `of_the_year` is what the same person reported of the year, this gift included.

    It is None for a limit without a sum of the year.
    """

    limit: Limit
    is_above: bool
    of_the_year: int | None
    is_year_above: bool


def measured(gift: Gift, limits: Iterable[Limit], of_the_year: int) -> Sequence[Measured]:
    """Return each limit that a received gift lies under, with how it stands to it.

    `of_the_year` are the rupiah of all gifts that the same person received from givers of this relation in
    the year of receipt, this gift included. A refused gift is measured by none.
    """
    if gift.direction == "tolak":
        return ()
    return [
        Measured(
            limit,
            gift.estimate > limit.each,
            None if limit.in_a_year is None else of_the_year,
            limit.in_a_year is not None and of_the_year > limit.in_a_year,
        )
        for limit in limits
        if limit.is_about(gift)
    ]
