"""Stages of an assessment in thought: the table, windows, who may write, completeness, limits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.planning.commands.stages import SAID
from services.planning.layers import Layer
from services.planning.stages.domain.acts import TABLE, Act, Need, Side
from services.planning.stages.domain.assessment import (
    CLEARERS,
    Assessment,
    Given,
    Objection,
    Standing,
    check_needs,
    moved,
)
from services.planning.stages.domain.assessors import (
    Assessor,
    AssessorRole,
    Share,
    TeamFullError,
    UnitOverworkedError,
    check_minutes,
    check_room,
    equal_shares,
)
from services.planning.stages.domain.differences import check_explained, standing_before
from services.planning.stages.domain.refusals import (
    ClosedWindowError,
    FrozenLayerError,
    IncompleteSubmitError,
    NotAssignedError,
    NotAwardedError,
    NotClearedError,
    NotNominatedError,
    ObjectionOpenError,
    UnexplainedDifferencesError,
)
from services.planning.stages.domain.rounds import GivenAnswer, canonical, check_complete, digest
from services.planning.stages.domain.stage import ENDS, Stage, Window
from services.planning.stages.domain.windows import Days, WindowInvalidError, check_days, in_force
from services.planning.stages.domain.writing import check_writable, is_writable
from services.planning.stages.practice import PracticeDataError, parse, practice
from shared.instruments.lke import Answer, default_policies, lke_instrument
from shared.kernel import DomainError, Zone

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)


def standing(
    stage: Stage = Stage.PENGISIAN,
    *windows: tuple[Window, str | None, Days],
    zone: Zone = Zone.WIB,
    now: datetime = NOON,
    agency_type: str | None = None,
    **fields: Any,
) -> Standing:
    mine = Assessment("u1", 2026, stage, **fields)
    return Standing(mine, "a1", zone, agency_type, now, windows, practice())


@pytest.mark.parametrize(
    ("zone", "utc_offset"), [(Zone.WIB, 7), (Zone.WITA, 8), (Zone.WIT, 9)], ids=["WIB", "WITA", "WIT"]
)
def test_last_day_cut(zone: Zone, utc_offset: int) -> None:
    """The last day counts whole in the unit's zone: 23:59:59 is within, 00:00 is not."""
    until = (Window.PENGISIAN, None, Days(closes_on=date(2026, 3, 31)))
    last = datetime(2026, 3, 31, 23 - utc_offset, 59, 59, tzinfo=UTC)
    check_writable(standing(Stage.PENGISIAN, until, zone=zone, now=last), Layer.UNIT, is_assigned=False)
    after = datetime(2026, 3, 31, 24 - utc_offset, tzinfo=UTC)
    with pytest.raises(ClosedWindowError) as refused:
        check_writable(standing(Stage.PENGISIAN, until, zone=zone, now=after), Layer.UNIT, is_assigned=False)
    assert refused.value.details["closes_on"] == "2026-03-31"


def test_a_window_is_closed_before_its_first_day_too() -> None:
    told = standing(Stage.DESK, (Window.DESK, None, Days(opens_on=date(2026, 3, 2))), is_nominated=True)
    with pytest.raises(ClosedWindowError, match="2 Maret 2026"):
        check_writable(told, Layer.TPN, is_assigned=False)


def test_an_agency_s_own_window_beats_everybody_s_and_both_beat_the_default() -> None:
    own, every = Days(closes_on=date(2026, 4, 1)), Days(closes_on=date(2026, 5, 1))
    default = Days(closes_on=date(2026, 5, 31))
    announced = [(Window.PENGUSULAN, None, every), (Window.PENGUSULAN, "a1", own)]
    assert in_force(announced, Window.PENGUSULAN, default) == own
    assert in_force(announced[:1], Window.PENGUSULAN, default) == every
    assert in_force([], Window.PENGUSULAN, default) == default


def test_who_tells_a_first_day_alone_lifts_no_deadline() -> None:
    begin, default = Days(opens_on=date(2026, 4, 1)), Days(closes_on=date(2026, 5, 31))
    every = Days(date(2026, 4, 2), date(2026, 6, 10))
    announced = [(Window.PENGUSULAN, "a1", begin), (Window.PENGUSULAN, None, every)]
    assert in_force(announced[:1], Window.PENGUSULAN, default) == Days(date(2026, 4, 1), date(2026, 5, 31))
    assert in_force(announced, Window.PENGUSULAN, default) == Days(date(2026, 4, 1), date(2026, 6, 10))


