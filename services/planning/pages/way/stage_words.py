"""How pages say stages, windows and deadlines."""

from datetime import timedelta

from services.planning.stages.domain.assessment import Standing
from services.planning.stages.domain.stage import STAGE_NAMES, Stage, Window
from services.planning.stages.domain.windows import Days
from shared.indonesian import day

_WINDOWS = {Stage.PENGISIAN: (Window.PENGISIAN, Window.PENILAIAN_TPI)}
"""A unit that has the worksheet again has it for as long as its assessors may have it."""


def stage_name(stage: Stage) -> str:
    """Return a stage as a sentence begins with it: `Penilaian TPI`."""
    name = STAGE_NAMES[stage]
    return f"{name[:1].upper()}{name[1:]}"


def days_of_stage(told: Standing) -> Days:
    """Return the days of the stage that an assessment stands in; none where it has ended."""
    stage = told.assessment.stage
    if stage.name not in Window.__members__:
        return Days()
    first, again = _WINDOWS.get(stage, (Window(stage.value), Window(stage.value)))
    return told.days(first if told.assessment.round == 1 else again)


def deadline_words(told: Standing) -> str:
    """Return until when the present stage is open, in the unit's zone, "" where no last day is known."""
    days = days_of_stage(told)
    if days.opens_on is not None and told.today < days.opens_on:
        return f"mulai {day(days.opens_on)}"
    if days.closes_on is None:
        return ""
    if days.are_over(told.today):
        return f"sudah lewat {day(days.closes_on)}"
    left = (days.closes_on - told.today) // timedelta(days=1)
    near = "hari ini" if not left else f"{left} hari lagi"
    return f"paling lambat {day(days.closes_on)} pukul 24.00 {told.zone} ({near})"
