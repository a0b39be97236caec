"""Rules of survey campaigns: periods, states, consent, answers, and how sums move. Pure and exact."""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from shared.instruments.survey import Instrument, Item, ItemSum, Regime, regimes
from shared.kernel import DomainError, NotFoundError, Zone

TOKEN_BYTES = 16
"""128 random bits. Source: survey.md section 6.1."""
SECRET_BYTES = 32


class UnitNotFoundError(NotFoundError):
    """No active unit of that id is known here yet, or none in scope."""

    code = "unit_not_found"


class TokenUnknownError(NotFoundError):
    """Unknown and replaced tokens look alike."""

    code = "token_unknown"


class InvalidCampaignError(DomainError):
    """`details["errors"]` lists field, code and message of every fault."""

    code = "campaign_invalid"


class CampaignOverlapsError(DomainError):
    code = "campaign_overlaps"


class CampaignStateError(DomainError):
    code = "campaign_state"


class CampaignClosedError(DomainError):
    code = "campaign_closed"


class NoConsentError(DomainError):
    code = "no_consent"


class ConsentFinalError(DomainError):
    code = "consent_final"


class ConsentGivenError(DomainError):
    code = "consent_given"


class ConsentTextError(DomainError):
    code = "consent_text_outdated"


class AlreadyAnsweredError(DomainError):
    code = "already_answered"


class ResponseConflictError(DomainError):
    code = "response_conflict"


class InvalidAnswersError(DomainError):
    """`details["errors"]` lists field, code and message of every fault."""

    code = "answers_invalid"


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Decision(StrEnum):
    """What an invited person decided. `LATER` is kept, but is no consent and no fact for others."""

    WILLING = "willing"
    LATER = "later"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input, named so that a form can show it at its field."""

    field: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


_PERIOD = re.compile(
    r"(?P<year>20\d\d)(?:-(?:Q(?P<quarter>[1-4])|S(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months of one year: `2026`, `2026-S1`, `2026-Q3` or `2026-07`."""

    text: str
    year: int
    first_month: int
    last_month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a period; `ValueError` for anything else. Source: PermenPANRB 14/2017 art. 1."""
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year = int(found["year"])
        if found["quarter"]:
            last = int(found["quarter"]) * 3
            return cls(text, year, last - 2, last)
        if found["half"]:
            last = int(found["half"]) * 6
            return cls(text, year, last - 5, last)
        if found["month"]:
            return cls(text, year, int(found["month"]), int(found["month"]))
        return cls(text, year, 1, 12)


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    agency_id: str
    name: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Campaign:
    """One survey of one unit. `version` counts its changes from 1, the draft.

    `tally_version` counts published tallies; `n` valid responses, `willing` consents not withdrawn.
    """

    campaign_id: UUID
    unit: Unit
    regime_id: str
    instrument_version: str
    period: Period
    mode: str
    state: State
    policies: Mapping[str, str]
    excluded_items: tuple[str, ...]
    closes_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    version: int
    tally_version: int
    n: int
    willing: int

    @property
    def regime(self) -> Regime:
        return regimes()[self.regime_id]

    @property
    def instrument(self) -> Instrument:
        found = self.regime.instrument
        if found is None or found.version != self.instrument_version:
            raise LookupError(f"instrument {self.instrument_version} is not in the data of {self.regime_id}")
        return found

    @property
    def items(self) -> tuple[Item, ...]:
        """Items in use: all of them are mandatory."""
        return tuple(item for item in self.instrument.items if item.key not in self.excluded_items)

    @property
    def fact_version(self) -> int:
        """Count of published facts: the draft is none, opening is the first."""
        return self.version - 1

    def takes_answers(self, now: datetime) -> bool:
        """Tell whether an answer given now counts."""
        return self.state is State.OPEN and (self.closes_at is None or now < self.closes_at)


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign as asked for, checked against its regime."""

    regime: Regime
    instrument: Instrument
    period: Period
    policies: Mapping[str, str]
    excluded_items: tuple[str, ...]


def plan(regime_id: str, period: str, policies: Mapping[str, str], excluded_items: Sequence[str]) -> Plan:
    """Check a new campaign against its regime's data; every fault is reported at once.

    Raises `InvalidCampaignError`: unknown regime, one that TPN's application runs, an unreadable period, a
    policy or an exclusion that the regime does not allow, literal weights for another number of items.
    """
    regime = regimes().get(regime_id)
    if regime is None:
        raise _invalid(Fault("regime", "unknown", "Rezim survei tidak dikenal."))
    if regime.instrument is None:
        raise _invalid(
            Fault("regime", "not_run_here", "Survei ini dijalankan oleh aplikasi Tim Penilai Nasional.")
        )
    instrument = regime.instrument
    faults: list[Fault] = []
    parsed: Period | None = None
    try:
        parsed = Period.parse(period)
    except ValueError:
        faults.append(
            Fault("period", "unreadable", "Tulis periode sebagai 2026, 2026-S1, 2026-Q3, atau 2026-07.")
        )
    for kind, choice in policies.items():
        if choice not in regime.policies.get(kind, ()):
            faults.append(Fault(f"policies.{kind}", "unknown", "Pilihan kebijakan ini tidak dikenal."))
    replaceable = {item.key for item in instrument.items if item.is_replaceable}
    faults += [
        Fault(f"excluded_items.{place}", "not_replaceable", "Unsur ini tidak boleh ditiadakan.")
        for place, key in enumerate(excluded_items)
        if key not in replaceable
    ]
    pinned = regime.default_policies() | dict(policies)
    left = len(instrument.items) - len(set(excluded_items))
    profile = regime.weight_profiles.get(pinned.get("weights", ""))
    if profile is not None and not profile.is_for(left):
        faults.append(
            Fault("policies.weights", "wrong_item_count", f"Bobot ini hanya untuk {profile.items} unsur.")
        )
    if faults or parsed is None:
        raise _invalid(*faults)
    return Plan(regime, instrument, parsed, pinned, tuple(dict.fromkeys(excluded_items)))


