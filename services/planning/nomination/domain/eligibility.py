"""Whether a unit may be proposed: every reason against it at once, and what each precondition stands at.

The score is no part of it: see `gates`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.planning.nomination.domain.predicates import Award, Giver, waits_until
from services.planning.nomination.domain.rules import (
    Category,
    Precondition,
    Rules,
    State,
    Subject,
    rules_for,
)
from services.planning.units.domain import Unit
from shared.indonesian import day
from shared.kernel import PREDICATES, Predicate

Outcome = Literal["eligible", "open", "refused"]
"""May be proposed; might be, were what is unknown told; may not be."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a precondition: a canonical value, None for "not known", and what proves it."""

    value: str | None
    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a unit and its agency in a year, on a day in the unit's zone.

    `told` is by code of precondition; `rule_set` is the one that the unit's programme of the year pinned,
    None without a programme; `agency_type` None is not known.
    """

    on: date
    told: Mapping[str, Told]
    awards: Sequence[Award] = ()
    rule_set: str | None = None
    agency_type: str | None = None

    def value(self, code: str) -> str | None:
        """Return what was told, None for what is not known."""
        known = self.told.get(code)
        return None if known is None else known.value


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a proposal cannot stand (or, as a warning, looks wrong); `said` is an Indonesian sentence.

    `precondition` names the row of Tabel 5, where it is one.
    """

    code: str
    said: str
    precondition: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One precondition as it stands for a category: what is asked, what was told, and by what proof."""

    precondition: Precondition
    required: str
    words: str
    """What is asked, as a sentence says it."""
    state: State
    told: Told
    is_deferred: bool
    """Afirmasi lets it wait."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answer for one unit and category: no reason means it may be proposed."""

    category: Category
    rules: Rules
    reasons: tuple[Reason, ...]
    standings: tuple[Standing, ...]

    @property
    def outcome(self) -> Outcome:
        if not self.reasons:
            return "eligible"
        return "open" if {reason.code for reason in self.reasons} <= _OPEN else "refused"


_OPEN = {"precondition_unknown"}


def eligibility(unit: Unit, category: Category, facts: Facts, year: int) -> Eligibility:
    """Return every reason against proposing a unit for a category, and how each precondition stands.

    Source: PermenPANRB 90/2021 Lampiran II Bab II Tabel 5, restated by 5/2024; lke.md sections 7 and 8;
    requirements R-017, R-224.
    """
    rules = rules_for(year, facts.rule_set)
    standings = _standings(category, facts, rules)
    reasons = [
        *_of_unit(unit, facts, rules),
        *_of_affirmation(unit, category, facts, rules),
        *(reason for one in standings if (reason := _of_standing(one)) is not None),
        *_of_awards(category, facts, rules),
    ]
    return Eligibility(category, rules, tuple(reasons), standings)


def agency_eligibility(
    told: Mapping[str, Told], agency_type: str | None, rules: Rules
) -> dict[Predicate, bool]:
    """Tell for which predicates an agency may propose at all: by what is asked of itself, or by afirmasi."""
    values = {code: known.value for code, known in told.items()}
    kind = rules.kind_of(agency_type)
    met = {
        predicate: all(
            one.state(values.get(one.code), predicate, kind) is State.YES for one in rules.of("agency")
        )
        for predicate in PREDICATES
    }
    offered = rules.affirmation
    if offered is not None and kind == offered.kind_of_agency:
        voiding = [one for one in rules.of("agency") if one.voids]
        met[offered.predicate] |= all(
            one.state(values.get(one.code), offered.predicate, kind) is State.YES for one in voiding
        )
    return met


def _of_unit(unit: Unit, facts: Facts, rules: Rules) -> list[Reason]:
    found = []
    if unit.merged_into is not None:
        found.append(Reason("unit_merged", "Unit ini sudah digabung ke unit lain."))
    elif not unit.is_active:
        found.append(Reason("unit_inactive", "Unit ini tidak aktif."))
    if not rules.is_high_enough(unit.echelon):
        found.append(
            Reason(
                "echelon_too_low",
                f"Unit ini setingkat eselon {unit.echelon}; yang diusulkan paling rendah eselon "
                f"{rules.lowest_echelon}.",
            )
        )
    if not unit.has_service_function:
        found.append(Reason("no_service_function", "Unit ini tidak mempunyai fungsi pelayanan."))
    if facts.rule_set is None:
        found.append(Reason("programme_missing", "Unit ini belum punya program tahun itu."))
    return found


