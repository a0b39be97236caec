"""How pages say stages, windows and deadlines."""

from datetime import timedelta

from services.planning.stages.domain.assessment import Standing
from services.planning.stages.domain.stage import STAGE_NAMES, Stage
from shared.indonesian import capital, day


def stage_name(stage: Stage) -> str:
    """Return a stage as a sentence begins with it: `Penilaian TPI`."""
    return capital(STAGE_NAMES[stage])


def deadline_words(told: Standing) -> str:
    """Return until when the present stage is open, in the unit's zone, "" where no last day is known."""
    days = told.days_of_stage
    if days.opens_on is not None and told.today < days.opens_on:
        return f"mulai {day(days.opens_on)}"
    if days.closes_on is None:
        return ""
    if days.are_over(told.today):
        return f"sudah lewat {day(days.closes_on)}"
    left = (days.closes_on - told.today) // timedelta(days=1)
    near = "hari ini" if not left else f"{left} hari lagi"
    return f"paling lambat {day(days.closes_on)} pukul 24.00 {told.zone} ({near})"
