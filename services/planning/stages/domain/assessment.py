"""An assessment as it stands, and what an act makes of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, get_args

from services.planning.stages.domain.acts import Act, Need, Row, When, rows_from
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.practice import Practice
from services.planning.stages.domain.refusals import (
    ClosedWindowError,
    IllegalTransitionError,
    NoObjectionError,
    NotAwardedError,
    NotClearedError,
    ObjectionOpenError,
    ObjectionSpentError,
)
from services.planning.stages.domain.stage import ENDS, Stage, Window
from services.planning.stages.domain.windows import Days, in_force
from shared.kernel import Zone

Clearer = Literal["ombudsman", "kpk", "apip"]
"""Who clears a unit before its decree. Source: lke.md section 7."""
CLEARERS: tuple[Clearer, ...] = get_args(Clearer)


class Objection(StrEnum):
    """How far the agency's one objection has come."""

    NONE = "none"
    RAISED = "raised"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A unit's assessment of a year; one that nobody moved yet is being filled and has version 0.

    `round` counts how often the unit had the worksheet, `tpi_round` the rounds of the agency's assessors.
    `is_carried_over` marks one that was under review before there were stages: until it moves, unit and TPI
    write as they did then.
    """

    unit_id: str
    year: int
    stage: Stage = Stage.PENGISIAN
    round: int = 1
    tpi_round: int = 1
    is_nominated: bool = False
    objection: Objection = Objection.NONE
    is_awarded: bool | None = None
    is_carried_over: bool = False
    act: Act | None = None
    version: int = 0

    @property
    def is_lost(self) -> bool:
        """Whether it ended without a predicate, or lost it."""
        return self.stage in ENDS and not (self.stage is Stage.DITETAPKAN and self.is_awarded)

    @property
    def tpn_round(self) -> int:
        """The round in which the TPN's layer would be frozen: after an upheld objection it is the second."""
        return 2 if self.objection is Objection.ANSWERED else 1

    @property
    def stage_id(self) -> str:
        return f"{self.unit_id}:{self.year}"