def test_a_returned_worksheet_waits_for_no_first_day_of_its_assessors_but_ends_with_them() -> None:
    window = (Window.PENILAIAN_TPI, None, Days(date(2026, 4, 1), date(2026, 4, 30)))
    check_writable(standing(Stage.PENGISIAN, window, round=2), Layer.UNIT, is_assigned=False)
    told = standing(Stage.PENGISIAN, window, round=2)
    assert told.days_of_stage == Days(None, date(2026, 4, 30))
    late = standing(Stage.PENGISIAN, window, round=2, now=datetime(2026, 5, 1, 5, tzinfo=UTC))
    with pytest.raises(ClosedWindowError):
        check_writable(late, Layer.UNIT, is_assigned=False)
    assert standing(Stage.DITETAPKAN, window).days_of_stage == Days()


def test_proposals_end_on_31_may_unless_another_day_is_announced_and_other_stages_are_open() -> None:
    told = standing()
    assert told.days(Window.PENGUSULAN) == Days(closes_on=date(2026, 5, 31))
    assert [window for window in Window if told.days(window) != Days()] == [Window.PENGUSULAN]


@pytest.mark.parametrize("days", [Days(), Days(date(2026, 3, 2), date(2026, 3, 1))])
def test_days_that_are_no_window_are_refused(days: Days) -> None:
    with pytest.raises(WindowInvalidError):
        check_days(days)


WRITABLE = {
    Layer.UNIT: {Stage.PENGISIAN},
    Layer.TPI: {Stage.PENILAIAN_TPI},
    Layer.TPN: {Stage.DESK, Stage.LAPANGAN},
}
"""Source: lke.md section 7, the table of stages."""


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("layer", list(Layer))
def test_each_layer_is_written_at_its_stages_alone(layer: Layer, stage: Stage) -> None:
    told = standing(stage, is_nominated=True)
    assert is_writable(told, layer) == (stage in WRITABLE[layer])
    if stage in WRITABLE[layer]:
        check_writable(told, layer, is_assigned=True)
    else:
        with pytest.raises(FrozenLayerError):
            check_writable(told, layer, is_assigned=True)


@pytest.mark.parametrize("stage", list(Stage))
def test_the_national_layer_of_a_unit_never_nominated_is_not_written(stage: Stage) -> None:
    with pytest.raises(NotNominatedError):
        check_writable(standing(stage), Layer.TPN, is_assigned=True)
    assert not is_writable(standing(stage), Layer.TPN)


def test_an_assessor_without_the_unit_does_not_write_it() -> None:
    with pytest.raises(NotAssignedError):
        check_writable(standing(Stage.PENILAIAN_TPI), Layer.TPI, is_assigned=False)


def test_what_was_under_review_before_there_were_stages_is_written_as_before() -> None:
    told = standing(Stage.PENILAIAN_TPI, is_carried_over=True)
    for layer in (Layer.UNIT, Layer.TPI):
        check_writable(told, layer, is_assigned=False)


def test_a_returned_unit_writes_for_as_long_as_its_assessors_may() -> None:
    closed = (Window.PENGISIAN, None, Days(closes_on=date(2026, 2, 1)))
    check_writable(standing(Stage.PENGISIAN, closed, round=2), Layer.UNIT, is_assigned=False)
    over = (Window.PENILAIAN_TPI, None, Days(closes_on=date(2026, 2, 1)))
    with pytest.raises(ClosedWindowError):
        check_writable(standing(Stage.PENGISIAN, over, round=2), Layer.UNIT, is_assigned=False)


def answers(**given: Answer | None) -> Iterator[GivenAnswer]:
    """Yield a whole sheet of answers but for those given by code with underscores."""
    changed = {code.replace("_", "."): answer for code, answer in given.items()}
    for code, question in lke_instrument().questions.items():
        answer: Answer | None = (
            Answer(letter=next(iter(question.scale.values)))
            if question.scale is not None
            else Answer(inputs={one.key: 1 for one in question.inputs})
            if question.inputs
            else Answer(index=Decimal("3.5"))
        )
        yield GivenAnswer(
            code, changed.get(code, answer) if code in changed else answer, None, (), 1, "x", NOON
        )


