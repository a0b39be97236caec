"""What goes on in each unit of the sample agency, chosen so that every situation can be seen once."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shared.instruments.lke import Predicate


@dataclass(frozen=True)
class Survey:
    """A campaign with its people: invited, then `refused` or willing, and of the willing `answered`.

    `stars` is the mean answer aimed at for each index, on the instrument's own scale.
    """

    regime: Literal["mandiri.2023", "skm.2017"]
    refused: int
    willing: int
    answered: int
    stars: Mapping[str, str]
    is_closed: bool = False

    @property
    def invited(self) -> int:
        """How many people get an invitation: some have not decided yet."""
        return self.refused + self.willing + 4


@dataclass(frozen=True)
class Situation:
    """How a unit's worksheet, plan and survey look.

    `goal` is the total aimed at from above, in points, while the met gates of `holds` stay met. `weak_area`
    is filled so badly that its gate fails. `filled` is the share of answered items. `ipak` and `ipkp` are
    external indices 0-4, `performance` is the letter of B.I.b. `tpi` and `tpn` are how many items these
    assessors see lower than the layer below theirs; None: they have not assessed. `is_returned`: they gave
    the worksheet back with a finding. `planned` activities of the plan are entered, `done` of them completed.
    """

    target: Predicate
    goal: Fraction = Fraction(100)
    holds: Predicate | None = None
    weak_area: int | None = None
    filled: Fraction = Fraction(1)
    ipak: str = "3.70"
    ipkp: str = "3.50"
    performance: str = "B"
    is_case_03: bool = False
    tpi: int | None = None
    tpn: int | None = None
    is_returned: bool = False
    planned: int = 12
    done: int = 6
    survey: Survey | None = None

    @property
    def is_handed_in(self) -> bool:
        """Whether the worksheet was handed in, so that it was whole."""
        return self.tpi is not None or self.is_returned


SITUATIONS = {
    # two gates short: the total by a hair, and IPAK at 3.55
    "contoh-melati": Situation(
        "WBK", Fraction("74.4"), "WBK", ipak="3.55", ipkp="3.30", planned=117, done=27,
        survey=Survey("mandiri.2023", 5, 34, 32, {"ipak": "5.30", "ipkp": "5.05"}),
    ),
    # passes WBBM
    "contoh-cendana": Situation(
        "WBBM", Fraction("91.5"), "WBBM", ipak="3.82", ipkp="3.76", performance="A", planned=20, done=17,
        survey=Survey("mandiri.2023", 3, 40, 38, {"ipak": "5.75", "ipkp": "5.65"}),
    ),
    # passes WBK on paper, two people short in the survey
    "contoh-kenanga": Situation(
        "WBK", Fraction("80.5"), "WBK", ipak="3.66", ipkp="3.42", planned=14, done=9,
        survey=Survey("mandiri.2023", 6, 28, 28, {"ipak": "5.60", "ipkp": "5.20"}),
    ),
    # the answers of case 03, three of them still open
    "contoh-jati": Situation("WBBM", is_case_03=True, planned=14, done=11),
    # nominated for WBBM; all three layers differ
    "contoh-meranti": Situation(
        "WBBM", Fraction(89), "WBBM", ipak="3.78", ipkp="3.64", tpi=6, tpn=16, planned=14, done=11,
        survey=Survey("skm.2017", 0, 22, 20, {"ikm": "3.30"}, is_closed=True),
    ),
    # far from WBK; its assessors gave the worksheet back
    "contoh-anggrek": Situation(
        "WBK", Fraction(46), ipak="3.10", ipkp="2.90", performance="D", is_returned=True, planned=12, done=2,
    ),
    # has WBK, wants WBBM, has just opened its survey; its assessors see some of it otherwise
    "contoh-flamboyan": Situation(
        "WBBM", Fraction("82.5"), "WBK", ipak="3.65", ipkp="3.50", tpi=9, planned=14, done=10,
        survey=Survey("mandiri.2023", 1, 6, 4, {"ipak": "5.50", "ipkp": "5.40"}),
    ),
    # nothing filled
    "contoh-ulin": Situation("WBK", filled=Fraction(0), planned=6, done=0),
    # half filled
    "contoh-mahoni": Situation("WBK", Fraction(80), filled=Fraction(1, 2), planned=12, done=4),
    # complaints lie about: area 5 fails
    "contoh-cempaka": Situation("WBK", Fraction("75.5"), "WBK", weak_area=5, planned=14, done=7),
    # good work, bad service: IPKP fails in worksheet and survey
    "contoh-pala": Situation(
        "WBK", Fraction(76), "WBK", ipak="3.62", ipkp="3.05", planned=12, done=7,
        survey=Survey("mandiri.2023", 4, 33, 31, {"ipak": "5.55", "ipkp": "4.60"}),
    ),
    # an inspectorate without a service of its own has begun
    "contoh-matoa": Situation("WBK", Fraction(90), filled=Fraction(3, 10), planned=12, done=2),
}  # fmt: skip