def _of_affirmation(unit: Unit, category: Category, facts: Facts, rules: Rules) -> list[Reason]:
    if category is not Category.AFFIRMATION:
        return []
    offered = rules.affirmation
    if offered is None:
        return [Reason("affirmation_not_offered", "Peraturan tahun itu tidak mengenal afirmasi.")]
    found = []
    if rules.kind_of(facts.agency_type) != offered.kind_of_agency:
        found.append(Reason("affirmation_agency", "Afirmasi hanya bagi unit pemerintah daerah."))
    if not offered.covers(unit):
        kinds = ", ".join(offered.unit_types.values())
        found.append(Reason("affirmation_kind", f"Afirmasi hanya bagi jenis unit {kinds}."))
    return found


def _standings(category: Category, facts: Facts, rules: Rules) -> tuple[Standing, ...]:
    kind, predicate = rules.kind_of(facts.agency_type), category.predicate
    return tuple(
        Standing(
            precondition=one,
            required=one.required_of(predicate),
            words=one.words_of(predicate),
            state=one.state(facts.value(one.code), predicate, kind),
            told=facts.told.get(one.code, Told(None)),
            is_deferred=category is Category.AFFIRMATION and one.subject == "agency" and not one.voids,
        )
        for one in rules.preconditions.values()
    )


_WHOSE: Mapping[Subject, str] = {"agency": "Instansi", "unit": "Unit"}


def _of_standing(one: Standing) -> Reason | None:
    if one.is_deferred or one.state is State.YES:
        return None
    asked, title = one.precondition, one.precondition.title
    if one.state is State.UNKNOWN:
        said = f"{_WHOSE[asked.subject]}: {title} belum diketahui (syarat: {one.words})."
        return Reason("precondition_unknown", said, asked.code)
    if asked.voids:
        return Reason("proposal_void", f"{title}: usulan gugur.", asked.code)
    said = f"{_WHOSE[asked.subject]}: {title} tidak memenuhi syarat {one.words}."
    return Reason("precondition_unmet", said, asked.code)


def _of_awards(category: Category, facts: Facts, rules: Rules) -> list[Reason]:
    found = []
    until = waits_until(facts.awards, rules.revoked_wait_years)
    if until is not None and facts.on < until:
        found.append(
            Reason(
                "waits_after_revocation",
                f"Predikat unit ini dicabut; unit baru dapat diusulkan lagi mulai {day(until)}.",
            )
        )
    if category is Category.WBBM:
        found += _of_earlier_wbk([award for award in facts.awards if award.predicate == "WBK"], facts, rules)
    return found


def _of_earlier_wbk(earlier: Sequence[Award], facts: Facts, rules: Rules) -> list[Reason]:
    counted = [award for award in earlier if rules.counts_mandiri or award.giver is not Giver.MANDIRI]
    if any(award.is_valid(facts.on) for award in counted):
        return []
    if counted and all(award.revoked for award in counted):
        return [
            Reason("wbk_revoked", "Predikat WBK unit ini sudah dicabut; WBBM memerlukan WBK yang berlaku.")
        ]
    if earlier and not counted:
        return [Reason("wbk_mandiri", "WBK mandiri belum diperhitungkan oleh peraturan tahun itu.")]
    return [
        Reason("wbk_missing", "WBBM memerlukan WBK yang sudah ditetapkan dan berlaku, dengan tanggal SK-nya.")
    ]


@dataclass(frozen=True, slots=True)
class KawasanProposal:
    """Several units proposed together; `integration` is the score of it, 0-10, None when not given."""

    name: str
    integration: Decimal | None
    members: tuple[Category, ...]


def kawasan_reasons(proposed: KawasanProposal, rules: Rules) -> tuple[Reason, ...]:
    """Return why a kawasan cannot stand: too few units, two predicates, integration missing or too low.

    That each of its units must pass by itself is asked unit by unit. Source: lke.md section 8.
    """
    found = []
    if len(proposed.members) < rules.kawasan.least_units:
        said = f"Kawasan {proposed.name} terdiri atas paling sedikit {rules.kawasan.least_units} unit."
        found.append(Reason("kawasan_too_small", said))
    predicates = {category.predicate for category in proposed.members}
    if len(predicates) > 1:
        said = f"Semua unit kawasan {proposed.name} diusulkan untuk predikat yang sama."
        found.append(Reason("kawasan_mixed", said))
    for predicate in sorted(predicates):
        floor = rules.kawasan.integration[predicate]
        if proposed.integration is None:
            found.append(
                Reason("integration_missing", f"Nilai integrasi kawasan {proposed.name} belum diisi.")
            )
            break
        if proposed.integration < floor:
            found.append(
                Reason(
                    "integration_too_low",
                    f"Nilai integrasi kawasan {proposed.name} kurang {_comma(floor - proposed.integration)} "
                    f"dari syarat {predicate} {_comma(floor)}.",
                )
            )
    return tuple(found)


def _comma(number: Decimal) -> str:
    return format(number, "f").replace(".", ",")