def test_a_whole_sheet_is_complete() -> None:
    check_complete(list(answers()), default_policies())


def test_an_incomplete_submit_names_every_open_item_in_its_kind() -> None:
    sheet = list(
        answers(
            A_I_1_i_a=None,
            A_II_1_i_a=Answer(inputs={"n1": 0, "n2": 0}),
            A_II_5_iii_a=Answer(inputs={"n1": 1, "n4": 1}),
        )
    )
    with pytest.raises(IncompleteSubmitError) as refused:
        check_complete([one for one in sheet if one.item_code != "B.I.a"], default_policies())
    assert dict(refused.value.details) == {
        "blank": ["A.I.1.i.a", "B.I.a"],
        "undefined": ["A.II.1.i.a"],
        "partial": ["A.II.5.iii.a"],
    }
    for code in ("A.I.1.i.a", "B.I.a", "A.II.1.i.a", "A.II.5.iii.a"):
        assert code in refused.value.message


def test_the_hash_of_a_round_is_of_what_was_said_and_not_of_when_or_in_which_order() -> None:
    sheet = list(answers(A_I_1_i_a=None))
    later = [replace(one, version=9, written_by="y") for one in reversed(sheet)]
    assert digest(sheet, {}) == digest(later, {})
    assert b"A.I.1.i.a" not in canonical(sheet, {}), "a blanked item is as one never written"
    proof = uuid4()
    for change in ({"note": "x"}, {"evidence_ids": (proof,)}, {"answer": Answer(letter="C")}):
        assert digest([replace(sheet[1], **change), *sheet[2:]], {proof: 1}) != digest(sheet[1:], {})


def test_the_hash_of_a_round_tells_the_revisions_of_its_evidence() -> None:
    proof = uuid4()
    sheet = [replace(one, evidence_ids=(proof,)) for one in answers()]
    assert digest(sheet, {proof: 1}) != digest(sheet, {proof: 2})


def row(act: Act, stage: Stage) -> Any:
    return next(one for one in TABLE if one.act is act and one.source is stage)


@pytest.mark.parametrize("missing", CLEARERS)
def test_nobody_is_awarded_before_all_have_cleared(missing: str) -> None:
    given = Given(is_awarded=True, cleared=frozenset(CLEARERS) - {missing})
    with pytest.raises(NotClearedError) as refused:
        check_needs(row(Act.DECIDE, Stage.PANEL), standing(Stage.PANEL), given)
    assert refused.value.details["missing"] == [missing]
    check_needs(row(Act.DECIDE, Stage.PANEL), standing(Stage.PANEL), Given(is_awarded=False))
    check_needs(
        row(Act.DECIDE, Stage.PANEL), standing(Stage.PANEL), replace(given, cleared=frozenset(CLEARERS))
    )


def test_only_what_was_awarded_is_revoked() -> None:
    revoking = row(Act.REVOKE, Stage.DITETAPKAN)
    check_needs(revoking, standing(Stage.DITETAPKAN, is_awarded=True), Given())
    for outcome in (False, None):
        with pytest.raises(NotAwardedError):
            check_needs(revoking, standing(Stage.DITETAPKAN, is_awarded=outcome), Given())


@pytest.mark.parametrize(
    ("objection", "closes_on", "is_let_on"),
    [
        (Objection.RAISED, None, False),
        (Objection.ANSWERED, date(2026, 3, 9), True),
        (Objection.NONE, date(2026, 3, 1), False),
        (Objection.NONE, date(2026, 2, 28), True),
        (Objection.NONE, None, True),
    ],
)
def test_the_panel_waits_for_the_objection_and_for_the_announced_time_to_raise_it(
    objection: Objection, closes_on: date | None, *, is_let_on: bool
) -> None:
    windows = [] if closes_on is None else [(Window.SANGGAH, None, Days(closes_on=closes_on))]
    told = standing(Stage.SANGGAH, *windows, objection=objection)
    if is_let_on:
        check_needs(row(Act.TO_PANEL, Stage.SANGGAH), told, Given())
    else:
        with pytest.raises(ObjectionOpenError):
            check_needs(row(Act.TO_PANEL, Stage.SANGGAH), told, Given())


