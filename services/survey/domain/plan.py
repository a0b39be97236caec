"""A campaign as it is asked for, and how its answers will be counted: checked against its regime."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from services.survey.domain.campaign import Campaign, CampaignStateError, Period, State
from services.survey.domain.faults import Fault
from shared.instruments.survey import Instrument, Regime, regimes
from shared.kernel import YEARS_AHEAD, YEARS_BACK, DomainError, Zone, last_moment, may_open_year


class InvalidCampaignError(DomainError):
    """`details["errors"]` lists field, code and message of every fault."""

    code = "campaign_invalid"

    @classmethod
    def of(cls, *faults: Fault) -> Self:
        """Return the refusal of an input with these faults; it says the first."""
        return cls(faults[0].message, errors=[fault.as_dict() for fault in faults])


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
        raise InvalidCampaignError.of(Fault("regime", "unknown", "Rezim survei tidak dikenal."))
    if regime.instrument is None:
        raise InvalidCampaignError.of(
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
        Fault(f"excluded_items.{number}", "not_replaceable", "Unsur ini tidak boleh ditiadakan.")
        for number, key in enumerate(excluded_items)
        if key not in replaceable
    ]
    if faults or parsed is None:
        raise InvalidCampaignError.of(*faults)
    return Plan(regime, instrument, parsed, defaults, tuple(dict.fromkeys(excluded_items)))


def require_year_in_reach(made: Plan, zone: Zone, now: datetime) -> None:
    """Refuse a plan for a year too far from the unit's present one; raises `InvalidCampaignError`."""
    present = now.astimezone(zone.tz).year
    if not may_open_year(made.period.year, present):
        first, last = present - YEARS_BACK, present + YEARS_AHEAD
        raise InvalidCampaignError.of(
            Fault("period", "year_out_of_reach", f"Tahun periode harus {first} sampai {last}.")
        )


def closing_time(made: Plan, zone: Zone, now: datetime, wanted: datetime | None) -> datetime:
    """Return when a campaign made now closes: as wanted, else as late as it may.

    Raises `InvalidCampaignError` when wanted later than that.
    """
    latest = made.period.latest_end(zone, now)
    if wanted is not None and wanted > latest:
        day, hour = last_moment(latest, zone)
        raise InvalidCampaignError.of(
            Fault("closes_at", "too_late", f"Survei ini harus ditutup paling lambat {day} pukul {hour}.")
        )
    return wanted or latest


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
        raise InvalidCampaignError.of(*faults)
    return chosen


def _unknown_policy(kind: str) -> Fault:
    return Fault(f"policies.{kind}", "unknown", "Pilihan kebijakan ini tidak dikenal.")
