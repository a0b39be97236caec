"""Survey's verdict on a unit and predicate: told by survey as classes and counts, not judged here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

from shared.instruments.lke import Predicate
from shared.instruments.survey.load import regime, regimes
from shared.instruments.survey.model import INDEX_TOP

INDEX_GATES: Mapping[str, str] = {"B.I.a": "ipak", "B.II": "ipkp"}
"""LKE gates whose index the survey has a threshold for as well."""


@dataclass(frozen=True, slots=True)
class SurveyVerdict:
    """The deciding campaign of a unit's year on one predicate.

    `failed` names the thresholds missed (willing, respondents, ipak, ipkp), `unknown` those of them whose
    index is not known yet. `index_basis` tells whose indices were judged: the campaign's own, or external.
    """

    predicate: Predicate
    campaign_id: str
    period: str
    regime: str
    failed: Sequence[str]
    unknown: Sequence[str]
    willing: int
    finished: int
    willing_minimum: int
    finished_minimum: int
    index_basis: Literal["own", "external"]

    @property
    def is_met(self) -> bool:
        return not self.failed

    def index_floor(self, index: str) -> Fraction | None:
        """Return the floor of `ipak` or `ipkp`; None where the regime states none."""
        floors = {gate.code: gate.minimum[self.predicate] for gate in regime(self.regime).gates}
        return next((floor for code, floor in floors.items() if code == index), None)


class SurveyStatus(NamedTuple):
    """A verdict to publish: the columns of its row but the version; several names stand in one text.

    An index is released apart from it.
    """

    campaign_id: str
    predicate: str
    unit_id: str
    year: int
    result: str
    failed: str
    n: int
    willing: int
    policy_ids: str
    ipak: None = None
    ipkp: None = None


class Fields(Protocol):
    """A row whose values are reached by name."""

    def __getitem__(self, name: str, /) -> Any: ...


def survey_verdict(row: Fields) -> SurveyVerdict | None:
    """Return the verdict that a threshold's row tells, None for a row without one.

    Counts are those of the tally, which moves with every person, unless they contradict the class: then the
    tally is a moment ahead or behind, and the counts that were judged stand.
    """
    if row["result"] is None:
        return None
    failed = row["failed"]

    def newest(gate: str, live: int | None, judged: int, minimum: int) -> int:
        return live if live is not None and (live < minimum) == (gate in failed) else judged

    return SurveyVerdict(
        predicate=row["predicate"],
        campaign_id=row["campaign_id"],
        period=row["period"],
        regime=row["regime"],
        failed=failed,
        unknown=row["unknown"],
        willing=newest("willing", row["live_willing"], row["willing"], row["willing_minimum"]),
        finished=newest("respondents", row["live_n"], row["finished"], row["finished_minimum"]),
        willing_minimum=row["willing_minimum"],
        finished_minimum=row["finished_minimum"],
        index_basis=row["index_basis"],
    )


def chosen_conversion(regime_id: str, policy_ids: Iterable[str]) -> str | None:
    """Return the conversion to scale 4 that the agency chose in place of the regime's own, or None."""
    known = regimes().get(regime_id)
    default = known.default_policies().get("conversion") if known is not None else None
    choices = (
        choice for kind, _, choice in (policy.partition(".") for policy in policy_ids) if kind == "conversion"
    )
    return next((choice for choice in choices if choice != default), None)


def tally_fault(regime_id: str, ipak: str | None, ipkp: str | None) -> str | None:
    """Return why a tally cannot be true, or None: `unknown_regime`, `index_out_of_range`."""
    if regime_id not in regimes():
        return "unknown_regime"
    indices = [Fraction(text) for text in (ipak, ipkp) if text is not None]
    return None if all(0 <= index <= INDEX_TOP for index in indices) else "index_out_of_range"


def threshold_fault(
    regime_id: str, entries: Iterable[tuple[str, str, Sequence[str], Sequence[str]]]
) -> str | None:
    """Return why thresholds cannot be true, or None; entries are predicate, result, failed, unknown.

    `unknown_regime`, `unknown_gate` (one the regime has no floor for), `contradictory_result` (met with a
    failed gate, not met without one, an unknown index that did not fail, a predicate judged twice).
    """
    if regime_id not in regimes():
        return "unknown_regime"
    gates = {gate.code for gate in regime(regime_id).gates}
    judged = set()
    for predicate, result, failed, unknown in entries:
        if not gates.issuperset(failed):
            return "unknown_gate"
        if (result == "met") == bool(failed) or not set(failed).issuperset(unknown) or predicate in judged:
            return "contradictory_result"
        judged.add(predicate)
    return None
