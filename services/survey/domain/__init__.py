"""Rules of survey campaigns: periods, states, consent, answers, and how sums move. Pure and exact."""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self
from uuid import UUID

from shared.instruments.survey import (
    IndexOutlook,
    Indices,
    Instrument,
    Item,
    ItemSum,
    Regime,
    indices,
    regimes,
)
from shared.kernel import DomainError, NotFoundError, Zone, display2

TOKEN_BYTES = 16
"""128 random bits. Source: survey.md section 6.1."""
SECRET_BYTES = 32
DAYS_AFTER_PERIOD = 92
"""A campaign ends so long after its period, or after it was made, at the latest, so that every one ends.

Source: own.
"""
TALLY_PAUSE = timedelta(seconds=0.5)
"""Between two tallies of a campaign: at most two per second, and always the last.

Source: survey.md section 12.
"""


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


class AnswersAnonymousError(CampaignClosedError):
    """The campaign's secret is destroyed: nobody can find a person's answer any more, or none is left."""

    code = "answers_anonymous"


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

    def latest_end(self, zone: Zone, now: datetime) -> datetime:
        """Return when a campaign of this period that is made now ends at the latest, as a local midnight."""
        after = datetime(self.year + self.last_month // 12, self.last_month % 12 + 1, 1, tzinfo=zone.tz)
        start = max(after, zone.day_start(now).astimezone(zone.tz))
        return start + timedelta(days=DAYS_AFTER_PERIOD)


@dataclass(frozen=True, slots=True)
class Unit:
    unit_id: str
    agency_id: str
    name: str
    zone: Zone


@dataclass(frozen=True, slots=True)
class Released:
    """The figures that leave the service: sums of a set of `n` answers, by item, as of release `number`.

    0 = nothing was released. `outlooks` is what could then still become of the indices, by predicate.
    `is_taken_back`: no figure is shown, or known, until the next release. `is_coarse`: made after the close,
    so only as indices with two decimals. `waiting_since`: since when a change waits that the figures must
    follow. `is_frozen`: the answers are anonymous, so the figures stay as they are.
    """

    number: int = 0
    n: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)
    outlooks: Mapping[str, IndexOutlook] = field(default_factory=dict)
    is_taken_back: bool = False
    is_coarse: bool = False
    waiting_since: datetime | None = None
    is_frozen: bool = False

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a figure to show."""
        return self.n > 0 and not self.is_taken_back

    @property
    def shown_n(self) -> int:
        """Return how many answers the shown figures cover."""
        return self.n if self.is_shown else 0

    def sums(self) -> dict[str, ItemSum]:
        """Return the sums behind the shown figures by item key; empty while none is shown."""
        if not self.is_shown:
            return {}
        return {key: ItemSum(self.n, total) for key, total in self.totals.items()}


@dataclass(frozen=True, slots=True)
class Campaign:
    """One survey of one unit. `version` counts its changes from 1, the draft.

    `tally_version` counts published tallies; `n` valid responses, `willing` consents not withdrawn. Of the
    `invited` people `gone` refused or withdrew. `is_erased` when its answers were too few to be kept.
    `tally_told_at` is when its tally was told last, `told_tally` what it said then: only while it says
    something else now, which waits for its turn.
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
    closes_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    version: int
    tally_version: int
    n: int
    willing: int
    invited: int = 0
    gone: int = 0
    released: Released = Released()
    is_erased: bool = False
    tally_told_at: datetime | None = None
    told_tally: Mapping[str, Any] | None = None

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
    def policy_ids(self) -> list[str]:
        """Name the counting policies behind its numbers, in a fixed order."""
        return [f"{kind}.{choice}" for kind, choice in sorted(self.policies.items())]

    @property
    def more(self) -> int:
        """Return how many of the invited people can still answer."""
        return self.invited - self.gone - self.n

    def indices(self, sums: Mapping[str, ItemSum]) -> Indices:
        """Return what sums say under the campaign's policies; null without answers."""
        return indices(self.regime, self.items, sums, self.policies)

    def released_indices(self) -> Indices:
        """Return the indices of the released answers, the only ones that leave the service.

        With two decimals when they were released after the close: what differs by little shows no more.
        """
        found = self.indices(self.released.sums())
        if not self.released.is_coarse:
            return found
        return replace(
            found, ipak=_coarse(found.ipak), ipkp=_coarse(found.ipkp), ikm=_coarse(found.ikm), ni=None
        )

    @property
    def fact_version(self) -> int:
        """Count of published facts: the draft is none, opening is the first."""
        return self.version - 1

    def may_tell_tally(self, now: datetime) -> bool:
        """Tell whether the pause since the last tally is over; it is when that lies in the future.

        Else a clock that was set back would hold up every tally for as long.
        """
        told_at = self.tally_told_at
        return told_at is None or not now - TALLY_PAUSE < told_at <= now

    def takes_answers(self, now: datetime) -> bool:
        """Tell whether an answer given now counts."""
        return self.state is State.OPEN and now < self.closes_at


