"""Read a unit's score and explain it. Everything is computed from the facts' sheet, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.changes import sentence
from services.scoring.domain.due import Due, due_soon, until_when
from services.scoring.domain.history import lines_of
from services.scoring.domain.pinning import Pinned, pinned
from services.scoring.domain.precedence import layered, which
from services.scoring.domain.sheets import LAYERS, Answers, Layer, answer_of, unpack
from services.scoring.domain.survey import SurveyVerdict, survey_verdict
from services.scoring.domain.verdict import IndexPair, index_pairs, is_ready
from services.scoring.domain.verdict import sentence as verdict_sentence
from services.scoring.store import history, reading
from shared.instruments.lke import (
    GateResult,
    Mode,
    NodeExplanation,
    Predicate,
    QuestionExplanation,
    RuleSet,
    Score,
    cell_of,
    drifts,
    evaluate_gates,
    explain,
    explain_question,
    is_partial,
    lke_instrument,
    positions,
    score,
)
from shared.kernel import NotFoundError, Zone, default_year
from shared.security import Principal


@dataclass(frozen=True, slots=True)
class KnownYear:
    """A unit's year as scoring knows it: answers of every layer, pinned rules, how far facts are folded."""

    unit: RowMapping
    year: int
    target: Predicate | None
    pinned: Pinned
    answers: Mapping[Layer, Answers]
    live: Answers
    worksheet_version: int
    as_of: datetime
    moved_at: datetime | None

    @property
    def edition(self) -> str:
        return self.pinned.edition

    @property
    def rules(self) -> RuleSet:
        return self.pinned.rules

    @property
    def is_present(self) -> bool:
        """Tell whether this is the year that runs where the unit is."""
        return self.year == present_year(self.unit, self.as_of)

    def score(self, layer: Layer, mode: Mode = "zero") -> Score:
        """Score one layer; a layer nobody wrote is blank."""
        answers: Answers = self.answers.get(layer, {})
        if layer == "live" and layer not in self.answers:
            answers = self.answers.get("unit", {})
        return score(answers, mode, self.pinned.policies)

    def gates(self, scored: Score) -> tuple[GateResult, ...]:
        """Evaluate all gates of both predicates; none in workbook mode, which never decides a gate."""
        return evaluate_gates(scored, self.rules) if scored.mode == "zero" else ()

    def drift(self, code: str) -> bool:
        """Tell whether a typed unit answer stands against another fact."""
        return drifts(self.answers.get("unit", {}).get(code), self.live.get(code))

    def layer_of(self, layer: Layer, code: str) -> str | None:
        """Return which written layer, or `live`, an item's answer in a layer comes from; None when blank."""
        return which({**self.answers, "live": self.live}, layer, code)


