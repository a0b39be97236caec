"""Conflicts of interest: what a declaration says, and an entry of the map."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

ConflictType = Literal[
    "hubungan_keluarga",
    "hubungan_bisnis",
    "hubungan_afiliasi",
    "rangkap_jabatan",
    "kepemilikan_saham",
    "penerimaan_hadiah",
    "penggunaan_aset",
    "lainnya",
]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a declaration says; `decision` is what is suspended until a superior has decided.

    `concerns_superior`: the superiors are party to it, see nothing of it, and the inspectorate decides.
    """

    activity: str
    position: str
    conflict_type: ConflictType
    decision: str
    concerns_superior: bool


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One possible conflict of a position, at a version; reviewed last on a local day."""

    id: UUID
    unit_id: str
    agency_id: str
    activity: str
    position: str
    conflict_type: ConflictType
    control: str
    version: int
    reviewed_on: date
    is_retired: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a unit's positions were looked at in a year, of how many."""

    reviewed: int
    all: int