def test_what_an_upheld_objection_brought_back_is_mended_until_the_panel_ends() -> None:
    windows = (
        (Window.LAPANGAN, None, Days(closes_on=date(2026, 2, 1))),
        (Window.PANEL, None, Days(date(2026, 4, 1), date(2026, 4, 30))),
    )
    fields: dict[str, Any] = {"is_nominated": True, "objection": Objection.ANSWERED}
    told = standing(Stage.LAPANGAN, *windows, **fields)
    check_writable(told, Layer.TPN, is_assigned=False)
    assert told.days_of_stage == Days(closes_on=date(2026, 4, 30))
    late = standing(Stage.LAPANGAN, *windows, now=datetime(2026, 5, 1, tzinfo=UTC), **fields)
    with pytest.raises(ClosedWindowError):
        check_writable(late, Layer.TPN, is_assigned=False)
    first = standing(Stage.LAPANGAN, *windows, is_nominated=True)
    with pytest.raises(ClosedWindowError):
        check_writable(first, Layer.TPN, is_assigned=False)
    assert first.days(Window.PANEL) == windows[1][2], "nothing is borrowed before the objection"


def test_what_is_objected_to_is_kept_before_and_after_it_was_mended() -> None:
    opening = [one for one in TABLE if one.act is Act.OPEN_OBJECTION]
    assert [one.freezes for one in opening] == [Layer.TPN, Layer.TPN]
    assert not [one for one in TABLE if one.act is Act.TO_PANEL and one.freezes]
    rounds = [standing(Stage.LAPANGAN, objection=one).assessment.tpn_round for one in Objection]
    assert rounds == [1, 1, 2]


def test_the_panel_decides_within_its_window() -> None:
    until = (Window.PANEL, None, Days(closes_on=date(2026, 2, 28)))
    decide = row(Act.DECIDE, Stage.PANEL)
    assert decide.window is Window.PANEL
    with pytest.raises(ClosedWindowError):
        standing(Stage.PANEL, until).check_open(Window.PANEL)


@pytest.mark.parametrize(
    ("stage", "is_awarded", "is_lost"),
    [
        (Stage.DITETAPKAN, True, False), (Stage.DITETAPKAN, False, True), (Stage.DITOLAK, None, True),
        (Stage.DITARIK, None, True), (Stage.DICABUT, True, True), (Stage.PANEL, None, False),
    ],
)  # fmt: skip
def test_who_ended_without_a_predicate_is_lost(
    stage: Stage, is_awarded: bool | None, *, is_lost: bool
) -> None:
    assert standing(stage, is_awarded=is_awarded).assessment.is_lost is is_lost


def test_ministries_alone_are_checked_before_tpi() -> None:
    for agency_type in (*practice().agency_types, None):
        target = standing(agency_type=agency_type).row_of(Act.SUBMIT).target
        is_ministry = agency_type == "kementerian"
        assert target is (Stage.PENILAIAN_PENDAHULUAN if is_ministry else Stage.PENILAIAN_TPI)


def test_two_rounds_of_tpi_come_before_the_proposal() -> None:
    told = standing(Stage.PENILAIAN_TPI)
    first = moved(told.row_of(Act.FINISH_ROUND), told.assessment)
    assert (first.stage, first.tpi_round) == (Stage.PENILAIAN_TPI, 2)
    again = replace(told, assessment=first)
    second = moved(again.row_of(Act.FINISH_ROUND), first)
    assert (second.stage, second.tpi_round) == (Stage.PENGUSULAN, 2)


def test_the_last_round_of_tpi_leaves_nothing_blank() -> None:
    ending = {one.target: set(one.needs) for one in TABLE if one.act is Act.FINISH_ROUND}
    assert ending == {
        Stage.PENILAIAN_TPI: {Need.EXPLAINED},
        Stage.PENGUSULAN: {Need.EXPLAINED, Need.COMPLETE},
    }


def given_answer(code: str, **counts: int) -> GivenAnswer:
    return GivenAnswer(code, Answer(inputs=counts), None, (), 1, "x", NOON)


def test_counts_that_lack_one_of_their_set_differ_from_nothing() -> None:
    """Source: lke.md section 7: such a set is not present, and the next layer stands."""
    ratio = "A.II.6.i.b"
    whole, part = given_answer(ratio, n1=4, n2=2), given_answer(ratio, n1=3)
    assert standing_before([whole], [part]) == {ratio: whole.answer}
    check_explained([part], standing_before([whole]))
    with pytest.raises(UnexplainedDifferencesError):
        check_explained([given_answer(ratio, n1=3, n2=2)], standing_before([whole]))


