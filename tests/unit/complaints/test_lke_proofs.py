"""What handling proves for yes/no items of the LKE, and what proves nothing."""

from dataclasses import replace
from datetime import date

from services.complaints.decrees.domain import Decree
from services.complaints.handling.data import norms
from services.complaints.handling.domain.figures import Figures
from services.complaints.handling.domain.proofs import proofs
from services.complaints.handling.domain.responsive import Responsiveness, responsiveness
from tests.unit.complaints.test_decrees import FIRST, TEAM, WITHOUT_DECREE

SERVING = replace(TEAM, streams=("masyarakat", "pelayanan"))
NONE_YET = replace(WITHOUT_DECREE, streams=("pelayanan",))


def met(**given: object) -> set[str]:
    asked = {"serving": (), "day": FIRST, "totals": {}, "evaluated": {}} | given
    return {one.item for one in proofs(**asked) if one.is_met}  # type: ignore[arg-type]


def test_without_anything_every_item_says_what_is_missing() -> None:
    found = proofs((), FIRST, {"masyarakat": Figures()}, {})
    assert [one.item for one in found] == [
        "A.I.5.iii.b", "A.I.5.iii.c", "A.I.5.v.d", "A.I.6.iii.b", "A.I.6.iii.c",
    ]  # fmt: skip
    assert not any(one.is_met for one in found)
    assert all(one.words for one in found)


def test_of_public_complaints_that_were_not_counted_nothing_is_said() -> None:
    told = {one.item for one in proofs((), FIRST, {"pelayanan": Figures(completed=3)}, {})}
    assert "A.I.5.iii.b" not in told


def test_a_decree_in_force_for_service_complaints_proves_the_designated_unit() -> None:
    assert met(serving=(SERVING,)) == {"A.I.6.iii.b"}
    assert met(serving=(TEAM,)) == set(), "it handles public complaints alone"
    assert met(serving=(SERVING,), day=date(2026, 7, 1)) == set()


def test_a_unit_that_was_carried_over_without_its_decree_proves_nothing() -> None:
    assert met(serving=(NONE_YET,)) == set()
    entered = replace(NONE_YET, decree=Decree("SK-9/2026", FIRST, FIRST, None))
    assert met(serving=(NONE_YET, entered)) == {"A.I.6.iii.b"}


def test_each_stream_has_an_evaluation_of_its_own() -> None:
    assert met(evaluated={"masyarakat": ["tahun 2026"]}) == {"A.I.5.iii.c"}
    assert met(evaluated={"pelayanan": ["tahun 2026"]}) == {"A.I.6.iii.c"}
    assert met(evaluated={"benturan_kepentingan": ["tahun 2026"]}) == {"A.I.5.v.d"}


def test_follow_up_is_proved_when_every_public_complaint_is_completed_and_there_is_one() -> None:
    assert met(totals={"masyarakat": Figures(completed=3)}) == {"A.I.5.iii.b"}
    assert met(totals={"masyarakat": Figures(completed=3, in_progress=1)}) == set()
    assert met(totals={"pelayanan": Figures(completed=3)}) == set()


def responsive(kinds: list[str], in_time: int, due: int) -> Responsiveness:
    return responsiveness(norms(), kinds, Figures(first_in_time=in_time, first_due=due))


def test_fast_answers_by_channels_of_two_kinds_propose_an_a() -> None:
    one = responsive(["loket", "telepon"], 9, 10)
    assert (one.is_many, one.is_fast, one.answer) == (True, True, "A")
    assert "A.II.6.ii.a" in met(responsive=one)


def test_a_share_below_the_norm_one_kind_or_no_complaint_is_left_to_a_person() -> None:
    for one in (
        responsive(["loket", "telepon"], 8, 9),
        responsive(["telepon", "telepon"], 10, 10),
        responsive([], 10, 10),
        responsive(["loket", "telepon"], 0, 0),
    ):
        assert one.answer is None
        [said] = [each for each in proofs((), FIRST, {}, {}, one) if each.item == "A.II.6.ii.a"]
        assert not said.is_met
    assert responsive(["loket"], 0, 0).is_fast is None
    assert not norms().is_confirmed, "the norm is our own until somebody confirms it"
    assert norms().source
