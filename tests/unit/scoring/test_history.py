from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID

from services.scoring.domain.changes import Change
from services.scoring.domain.history import (
    BEGIN,
    RECOUNT,
    Day,
    Moment,
    Told,
    between,
    days,
    lines_of,
    pack_causes,
    turns,
)
from services.scoring.domain.scores import pack_parts, part_texts
from shared.instruments.lke import gate_minima, gate_points, rule_set, totals
from shared.kernel import Zone

RULES = rule_set("panrb-90-2021")
AT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
EVENT = UUID("01890000-0000-7000-8000-000000000001")


def cause(code: str, delta: str, *, at: datetime = AT, letter: str | None = "B") -> Change:
    detail = {"layer": "unit", "origin": "typed", "answer": letter}
    return Change("u", 2026, at, code, delta, "answer", detail, EVENT)


def told(total: str, *causes: Change, at: datetime = AT) -> Told:
    return Told(at, total, pack_causes(causes))


def test_a_line_keeps_time_item_exact_points_reason_and_event() -> None:
    (line,) = lines_of(pack_causes([cause("A.I.1.i.a", "-1/3")]))
    assert (line.at, line.subject, line.delta, line.event_id) == (AT, "A.I.1.i.a", Fraction(-1, 3), EVENT)
    assert (line.cause, line.text) == ("answer", "jawaban unit menjadi B")


def test_lines_between_two_moments_sum_to_what_total_moved_by() -> None:
    moments = [
        told("3/2", cause("A.I.1.i.a", "1"), cause("A.I.1.ii", "1/2")),
        told("7/6", cause("A.I.1.i.a", "-1/3")),
    ]
    story = between(None, moments)
    assert (story.before, story.after) == (Fraction(0), Fraction(7, 6))
    assert sum(line.delta for line in story.lines) == story.delta
    assert [line.delta for line in story.lines] == [Fraction(-1, 3), Fraction(1, 2), Fraction(1)]
    assert story.by_subject() == {"A.I.1.i.a": Fraction(2, 3), "A.I.1.ii": Fraction(1, 2)}
    later = between(moments[0], moments[1:])
    assert (later.before, later.delta, len(later.lines)) == (Fraction(3, 2), Fraction(-1, 3), 1)


def test_what_no_line_tells_is_a_line_of_its_own() -> None:
    story = between(told("10"), [told("12", cause("A.I.1.i.a", "1/2")), told("12")])
    assert [(line.cause, line.delta) for line in story.lines] == [
        ("answer", Fraction(1, 2)),
        (RECOUNT, Fraction(3, 2)),
    ]
    assert sum(line.delta for line in story.lines) == story.delta == 2
    assert story.lines[-1].text == "sebabnya tidak tercatat"


def test_a_story_that_begins_with_what_stood_says_so() -> None:
    story = between(None, [told("10"), told("12", cause("A.I.1.i.a", "2"))])
    assert [(line.cause, line.delta) for line in story.lines] == [
        ("answer", Fraction(2)),
        (BEGIN, Fraction(10)),
    ]
    assert story.lines[-1].text == "riwayat dimulai dari nilai ini"


def test_a_layer_whose_causes_nobody_keeps_has_no_lines() -> None:
    story = between(told("10"), [told("11"), told("12")], has_causes=False)
    assert (story.before, story.after, story.lines) == (Fraction(10), Fraction(12), ())
    assert between(None, [], has_causes=False).delta == 0


def test_an_item_that_went_up_and_down_again_moved_nothing() -> None:
    story = between(None, [told("1", cause("B.I.b", "1")), told("0", cause("B.I.b", "-1"))])
    assert story.by_subject() == {}
    assert story.delta == 0


def test_parts_are_the_points_of_gates_by_code_to_twelve_decimals_rounded_down() -> None:
    numbers = [10**12 // 3, *gate_points(totals({}), RULES)[1:]]
    packed = pack_parts(numbers, RULES)
    texts = part_texts(packed)
    assert texts is not None
    assert texts.keys() == gate_minima(RULES, "WBK").keys()
    assert list(texts) == sorted(texts)
    assert (texts["TOTAL"], texts["A"]) == ("0.333333333333", "0.000000000000")


def test_parts_that_were_not_told_are_none() -> None:
    assert part_texts("") is None


def test_a_day_is_that_of_where_the_unit_is() -> None:
    late = AT.replace(hour=15)  # midnight nine hours ahead
    moments = [Moment("u", 2026, "effective", 1, late, "1/3", 5, "", "[]")]
    assert days(moments, Zone("WIB").tz) == [Day(date(2026, 3, 2), Fraction(1, 3), 5, {})]
    assert days(moments, Zone("WIT").tz)[0].day == date(2026, 3, 3)


def test_a_gate_turns_on_the_day_that_its_value_passes_the_minimum_or_falls_below() -> None:
    minima = {"TOTAL": Fraction(75), "B.I": Fraction(73, 4)}

    def on(day: int, total: int | None, hasil: str = "0") -> Day:
        parts = {} if total is None else {"TOTAL": Fraction(total), "B.I": Fraction(hasil)}
        return Day(date(2026, 3, day), Fraction(total or 0), 1, parts)

    told = [on(1, 74), on(2, 75, "73/4"), on(3, None), on(4, 76, "18"), on(5, 74, "19")]
    assert turns(told, minima) == [
        (date(2026, 3, 2), "TOTAL", True),
        (date(2026, 3, 2), "B.I", True),
        (date(2026, 3, 4), "B.I", False),
        (date(2026, 3, 5), "TOTAL", False),
        (date(2026, 3, 5), "B.I", True),
    ]


def test_gates_that_were_met_before_anybody_told_their_points_do_not_turn() -> None:
    floors = {"TOTAL": Fraction(75)}

    def on(day: int, total: int | None) -> Day:
        parts = {} if total is None else {"TOTAL": Fraction(total)}
        return Day(date(2026, 3, day), Fraction(total or 80), 1, parts)

    assert turns([on(1, None), on(2, 80), on(3, 70)], floors) == [(date(2026, 3, 3), "TOTAL", False)]
    assert turns([on(1, 80)], floors) == [(date(2026, 3, 1), "TOTAL", True)]
    assert turns([on(1, None)], floors) == []