def test_every_return_gives_a_reason_and_a_new_round() -> None:
    returns = [one for one in TABLE if one.act is Act.RETURN]
    assert {one.source for one in returns} == {Stage.PENILAIAN_PENDAHULUAN, Stage.PENILAIAN_TPI}
    for one in returns:
        assert one.needs_reason
        assert moved(one, Assessment("u1", 2026, one.source)).round == 2


def test_both_ways_of_handing_in_ask_for_a_whole_sheet_and_freeze_it() -> None:
    handing_in = [one for one in TABLE if one.act in {Act.SUBMIT, Act.RESUBMIT}]
    assert len(handing_in) == 4
    for one in handing_in:
        assert {Need.COMPLETE, Need.FINDINGS_ANSWERED} <= set(one.needs)
        assert (one.freezes, one.side) == (Layer.UNIT, Side.UNIT)


def test_nothing_leads_on_from_an_end_but_the_loss_of_a_predicate() -> None:
    assert {(one.act, one.source) for one in TABLE if one.source in ENDS} == {(Act.REVOKE, Stage.DITETAPKAN)}


def member(role: AssessorRole = AssessorRole.ANGGOTA) -> Assessor:
    return Assessor(uuid4(), "t1", str(uuid4()), "Inspektorat", role, None, is_active=True, version=1)


def test_a_team_shares_the_minutes_of_a_unit_whole() -> None:
    shares = equal_shares([member() for _ in range(4)], 390)
    assert [share.minutes for share in shares] == [98, 98, 97, 97]
    assert equal_shares([], 390) == ()


def test_limits_are_refused_with_their_figures() -> None:
    check_minutes([Share(uuid4(), (), 200), Share(uuid4(), (), 190)], 390)
    with pytest.raises(UnitOverworkedError, match=r"391 .*390"):
        check_minutes([Share(uuid4(), (), 200), Share(uuid4(), (), 191)], 390)
    check_room(13, 14)
    with pytest.raises(TeamFullError, match=r"14 .*14"):
        check_room(14, 14)


def test_the_shipped_practice_has_the_figures_of_its_sources() -> None:
    found = practice()
    assert (found.team_units, found.unit_minutes, len(found.tpi_rounds)) == (14, 390, 2)
    assert found.last_days == {Window.PENGUSULAN: (5, 31)}


GOOD: dict[str, Any] = {
    "agency_types": {"values": ["kementerian"], "preliminary": [], "source": "x"},
    "tpi_rounds": {"finished_by": [["ketua"]], "source": "x"},
    "limits": {"team_units": 1, "unit_minutes": 1, "source": "x"},
    "last_days": {"source": "x"},
}


@pytest.mark.parametrize(
    ("block", "change", "said"),
    [
        ("limits", {"source": ""}, "names no source"),
        ("limits", {"team_units": 0}, "at least 1"),
        ("agency_types", {"preliminary": ["lembaga"]}, "no types"),
        ("tpi_rounds", {"finished_by": []}, "somebody who ends it"),
        ("tpi_rounds", {"finished_by": [["ketua"], []]}, "somebody who ends it"),
        ("tpi_rounds", {"finished_by": [["kepala"]]}, "no role"),
        ("last_days", {"pengusulan": "31-05"}, "no month and day"),
        ("last_days", {"pengusulan": "02-29"}, "no month and day"),
        ("last_days", {"makan": "05-31"}, "no window"),
    ],
)
def test_practice_that_makes_no_sense_is_refused_at_load(
    block: str, change: dict[str, Any], said: str
) -> None:
    assert parse(GOOD).team_units == 1
    with pytest.raises(PracticeDataError, match=said):
        parse(GOOD | {block: GOOD[block] | change})


def test_every_act_has_a_command() -> None:
    assert {*SAID, Act.DECIDE, Act.REVOKE} == set(Act)


def test_every_refusal_of_stages_has_a_name_of_its_own() -> None:
    from services.planning.stages.domain import findings, refusals, windows

    kinds = {
        kind
        for module in (refusals, findings, windows)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind is not DomainError
    }
    assert len({kind.code for kind in kinds}) == len(kinds)