@dataclass(frozen=True, slots=True)
class Surveys:
    """The campaigns of a unit's year, a row per campaign and predicate, the deciding one first."""

    rows: Sequence[RowMapping]

    def deciding(self, predicate: Predicate) -> RowMapping | None:
        """Return the row of the campaign that decides, None while survey told no threshold."""
        decided = [row for row in self.rows if row["is_deciding"]]
        return next(
            (
                row
                for row in decided
                if row["predicate"] == predicate and row["campaign_id"] == decided[0]["campaign_id"]
            ),
            None,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A unit's year against one predicate: the gates of one layer, and the survey that decides."""

    predicate: Predicate
    gates: Sequence[GateResult]
    survey: SurveyVerdict | None
    indices: Sequence[IndexPair]
    text: str

    @property
    def is_ready(self) -> bool:
        return is_ready(self.gates, self.survey)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of what changed last; `delta` in points, None where no points moved.

    With `is_day_only` the time is when the day began: of what people move nobody is told the moment.
    """

    id: int
    at: datetime
    is_day_only: bool
    subject: str
    delta: Fraction | None
    text: str


@dataclass(frozen=True, slots=True)
class ItemOrigin:
    """Where a layer's answer came from; `is_partial` counts lack one of their set and do not count.

    `writer_id` is the pseudonym of whoever wrote it, None where planning told none.
    """

    layer: str
    answer: str | None
    origin: str
    cell: str | None
    evidence_ids: Sequence[str]
    event_id: str
    at: datetime
    version: int
    is_partial: bool
    writer_id: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A node or an item of a layer explained; `origins` tells every layer's answer to its items.

    `layers` names by item whose answer counts, None while it is blank; `drifting` are the items where a typed
    unit answer stands against another fact.
    """

    told: NodeExplanation | QuestionExplanation
    origins: Sequence[tuple[str, ItemOrigin]]
    layers: Mapping[str, str | None]
    drifting: frozenset[str]

    def source(self, code: str) -> ItemOrigin | None:
        """Return where the counting answer of an item came from; None for a fact, and for a blank item."""
        layer = self.layers[code]
        return next((one for item, one in self.origins if item == code and one.layer == layer), None)


async def visible_unit(session: AsyncSession, actor: Principal, unit_id: str) -> RowMapping:
    """Return a unit's entry; `NotFoundError`, the same whether it is unknown or out of the caller's scope."""
    found = await reading.unit(session, actor.scope, unit_id)
    if found is None:
        raise NotFoundError("Unit tidak ditemukan.")
    return found


async def heir_of(session: AsyncSession, actor: Principal, unit: RowMapping) -> RowMapping | None:
    """Return the entry of the unit that a merged one went into; None where the caller may not see it."""
    into = unit["merged_into"]
    return None if into is None else await reading.unit(session, actor.scope, into)


async def visible_years(session: AsyncSession, actor: Principal, unit_id: str) -> tuple[Sequence[int], int]:
    """Return the years of a unit that the caller may see, newest first, and the one to show unasked.

    That is the newest that has begun, the present one for a unit that is registered and no more.
    """
    unit = await visible_unit(session, actor, unit_id)
    years = await reading.years(session, unit_id)
    present = present_year(unit, datetime.now(UTC))
    return years, default_year(years, present) or present


def present_year(unit: RowMapping, now: datetime) -> int:
    """Return the year that runs where a unit is."""
    return now.astimezone(Zone(unit["zone"]).tz).year


async def known_year(session: AsyncSession, actor: Principal, unit_id: str, year: int) -> KnownYear:
    """Load a unit's year; `NotFoundError` for a unit that is unknown or out of the caller's scope."""
    found = await visible_unit(session, actor, unit_id)
    row = await reading.standing(session, unit_id, year)
    live = unpack(row["live"] or "{}").get("live")
    return KnownYear(
        unit=found,
        year=year,
        target=row["target"],
        pinned=pinned(year, row["edition"], row["rule_set"], row["policies"]),
        answers=layered(unpack(row["sheets"] or "{}"), live),
        live=live or {},
        worksheet_version=row["worksheet_version"] or 0,
        as_of=row["as_of"],
        moved_at=row["moved_at"],
    )


async def surveys_of(session: AsyncSession, unit_id: str, year: int) -> Surveys:
    """Load the campaigns of a unit's year."""
    return Surveys(await reading.surveys(session, unit_id, year))


async def due_of(session: AsyncSession, found: KnownYear) -> list[Due]:
    """Return what the unit must do soon; cases have no year and stand with the present one."""
    now, unit_id, zone = found.as_of, found.unit["unit_id"], Zone(found.unit["zone"])
    last_day, last = until_when(now, zone)
    return due_soon(
        await reading.open_activities(session, unit_id, found.year, last_day),
        await reading.running_deadlines(session, unit_id, last) if found.is_present else (),
        now,
        zone,
    )


def verdict_of(
    found: KnownYear, scored: Score, layer: Layer, surveys: Surveys, predicate: Predicate
) -> Verdict:
    """Judge a layer's score, in zero mode, and the deciding survey against one predicate."""
    gates = evaluate_gates(scored, found.rules, predicate)
    row = surveys.deciding(predicate)
    survey = None if row is None else survey_verdict(row)
    index_items = {
        item.code: found.layer_of(layer, item.code)
        for gate in gates
        if gate.gate.index is not None
        for item in lke_instrument().questions_under(gate.gate.code)
    }
    return Verdict(
        predicate,
        gates,
        survey,
        index_pairs(gates, survey, index_items, {} if row is None else _released(row)),
        verdict_sentence(predicate, gates, scored.total.answered, survey, has_survey=bool(surveys.rows)),
    )


def _released(row: RowMapping) -> Mapping[str, tuple[Fraction, int]]:
    """Return the released indices of a campaign with the number of answers behind them."""
    return {
        index: (Fraction(row[index]), row["released_n"])
        for index in ("ipak", "ipkp")
        if row[index] is not None
    }


async def explained(
    session: AsyncSession, actor: Principal, unit_id: str, year: int, layer: Layer, code: str
) -> Explained:
    """Explain a node or an item of a layer, with where each answer of its items came from.

    Raises `NotFoundError` for a unit that is unknown or out of scope, and for an unknown code.
    """
    found = await known_year(session, actor, unit_id, year)
    scored = found.score(layer)
    instrument = lke_instrument()
    if code in instrument.questions:
        told: NodeExplanation | QuestionExplanation = explain_question(scored, code)
    elif code in instrument.nodes or code == "TOTAL":
        told = explain(scored, code)
    else:
        raise NotFoundError("Kode ini tidak ada dalam LKE.")
    codes = [question.code for question in instrument.questions_under(code)]
    facts = await reading.answers(session, unit_id, year, codes)
    return Explained(
        told,
        [(row["item_code"], _origin(row)) for row in facts if len(codes) == 1 or row["layer"] in LAYERS],
        {code: found.layer_of(layer, code) for code in codes},
        frozenset(code for code in codes if found.drift(code)),
    )


async def change_lines(
    session: AsyncSession, unit_id: str, year: int, *, after: int = 0, limit: int = 20
) -> list[ChangeLine]:
    """Return what changed last, newest first, in words: causes of scores, gates and surveys.

    Causes that a batch moved a score with share their id.
    """
    rows = await reading.changes(session, unit_id, year, after=after, limit=limit)
    found = [
        ChangeLine(
            row["id"],
            row["at"],
            row["cause"] == "survey",
            row["subject"],
            None if row["delta"] is None else Fraction(row["delta"]),
            sentence(row["cause"], row["detail"]),
        )
        for row in rows
    ]
    key = history.Key(unit_id, year, "effective")
    for number, causes in await history.newest_causes(session, key, after=after, limit=limit):
        found += [
            ChangeLine(number, line.at, False, line.subject, line.delta, line.text)
            for line in reversed(lines_of(causes))
        ]
    return sorted(found, key=lambda line: -line.id)[:limit]


def _origin(row: RowMapping) -> ItemOrigin:
    answer = answer_of(row["letter"], row["index_text"], row["inputs"])
    return ItemOrigin(
        layer=row["layer"],
        answer=None if answer is None else str(answer),
        origin=row["origin"],
        cell=row["cell"],
        evidence_ids=row["evidence_ids"],
        event_id=str(row["event_id"]),
        at=row["at"],
        version=row["version"],
        is_partial=is_partial(positions()[row["item_code"]], cell_of(answer)),
        writer_id=row["writer_id"],
    )