def _invalid(*faults: Fault) -> InvalidCampaignError:
    return InvalidCampaignError(faults[0].message, errors=[fault.as_dict() for fault in faults])


def check_answers(items: Sequence[Item], instrument: Instrument, scores: Mapping[str, Any]) -> dict[str, int]:
    """Return the scores of a finished response, in item order, or refuse it with every fault named.

    All items are mandatory; a score is a whole number on the scale and never clipped. Raises
    `InvalidAnswersError`.
    """
    faults: list[Fault] = []
    for item in items:
        if item.key not in scores or scores[item.key] is None:
            faults.append(Fault(item.key, "missing", "Pilih salah satu jawaban."))
        elif scores[item.key] not in instrument.scale:
            low, high = instrument.scale.low, instrument.scale.high
            faults.append(Fault(item.key, "off_scale", f"Jawaban harus bilangan bulat {low} sampai {high}."))
    known = {item.key for item in items}
    faults += [
        Fault(key, "unknown_item", "Pertanyaan ini tidak ada dalam survei.")
        for key in scores
        if key not in known
    ]
    if faults:
        message = f"{len(faults)} jawaban belum benar."
        raise InvalidAnswersError(message, errors=[fault.as_dict() for fault in faults])
    return {item.key: scores[item.key] for item in items}


def flags_of(scores: Mapping[str, int]) -> tuple[str, ...]:
    """Return what is noticeable about an answer. It is shown, never dropped: perfect scores are normal."""
    return ("straight_line",) if len(set(scores.values())) == 1 else ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The newest known version of one finished response; `scores` None is the tombstone of a withdrawal."""

    response_id: UUID
    version: int
    scores: Mapping[str, int] | None

    def supersedes(self, other: Self | None) -> bool:
        """Tell whether this replaces what is known: a tombstone is final, else the higher version wins."""
        if other is None:
            return True
        if other.scores is None:
            return False
        return self.scores is None or self.version > other.version


def moves(old: Answer | None, new: Answer) -> dict[str, ItemSum]:
    """Return by how much `n` and `total` of each item change when `new` takes the place of `old`.

    Nothing moves when `new` does not supersede `old`, so a repeated or late fact has no effect.
    """
    if not new.supersedes(old):
        return {}
    before = old.scores if old is not None and old.scores is not None else {}
    after = new.scores or {}
    return {
        key: ItemSum(n=(key in after) - (key in before), total=after.get(key, 0) - before.get(key, 0))
        for key in before.keys() | after.keys()
    }


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's decision. `version` counts its published facts; 0 has none ("nanti")."""

    consent_id: UUID
    decision: Decision
    text_version: str
    version: int


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """What a decision changes: the count of willing people moves by `willing`; `is_fact` is published."""

    decision: Decision
    willing: int
    is_fact: bool


def decide(current: Decision | None, wanted: Decision) -> ConsentStep | None:
    """Return the step from a decision to another, or None when nothing changes.

    Repeating a decision changes nothing, nor does "nanti" after a real one. A refusal may become willing.
    Raises `ConsentGivenError` for a refusal after consent, because only the withdrawal page, which says
    what it does, may take answers back; `ConsentFinalError` after a withdrawal; `NoConsentError` for a
    withdrawal without consent.
    """
    if current is Decision.WITHDRAWN:
        if wanted is Decision.WITHDRAWN:
            return None
        raise ConsentFinalError("Anda sudah menarik diri dari survei ini.")
    if wanted == current:
        return None
    if wanted is Decision.LATER and current is not None:
        return None
    if current is Decision.WILLING:
        if wanted is Decision.REFUSED:
            raise ConsentGivenError("Anda sudah menyatakan bersedia. Gunakan halaman tarik diri.")
        return ConsentStep(Decision.WITHDRAWN, -1, is_fact=True)
    if wanted is Decision.WITHDRAWN:
        raise NoConsentError("Belum ada persetujuan yang dapat ditarik.")
    return ConsentStep(wanted, int(wanted is Decision.WILLING), is_fact=wanted is not Decision.LATER)


def response_link(secret: bytes, participant_id: UUID) -> bytes:
    """Return the only thing that ties an answer to a person, computable with the campaign's secret alone."""
    return hmac.digest(secret, participant_id.bytes, "sha256")
