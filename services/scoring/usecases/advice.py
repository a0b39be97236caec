"""What to raise to reach the predicate, and what changed answers would do: nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.comparison import Comparison, GatePair, what_if
from services.scoring.domain.gains import Gain, gains, missed_of, sensitivity
from services.scoring.domain.precedence import without
from services.scoring.domain.sheets import Answers, Layer
from services.scoring.domain.way import Limits, Way, way
from services.scoring.usecases.reading import KnownYear, known_year
from shared.instruments.lke import Answer, GateResult, Predicate, evaluate_gates
from shared.kernel import NotFoundError
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class Advice:
    """The way to a predicate in the layer that counts: by missed gate, and for all of them together.

    `whole` is an empty way where no gate is missed.
    """

    found: KnownYear
    predicate: Predicate
    limits: Limits
    gates: Sequence[GateResult]
    gains: Sequence[Gain]
    by_gate: Mapping[str, Way]
    whole: Way


@dataclass(frozen=True, slots=True)
class Supposed:
    """What changed answers would do to a layer."""

    found: KnownYear
    layer: Layer
    predicate: Predicate
    changes: Mapping[str, Answer | None]
    comparison: Comparison
    gates: Sequence[GatePair]


def advice_on(found: KnownYear, predicate: Predicate, limits: Limits) -> Advice:
    """Work the way out from what is known of a year."""
    scored = found.score("effective")
    gates = evaluate_gates(scored, found.rules, predicate)
    better, missed = gains(scored, gates), missed_of(gates)
    by_gate = {gate.code: way([gate], better, limits) for gate in missed}
    return Advice(found, predicate, limits, gates, better, by_gate, way(missed, better, limits))


def supposed_of(
    found: KnownYear, layer: Layer, predicate: Predicate, changes: Mapping[str, Answer | None]
) -> Supposed:
    """Count a layer of what is known of a year with some answers changed.

    What is blanked leaves the item to the next layer's answer, or to the fact.
    """
    layers: dict[Layer, Answers] = {**found.answers, "live": found.live}
    then = {
        code: without(layers, layer, code) if answer is None else answer for code, answer in changes.items()
    }
    comparison, gates = what_if(found.score(layer), then, found.rules, predicate)
    return Supposed(found, layer, predicate, changes, comparison, gates)


async def advised(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    year: int,
    predicate: Predicate | None,
    limits: Limits,
) -> Advice:
    """Return the way to a predicate, to the programme's target when none is named."""
    found = await known_year(session, actor, unit_id, year)
    return advice_on(found, predicate or found.target or "WBK", limits)


async def supposed(
    session: AsyncSession,
    actor: Principal,
    unit_id: str,
    year: int,
    layer: Layer,
    predicate: Predicate | None,
    changes: Mapping[str, Answer | None],
) -> Supposed:
    """Count a layer with some answers changed."""
    found = await known_year(session, actor, unit_id, year)
    return supposed_of(found, layer, predicate or found.target or "WBK", changes)


async def ranked(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, predicate: Predicate | None, code: str
) -> tuple[GateResult, Sequence[tuple[Gain, bool]]]:
    """Return a gate and the items it measures by what they lose, each with whether it closes the gap alone.

    Raises `NotFoundError` also for a gate that the predicate does not have.
    """
    found = await known_year(session, actor, unit_id, year)
    scored = found.score("effective")
    gates = evaluate_gates(scored, found.rules, predicate or found.target or "WBK")
    gate = next((one for one in gates if one.gate.code == code), None)
    if gate is None:
        raise NotFoundError("Syarat ini tidak ada pada predikat itu.")
    return gate, sensitivity(gate, gains(scored, gates))
