"""An assessment's way in words: every act as it was done, and where it stands."""

from collections.abc import Sequence

from services.planning.pages.way.act_words import ACTS, HOLDERS, SIDES
from services.planning.pages.way.stage_words import deadline_words, stage_name
from services.planning.stages.domain.assessment import Standing
from services.planning.stages.store.assessments import Move
from shared.indonesian import capital, moment


def way_of(told: Standing, moves: Sequence[Move], reader: str) -> Sequence[tuple[str, str, bool]]:
    """Return heads, words and whether it is done, the oldest first, the present stage last."""
    return [*((_head(told, move), _words(move, reader), True) for move in moves), present_of(told)]


def present_of(told: Standing) -> tuple[str, str, bool]:
    """Return where the assessment stands, whose step it is and until when."""
    stage = told.assessment.stage
    holder = HOLDERS.get(stage)
    if holder is None:
        return stage_name(stage), "Penilaian tahun ini sudah berakhir.", True
    until = deadline_words(told)
    return f"Sekarang: {stage_name(stage)}", f"Giliran {holder}{f', {until}' if until else ''}.", False


def _head(told: Standing, move: Move) -> str:
    return f"{ACTS[move.act].done}, {moment(move.moved_at, told.zone)}"


def _words(move: Move, reader: str) -> str:
    by = "oleh Anda" if move.moved_by == reader else SIDES[move.side]
    way = "" if move.source is move.target else f", {stage_name(move.source)} → {stage_name(move.target)}"
    return f"{capital(by)}{way}.{f' Alasan: «{move.reason}»' if move.reason else ''}"
