"""The plot of a bench run is one well-formed picture that names every side."""

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.bench.measure import Bar, report
from tests.bench.plot import FIGURES, LABELS, OURS, WIDTH, svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def results() -> list[dict[str, Any]]:
    bars = [
        Bar("events/s", "ours", [20_000.0, 25_000.0, 22_000.0]),
        Bar("events/s", "quixstreams <tuned> & more", [10_000.0, 11_000.0, 12_000.0]),
        Bar("memory, MB", "ours", [0.0]),
    ]
    return [report("B1", "scored durably", (), (), bars=bars), report("B2", "without bars", (), ())]


@pytest.fixture
def picture(results: list[dict[str, Any]]) -> Element:
    return fromstring(svg(results, ["2 cores, load 0.10"]))


def test_every_side_and_the_conditions_are_named(picture: Element) -> None:
    words = [one.text for one in picture.iter(f"{SVG}text")]
    assert {"B1: scored durably", "events/s", "quixstreams <tuned> & more", "2 cores, load 0.10"} <= {*words}
    assert "22,000 (20,000–25,000)" in words
    assert not [one for one in words if one and one.startswith("B2")]


def test_bars_of_a_panel_share_a_scale_and_stay_inside(picture: Element) -> None:
    bars = [one for one in picture.iter(f"{SVG}rect") if one.get("x") == str(LABELS)]
    ours, peer, none = (float(one.get("width", "nan")) for one in bars)
    room = WIDTH - LABELS - FIGURES
    assert ours == pytest.approx(room * 22 / 25, abs=0.1)
    assert peer == pytest.approx(room * 11 / 25, abs=0.1)
    assert none == 0
    assert [one.get("fill") == OURS for one in bars] == [True, False, True]


def test_without_results_it_is_a_picture_still() -> None:
    assert fromstring(svg([], [])).tag == f"{SVG}svg"