@dataclass(frozen=True, slots=True)
class Standing:
    """An assessment at a moment of the database's clock, with what its rules ask about the unit.

    `windows` are those announced for the year, for all agencies and for the unit's own.
    """

    assessment: Assessment
    agency_id: str
    zone: Zone
    agency_type: str | None
    now: datetime
    windows: tuple[tuple[Window, str | None, Days], ...]
    practice: Practice

    @property
    def today(self) -> date:
        """The day in the unit's zone."""
        return self.now.astimezone(self.zone.tz).date()

    @property
    def situation(self) -> frozenset[When]:
        """What picks the rows: the unit's turn, the agency's way, the assessors' round."""
        mine = self.assessment
        return frozenset(
            {
                When.FIRST if mine.round == 1 else When.RETURNED,
                When.PRELIMINARY if self.agency_type in self.practice.preliminary_types else When.DIRECT,
                When.ROUNDS_LEFT if mine.tpi_round < len(self.practice.tpi_rounds) else When.LAST_ROUND,
            }
        )

    def days(self, window: Window) -> Days:
        """Return the days of a window for this unit.

        A stage that has borrowed a later window need not wait for its first day (own rule).
        """
        default = self.practice.default_days(window, self.assessment.year)
        found = in_force(self.windows, window, default)
        is_borrowed = window is self.window and window.value != self.assessment.stage.value
        return Days(None, found.closes_on) if is_borrowed else found

    @property
    def window(self) -> Window | None:
        """The window that the present stage falls under, None at an end.

        Own rules: a unit that has its worksheet again has it for as long as its assessors may, and what an
        upheld objection brought back is mended until the panel ends.
        """
        mine = self.assessment
        if mine.stage is Stage.PENGISIAN and mine.round > 1:
            return Window.PENILAIAN_TPI
        if mine.stage is Stage.LAPANGAN and mine.objection is Objection.ANSWERED:
            return Window.PANEL
        return Window.__members__.get(mine.stage.name)

    @property
    def days_of_stage(self) -> Days:
        """The days of the present stage, without ends where it has none."""
        return Days() if self.window is None else self.days(self.window)

    def is_open(self, window: Window) -> bool:
        return self.days(window).hold(self.today)

    def check_open(self, window: Window) -> None:
        """Raise `ClosedWindowError` unless today is within the window."""
        days = self.days(window)
        if not days.hold(self.today):
            raise ClosedWindowError(window, self.today, days.opens_on, days.closes_on)

    def rows(self) -> tuple[Row, ...]:
        """Return the rows that lead on from here."""
        return rows_from(self.assessment.stage, self.situation)

    def row_of(self, act: Act) -> Row:
        """Return the row of an act; raises `IllegalTransitionError` naming those that lead on."""
        rows = self.rows()
        found = [row for row in rows if row.act is act]
        if not found:
            raise IllegalTransitionError(act, self.assessment.stage, [row.act for row in rows])
        return found[0]


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an act: why; for a decision whether the predicate is given, who cleared it, and the SK.

    A revocation has its own SK.
    """

    reason: str | None = None
    is_awarded: bool | None = None
    cleared: frozenset[str] = frozenset()
    decree: Decree | None = None


NOTHING_GIVEN = Given()


def check_needs(row: Row, standing: Standing, given: Given) -> None:
    """Raise the refusal of the first need of a row that the assessment itself, or what is given, shows unmet.

    Completeness and findings are asked of the worksheet, by who has it.
    """
    mine = standing.assessment
    if Need.OBJECTION_UNUSED in row.needs and mine.objection is not Objection.NONE:
        raise ObjectionSpentError("Sanggahan hanya dapat diajukan satu kali.")
    if Need.OBJECTION_OPEN in row.needs and mine.objection is not Objection.RAISED:
        raise NoObjectionError("Tidak ada sanggahan yang menunggu jawaban.")
    if Need.OBJECTION_SETTLED in row.needs:
        _check_settled(standing)
    if Need.CLEARED in row.needs and given.is_awarded:
        missing = [name for name in CLEARERS if name not in given.cleared]
        if missing:
            raise NotClearedError(f"Belum ada pernyataan bersih dari {', '.join(missing)}.", missing=missing)
    if Need.AWARDED in row.needs and not mine.is_awarded:
        raise NotAwardedError("Unit ini tidak memperoleh predikat, jadi tidak ada yang dicabut.")


def _check_settled(standing: Standing) -> None:
    """Raise `ObjectionOpenError` while an objection waits, or an announced window still lets one in."""
    objection = standing.assessment.objection
    if objection is Objection.RAISED:
        raise ObjectionOpenError("Sanggahan belum dijawab.")
    days = standing.days(Window.SANGGAH)
    if objection is Objection.NONE and days != Days() and not days.are_over(standing.today):
        raise ObjectionOpenError("Masa sanggah belum berakhir.")


def moved(row: Row, assessment: Assessment, given: Given = NOTHING_GIVEN) -> Assessment:
    """Return the assessment after an act, its version raised by one."""
    changes: dict[str, Any] = dict(_CHANGES.get(row.act, {}))
    if row.act is Act.RETURN:
        changes["round"] = assessment.round + 1
    if row.act is Act.FINISH_ROUND and row.target is row.source:
        changes["tpi_round"] = assessment.tpi_round + 1
    if row.act is Act.DECIDE:
        changes["is_awarded"] = bool(given.is_awarded)
    return replace(
        assessment,
        stage=row.target,
        act=row.act,
        is_carried_over=False,
        version=assessment.version + 1,
        **changes,
    )


_CHANGES: Mapping[Act, Mapping[str, object]] = MappingProxyType(
    {
        Act.PROPOSE: {"is_nominated": True},
        Act.OBJECT: {"objection": Objection.RAISED},
        Act.UPHOLD_OBJECTION: {"objection": Objection.ANSWERED},
        Act.DISMISS_OBJECTION: {"objection": Objection.ANSWERED},
    }
)


def acts_for(standing: Standing, roles: Collection[str]) -> tuple[Act, ...]:
    """Return the acts that lead on from here and that one of these roles does, in the order of the table."""
    return tuple(row.act for row in standing.rows() if not row.roles.isdisjoint(roles))
