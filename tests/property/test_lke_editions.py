"""Two editions side by side: each is counted right for every set of answers, in any order of counting."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.instruments.lke import lke_instrument, score
from shared.instruments.lke.load import read
from tests.property.test_lke_arithmetic import naive_points
from tests.support.lke_editions import filled, next_data, next_instrument

EDITIONS = ((lke_instrument(), read("instrument.json")), (next_instrument(), next_data()))


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([0.02, 0.3]))
def test_a_second_implementation_gives_the_score_of_each_edition_in_both_modes(
    hand: Random, blanks: float
) -> None:
    turns = hand.sample([(*one, is_workbook) for one in EDITIONS for is_workbook in (False, True)], 4)
    for instrument, data, is_workbook in turns:
        layer = filled(instrument, hand, blanks)
        found = score(layer, "workbook" if is_workbook else "zero", instrument=instrument)
        for code, expected in naive_points(layer, is_workbook=is_workbook, data=data).items():
            node = found.total if code == "TOTAL" else found.nodes[code]
            assert (node.error if node.points is None else node.points) == expected
