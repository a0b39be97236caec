"""The stages of a unit's assessment of a year.

Source: lke.md section 7 (PermenPANRB 90/2021, Lampiran II). The survey runs beside desk and field, so it has
a window and is no stage.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.instruments.lke.stages import STAGE_WORDS


class Stage(StrEnum):
    """Where an assessment stands; the words are those of the regulation."""

    PENGISIAN = "pengisian"
    PENILAIAN_PENDAHULUAN = "penilaian_pendahuluan"
    PENILAIAN_TPI = "penilaian_tpi"
    PENGUSULAN = "pengusulan"
    PRA_EVALUASI = "pra_evaluasi"
    DESK = "desk"
    LAPANGAN = "lapangan"
    SANGGAH = "sanggah"
    PANEL = "panel"
    DITETAPKAN = "ditetapkan"
    DITARIK = "ditarik"
    DITOLAK = "ditolak"
    DICABUT = "dicabut"


ENDS = frozenset({Stage.DITETAPKAN, Stage.DITARIK, Stage.DITOLAK, Stage.DICABUT})
"""Nothing is written any more. A decree can still be revoked."""
OPEN = frozenset(Stage) - ENDS
DECIDED = frozenset({Stage.DITETAPKAN, Stage.DICABUT})
"""A decree said what became of the unit; nobody takes it back from the assessment."""
UNSETTLED = frozenset({Stage.PENGUSULAN, Stage.PRA_EVALUASI})
"""What a unit is proposed for may still become another category or kawasan: no gate was asked yet."""


class Window(StrEnum):
    """What has a first and a last day: the open stages, and the survey beside them."""

    PENGISIAN = "pengisian"
    PENILAIAN_PENDAHULUAN = "penilaian_pendahuluan"
    PENILAIAN_TPI = "penilaian_tpi"
    PENGUSULAN = "pengusulan"
    PRA_EVALUASI = "pra_evaluasi"
    DESK = "desk"
    LAPANGAN = "lapangan"
    SURVEI = "survei"
    SANGGAH = "sanggah"
    PANEL = "panel"


OF_AGENCIES = frozenset({Window.PENGISIAN, Window.PENILAIAN_PENDAHULUAN, Window.PENILAIAN_TPI})
"""What an agency opens and closes itself; the days of all others are the national team's (own rule)."""

STAGE_NAMES: Mapping[str, str] = MappingProxyType({**STAGE_WORDS, Window.SURVEI: "survei"})
"""Stages and windows as people call them."""
