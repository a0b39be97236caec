"""Exact indices from running sums: integers and `Fraction`, never a float, never a shown number.

Source: survey.md section 8; PermenPANRB 14/2017 Lampiran I Bab V (SKM); SE MenPANRB 04/2023 (IPAK, IPKP).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shared.instruments.survey.model import INDEX_TOP, IndexCode, Item, Regime, Scale, WeightProfile

IKM_PER_NI = 25
"""IKM = NI x 25. Source: PermenPANRB 14/2017, Lampiran I Bab V."""


@dataclass(frozen=True, slots=True)
class ItemSum:
    """`n` people answered the item, their scores sum to `total`."""

    n: int = 0
    total: int = 0

    @property
    def mean(self) -> Fraction | None:
        """NRR of the item, exact; null while nobody answered, never 0."""
        return Fraction(self.total, self.n) if self.n else None


Sums = Mapping[str, ItemSum]


@dataclass(frozen=True, slots=True)
class Indices:
    """What a campaign's sums say; null while an item of the index has no answer.

    `ipak`, `ipkp` 0-4; `ni` 1-4; `ikm` 25-100 with its `grade` (null below the lowest bound).
    """

    ipak: Fraction | None = None
    ipkp: Fraction | None = None
    ni: Fraction | None = None
    ikm: Fraction | None = None
    grade: str | None = None


def indices(regime: Regime, items: Sequence[Item], sums: Sums, policies: Mapping[str, str]) -> Indices:
    """Return the indices of the items in use under a campaign's pinned policies.

    A regime without own questionnaire has none: its values come from outside.
    """
    if regime.instrument is None:
        return Indices()
    if regime.grade_table is not None:
        terms = weighted_means(regime.weight_profiles[policies["weights"]], items, sums)
        if terms is None:
            return Indices()
        ni = sum(terms.values(), Fraction(0))
        ikm = IKM_PER_NI * ni
        return Indices(ni=ni, ikm=ikm, grade=regime.grade_table.grade(ikm))
    scale, conversion = regime.instrument.scale, policies["conversion"]
    return Indices(
        ipak=convert(mean_of_means("ipak", items, sums), scale, conversion),
        ipkp=convert(mean_of_means("ipkp", items, sums), scale, conversion),
    )


def mean_of_means(index: IndexCode, items: Sequence[Item], sums: Sums) -> Fraction | None:
    """Return `(1/k) sum S_i/n_i` over the k items of one index, on the raw scale."""
    means = [sums.get(item.key, ItemSum()).mean for item in items if item.index == index]
    known = [mean for mean in means if mean is not None]
    return sum(known, Fraction(0)) / len(known) if known and len(known) == len(means) else None


def convert(raw: Fraction | None, scale: Scale, conversion: str) -> Fraction | None:
    """Bring an index from its raw scale to the scale whose top is 4; the index, not each answer.

    `ratio` multiplies by 4/top (2x/3 from 1-6) and is never above `affine`, which stretches the raw scale
    onto 1-4 (1 + 3(x-1)/5). The circular gives no formula. Source: survey.md section 8.2.
    """
    if raw is None:
        return None
    if conversion == "ratio":
        return raw * INDEX_TOP / scale.high
    if conversion == "affine":
        return 1 + (raw - scale.low) * (INDEX_TOP - 1) / (scale.high - scale.low)
    raise ValueError(f"unknown conversion {conversion}")


def unconvert(value: Fraction, scale: Scale, conversion: str) -> Fraction:
    """Return the raw index that `convert` would bring to `value`: what a floor asks of the answers."""
    if conversion == "ratio":
        return value * scale.high / INDEX_TOP
    if conversion == "affine":
        return scale.low + (value - 1) * (scale.high - scale.low) / (INDEX_TOP - 1)
    raise ValueError(f"unknown conversion {conversion}")


def weighted_means(profile: WeightProfile, items: Sequence[Item], sums: Sums) -> dict[str, Fraction] | None:
    """Return weight x NRR by item key, exact; null while an item has no answer.

    Raises `ValueError` when a literal profile meets another number of items than it was printed for.
    """
    if not profile.is_for(len(items)):
        raise ValueError(f"weights {profile.id} hold for {profile.items} items, not {len(items)}")
    weight = profile.each if profile.each is not None else Fraction(1, len(items))
    terms: dict[str, Fraction] = {}
    for item in items:
        mean = sums.get(item.key, ItemSum()).mean
        if mean is None:
            return None
        terms[item.key] = weight * mean
    return terms