def _coarse(value: Fraction | None) -> Fraction | None:
    return None if value is None else Fraction(display2(value))


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

    Its policies are the regime's defaults: who runs a survey does not choose how it is counted. Naming a
    default changes nothing. Raises `InvalidCampaignError`: unknown regime, one that TPN's application runs,
    an unreadable period, an unknown policy or one that is the agency's to choose, an exclusion that the
    regime does not allow.
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
    defaults = regime.default_policies()
    for kind, choice in policies.items():
        if choice not in regime.policies.get(kind, ()):
            faults.append(_unknown_policy(kind))
        elif choice != defaults[kind]:
            faults.append(
                Fault(
                    f"policies.{kind}",
                    "not_yours",
                    f"Kebijakan {kind} ditetapkan oleh pimpinan instansi dengan alasan, bukan oleh pelaksana "
                    "survei.",
                )
            )
    replaceable = {item.key for item in instrument.items if item.is_replaceable}
    faults += [
        Fault(f"excluded_items.{place}", "not_replaceable", "Unsur ini tidak boleh ditiadakan.")
        for place, key in enumerate(excluded_items)
        if key not in replaceable
    ]
    if faults or parsed is None:
        raise _invalid(*faults)
    return Plan(regime, instrument, parsed, defaults, tuple(dict.fromkeys(excluded_items)))


def choose_policies(campaign: Campaign, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return a draft's policies with the agency's choices, which replace those of the same kind.

    Raises `CampaignStateError` once it was opened: nobody chooses how to count what has been answered;
    `InvalidCampaignError` for unknown policies, or literal weights for another number of items.
    """
    if campaign.state is not State.DRAFT:
        raise CampaignStateError(
            "Kebijakan hanya dapat ditetapkan sebelum survei dibuka.", state=campaign.state
        )
    faults = [
        _unknown_policy(kind)
        for kind, choice in wanted.items()
        if choice not in campaign.regime.policies.get(kind, ())
    ]
    chosen = dict(campaign.policies) | dict(wanted)
    profile = campaign.regime.weight_profiles.get(chosen.get("weights", ""))
    if profile is not None and not profile.is_for(len(campaign.items)):
        faults.append(
            Fault("policies.weights", "wrong_item_count", f"Bobot ini hanya untuk {profile.items} unsur.")
        )
    if not wanted:
        faults.append(Fault("policies", "empty", "Sebutkan kebijakan yang ditetapkan."))
    if faults:
        raise _invalid(*faults)
    return chosen


def _unknown_policy(kind: str) -> Fault:
    return Fault(f"policies.{kind}", "unknown", "Pilihan kebijakan ini tidak dikenal.")


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
    """The newest known version of one finished response; `scores` None is the tombstone of a withdrawal.

    `response_id` was made here and is told to others; `sent_id` was made by the sender and is told to nobody:
    whoever knows it may ask whether the same scores were sent under it.
    """

    response_id: UUID
    version: int
    scores: Mapping[str, int] | None
    sent_id: UUID | None = None

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
    """A person's newest decision, their `number`th.

    `version` counts its published facts; 0 has none ("nanti").
    """

    consent_id: UUID
    decision: Decision
    text_version: str
    version: int
    number: int = 1


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """What a decision changes: the counts of willing people and of those who are out move by these.

    `is_fact` is published.
    """

    decision: Decision
    willing: int
    gone: int
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
        return ConsentStep(Decision.WITHDRAWN, willing=-1, gone=1, is_fact=True)
    if wanted is Decision.WITHDRAWN:
        raise NoConsentError("Belum ada persetujuan yang dapat ditarik.")
    return ConsentStep(
        wanted,
        willing=int(wanted is Decision.WILLING),
        gone=int(wanted is Decision.REFUSED) - int(current is Decision.REFUSED),
        is_fact=wanted is not Decision.LATER,
    )


def response_link(secret: bytes, participant_id: UUID) -> bytes:
    """Return the only thing that ties an answer to a person, computable with the campaign's secret alone."""
    return hmac.digest(secret, participant_id.bytes, "sha256")
