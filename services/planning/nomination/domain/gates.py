"""The score's part of pre-evaluation: planning's own answers of the TPI against the pinned gates."""

from collections.abc import Sequence
from typing import ClassVar

from shared.indonesian import number
from shared.instruments.lke import Answers, GateResult, Policies, evaluate_gates, rule_set, score
from shared.kernel import DomainError, Predicate, decimal12, exact_text


class GatesFailedError(DomainError):
    """The TPI's score does not reach every gate; `gates` names those that fail and what each lacks."""

    code: ClassVar[str] = "gates_failed"

    def __init__(self, failed: Sequence[GateResult]) -> None:
        super().__init__(
            "Nilai TPI belum memenuhi syarat: " + "; ".join(map(said_of, failed)) + ".",
            gates=[told_of(gate) for gate in failed],
        )


def failed_gates(
    answers: Answers, predicate: Predicate, rule_set_id: str, policies: Policies | None = None
) -> tuple[GateResult, ...]:
    """Return the gates of a predicate that the TPI's answers do not meet, in the order of the regulation.

    Exact and in zero mode: a blank item counts 0. `policies` are the pinned ones. `KeyError` for an unknown
    rule set. Source: PermenPANRB 90/2021 Lampiran II Bab III A.3-A.6.
    """
    results = evaluate_gates(score(answers, "zero", policies), rule_set(rule_set_id), predicate)
    return tuple(gate for gate in results if not gate.is_met)


def said_of(result: GateResult) -> str:
    """Say what a gate lacks, in points of at most two decimals."""
    gate = result.gate
    return (
        f"{gate.name} ({gate.code}) {number(result.value)} dari {number(gate.minimum)}, "
        f"kurang {number(result.shortfall)}"
    )


def told_of(result: GateResult) -> dict[str, str]:
    """Return a failed gate for machines: exact fractions beside decimals of 12 places."""
    return {
        "gate": result.gate.code,
        "name": result.gate.name,
        "value": decimal12(result.value),
        "minimum": decimal12(result.gate.minimum),
        "shortfall": decimal12(result.shortfall),
        "shortfall_exact": exact_text(result.shortfall),
    }
