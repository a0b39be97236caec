"""How far a proposal has come, in the sentences that begin its page."""

from collections.abc import Mapping
from datetime import date

from services.planning.nomination.domain.nominations import Nomination, NominationState
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.usecases.examining import Survey
from services.planning.pages.nomination.reading import Proposal
from services.planning.pages.nomination.words import state_words
from services.planning.pages.way.stage_words import stage_name
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.stage import DECIDED, ENDS, Stage
from services.planning.stages.domain.windows import Days
from shared.indonesian import day


def days_words(days: Days, today: date) -> str:
    """Return until when units may be proposed, "" where no day is known."""
    if days.opens_on is not None and today < days.opens_on:
        return f"masa pengusulan mulai {day(days.opens_on)}"
    if days.closes_on is None:
        return ""
    if days.are_over(today):
        return f"masa pengusulan berakhir {day(days.closes_on)}"
    return f"hari terakhir {day(days.closes_on)}"


def verdict(
    found: Nomination | None, year: int, days: Days, today: date, assessed: Mapping[str, Assessment]
) -> str:
    """Return the first sentence of a proposal's page; `assessed` are its units' assessments."""
    until = days_words(days, today)
    if found is None:
        told = f"Tidak ada usulan {year}" if days.are_over(today) else f"Usulan {year} belum dibuat"
    elif found.state is NominationState.WITHDRAWN:
        return f"Usulan {year} sudah ditarik"
    elif is_with_tpn(found, days, today, assessed):
        return f"Usulan {year}: {_outcome(found, assessed)}"
    else:
        told = f"Usulan {year}: {len(found.units)} unit; {state_words(found)}"
    return f"{told}, {until}" if until else told


def is_with_tpn(found: Nomination, days: Days, today: date, assessed: Mapping[str, Assessment]) -> bool:
    """Tell whether a frozen proposal is what the TPN makes of it: the days are over, or a unit is decided."""
    if found.state is not NominationState.FROZEN:
        return False
    stages = {assessed[unit.unit_id].stage for unit in found.units if unit.unit_id in assessed}
    return days.are_over(today) or not stages.isdisjoint(DECIDED)


def _outcome(found: Nomination, assessed: Mapping[str, Assessment]) -> str:
    """Return what became of the units: `1 dari 3 unit berpredikat, 2 masih dinilai TPN`."""
    known = [assessed[unit.unit_id] for unit in found.units if unit.unit_id in assessed]
    ended = [one for one in known if one.stage in ENDS]
    awarded, left = sum(not one.is_lost for one in ended), len(found.units) - len(ended)
    if not ended:
        return f"{left} unit dinilai TPN"
    told = f"{awarded} dari {len(found.units)} unit berpredikat"
    return f"{told}, {left} masih dinilai TPN" if left else told


def stage_mark(one: Assessment | None, category: Category) -> tuple[str, str]:
    """Return kind and words of where a unit's assessment stands, and how it ended."""
    if one is None:
        return "plain", stage_name(Stage.PENGISIAN)
    if one.stage is Stage.DITETAPKAN:
        if one.is_awarded:
            return "good", f"Ditetapkan berpredikat {category.predicate}"
        return "bad", "Ditetapkan tidak berpredikat"
    if one.stage is Stage.DICABUT:
        return "bad", f"Predikat {category.predicate} dicabut"
    return "bad" if one.stage in ENDS else "plain", stage_name(one.stage)


def standing_words(found: Proposal, looked: Survey | None, *, may_propose: bool) -> str:
    """Return the sentence below the first one: what stands in the way, or what comes next, and by whom."""
    present = found.present
    if present is None or present.state is NominationState.WITHDRAWN:
        return _nothing_words(found, present, may_propose=may_propose)
    if is_with_tpn(present, found.days, found.today, found.assessments) or found.is_late:
        return _late_words(present)
    if looked is None:
        return "Usulan dibuat dan dibekukan oleh pimpinan instansi."
    if looked.refusals:
        told = "Masih ada yang menghalangi pembekuan; rinciannya di bawah ini."
    elif found.is_early:
        told = "Tidak ada yang menghalangi."
    elif present.state is NominationState.FROZEN:
        told = "Tidak ada yang menghalangi paket pengganti."
    else:
        by = "" if may_propose else " oleh pimpinan instansi"
        told = f"Tidak ada yang menghalangi; paket dapat dibekukan{by}."
    return f"{told} Pembekuan mulai {day(found.days.opens_on)}." if found.is_early else told


def _late_words(present: Nomination) -> str:
    """Return what is true once nothing is frozen any more."""
    newest = present.package_version
    if not newest:
        return "Paketnya tidak dibekukan selagi masa pengusulan terbuka, jadi unitnya tidak dinilai TPN."
    if present.state is not NominationState.FROZEN:
        return f"TPN menilai paket {newest}; perubahan sesudahnya tidak dapat dibekukan lagi."
    return f"Yang dinilai ialah paket {newest}; tahap atau hasil setiap unit ada di bawah ini."


def _nothing_words(found: Proposal, withdrawn: Nomination | None, *, may_propose: bool) -> str:
    """Return what can be done where there is no proposal, or none any more."""
    kept = "Paketnya tetap dapat dibaca. " if withdrawn and withdrawn.package_version else ""
    if found.is_late:
        return f"{kept}Usulan baru tidak dapat dibekukan lagi, jadi unit instansi ini tidak dinilai TPN."
    new = " baru" if withdrawn else ""
    if not may_propose:
        return f"{kept}Usulan{new} dibuat oleh pimpinan instansi."
    return f"{kept}Untuk usulan{new}, pilih unit yang memenuhi syarat dari daftar calon."
