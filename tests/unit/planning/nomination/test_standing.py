"""What a proposal's page says first: in every state, before, within and after the days of proposals."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.planning.nomination.domain.nominations import Nomination, NominationState, ProposedUnit
from services.planning.nomination.domain.rules import Category
from services.planning.nomination.usecases.examining import Finding, Members, Survey
from services.planning.pages.nomination.reading import Proposal
from services.planning.pages.nomination.standing import stage_mark, standing_words, verdict
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.stage import Stage
from services.planning.stages.domain.windows import Days
from shared.kernel import Zone

DAYS = Days(date(2026, 5, 1), date(2026, 5, 31))
DAY = {"before": date(2026, 4, 30), "open": date(2026, 5, 31), "over": date(2026, 6, 1)}
UNTIL = {
    "before": "masa pengusulan mulai 1 Mei 2026",
    "open": "hari terakhir 31 Mei 2026",
    "over": "masa pengusulan berakhir 31 Mei 2026",
}
BLOCKED = Finding("units.0", "precondition_unmet", "Belum.", "u-1")


def nomination(state: str, package: int = 0) -> Nomination:
    units = tuple(ProposedUnit(f"u-{number}", Category.WBK) for number in (1, 2, 3))
    return Nomination(UUID(int=1), "a-1", 2026, NominationState(state), units, (), package_version=package)


def at(*stages: tuple[Stage, bool | None]) -> Mapping[str, Assessment]:
    return {
        f"u-{number}": Assessment(f"u-{number}", 2026, stage, is_awarded=is_awarded)
        for number, (stage, is_awarded) in enumerate(stages, 1)
    }


def page(found: Nomination | None, when: str, assessed: Mapping[str, Assessment] | None = None) -> Proposal:
    return Proposal("a-1", 2026, found, (), {}, {}, DAYS, Zone.WIB, DAY[when], assessed or {})


def told(shown: Proposal) -> str:
    return verdict(shown.present, 2026, shown.days, shown.today, shown.assessments)


def survey(*refusals: Finding) -> Survey:
    return Survey(refusals, (), Members({}, {}, {}, {}), {})


@pytest.mark.parametrize("when", list(DAY))
@pytest.mark.parametrize(
    ("state", "package", "words"),
    [
        ("proposed", 0, "belum diserahkan dan belum dibekukan"),
        ("submitted", 0, "sudah diserahkan, belum dibekukan"),
        ("submitted", 2, "berubah sesudah paket 2, belum dibekukan lagi"),
    ],
)
def test_an_unfrozen_proposal_tells_its_state_and_days(
    when: str, state: str, package: int, words: str
) -> None:
    assert told(page(nomination(state, package), when)) == f"Usulan 2026: 3 unit; {words}, {UNTIL[when]}"


@pytest.mark.parametrize("when", list(DAY))
def test_without_a_proposal_and_after_a_withdrawal_the_year_is_told(when: str) -> None:
    none = "Tidak ada usulan 2026" if when == "over" else "Usulan 2026 belum dibuat"
    assert told(page(None, when)) == f"{none}, {UNTIL[when]}"
    assert told(page(nomination("withdrawn"), when)) == "Usulan 2026 sudah ditarik"


IN_REVIEW, AWARDED = (Stage.DESK, None), (Stage.DITETAPKAN, True)
LOST, OUT, REVOKED = (Stage.DITETAPKAN, False), (Stage.DITOLAK, None), (Stage.DICABUT, True)


@pytest.mark.parametrize(
    ("when", "stages", "words"),
    [
        ("before", [], "3 unit; paket 1 sudah dibekukan, masa pengusulan mulai 1 Mei 2026"),
        ("open", [], "3 unit; paket 1 sudah dibekukan, hari terakhir 31 Mei 2026"),
        ("open", [OUT], "3 unit; paket 1 sudah dibekukan, hari terakhir 31 Mei 2026"),
        ("open", [AWARDED], "1 dari 3 unit berpredikat, 2 masih dinilai TPN"),
        ("over", [], "3 unit dinilai TPN"),
        ("over", [IN_REVIEW] * 3, "3 unit dinilai TPN"),
        ("over", [AWARDED, OUT, IN_REVIEW], "1 dari 3 unit berpredikat, 1 masih dinilai TPN"),
        ("over", [AWARDED, LOST, REVOKED], "1 dari 3 unit berpredikat"),
    ],
)
def test_a_frozen_proposal_becomes_what_the_tpn_makes_of_it(when: str, stages: Any, words: str) -> None:
    assert told(page(nomination("frozen", 1), when, at(*stages))) == f"Usulan 2026: {words}"


@pytest.mark.parametrize(
    ("found", "when", "looked", "may_propose", "words"),
    [
        (None, "open", None, True, "Untuk usulan, pilih unit yang memenuhi syarat dari daftar calon."),
        (None, "open", None, False, "Usulan dibuat oleh pimpinan instansi."),
        (
            *(None, "over", None, True),
            "Usulan baru tidak dapat dibekukan lagi, jadi unit instansi ini tidak dinilai TPN.",
        ),
        (("withdrawn", 0), "open", None, False, "Usulan baru dibuat oleh pimpinan instansi."),
        (
            *(("withdrawn", 1), "open", None, False),
            "Paketnya tetap dapat dibaca. Usulan baru dibuat oleh pimpinan instansi.",
        ),
        (("proposed", 0), "open", None, False, "Usulan dibuat dan dibekukan oleh pimpinan instansi."),
        (
            *(("proposed", 0), "open", survey(BLOCKED), True),
            "Masih ada yang menghalangi pembekuan; rinciannya di bawah ini.",
        ),
        (("submitted", 0), "open", survey(), True, "Tidak ada yang menghalangi; paket dapat dibekukan."),
        (
            *(("submitted", 0), "open", survey(), False),
            "Tidak ada yang menghalangi; paket dapat dibekukan oleh pimpinan instansi.",
        ),
        (
            *(("submitted", 0), "before", survey(), True),
            "Tidak ada yang menghalangi. Pembekuan mulai 1 Mei 2026.",
        ),
        (
            *(("submitted", 0), "over", survey(), True),
            "Paketnya tidak dibekukan selagi masa pengusulan terbuka, jadi unitnya tidak dinilai TPN.",
        ),
        (("frozen", 1), "open", survey(), True, "Tidak ada yang menghalangi paket pengganti."),
        (
            *(("frozen", 1), "over", None, True),
            "Yang dinilai ialah paket 1; tahap atau hasil setiap unit ada di bawah ini.",
        ),
        (
            *(("submitted", 1), "over", survey(BLOCKED), True),
            "TPN menilai paket 1; perubahan sesudahnya tidak dapat dibekukan lagi.",
        ),
    ],
)
def test_the_second_sentence_says_what_comes_next_and_by_whom(
    found: tuple[str, int] | None, when: str, looked: Survey | None, words: str, *, may_propose: bool
) -> None:
    shown = page(None if found is None else nomination(*found), when)
    assert standing_words(shown, looked, may_propose=may_propose) == words


@pytest.mark.parametrize(
    ("stage", "is_awarded", "mark"),
    [
        (Stage.DESK, None, ("plain", "Evaluasi desk")),
        (Stage.DITETAPKAN, True, ("good", "Ditetapkan berpredikat WBK")),
        (Stage.DITETAPKAN, False, ("bad", "Ditetapkan tidak berpredikat")),
        (Stage.DICABUT, True, ("bad", "Predikat WBK dicabut")),
        (Stage.DITOLAK, None, ("bad", "Ditolak")),
    ],
)
def test_a_unit_tells_its_stage_and_how_it_ended(
    stage: Stage, mark: tuple[str, str], *, is_awarded: bool | None
) -> None:
    (one,) = at((stage, is_awarded)).values()
    assert stage_mark(one, Category.WBK) == mark
