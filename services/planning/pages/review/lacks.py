"""What an act still lacks, each by its name and with the place where it is mended."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.live.usecases import shown_live
from services.planning.nomination.domain.gates import said_of
from services.planning.nomination.usecases.pre_evaluation import pre_evaluate
from services.planning.pages.worksheets.sheet import area_of
from services.planning.stages.domain.acts import Act, Need, Row
from services.planning.stages.domain.refusals import UnexplainedDifferencesError
from services.planning.stages.domain.rounds import open_items
from services.planning.stages.store import findings, rounds
from services.planning.stages.usecases.acts import check_differences
from services.planning.worksheets.words import OPEN_WORDS
from shared.http.addresses import worksheet_page
from shared.instruments.lke import lke_instrument
from shared.security import Principal


class Lack(NamedTuple):
    """One thing that is missing: its code or name, what is wrong with it, and where it is mended."""

    name: str
    text: str
    href: str = ""


async def lacks_of(session: AsyncSession, row: Row, unit_id: str, year: int) -> Sequence[Lack]:
    """Return all that stands in the way of an act, in the order of the sheet.

    Facts answer what the unit left open as it hands in.
    """
    found: list[Lack] = []
    if Need.FINDINGS_ANSWERED in row.needs:
        place = worksheet_page(unit_id, year, "temuan")
        found += [
            Lack(one.item_code, "temuan belum dijawab", f"{place}#{one.finding_id}")
            for one in await findings.still_open(session, unit_id, year)
        ]
    if Need.COMPLETE in row.needs and row.freezes is not None:
        found += await _open(session, row.freezes, unit_id, year)
    if Need.EXPLAINED in row.needs:
        found += await _unexplained(session, row, unit_id, year)
    return found


async def failing(
    session: AsyncSession, caller: Principal, act: Act, unit_id: str, year: int
) -> Sequence[Lack]:
    """Return the gates and preconditions that a proposed unit fails, where an act looks at them."""
    if act not in {Act.ACCEPT, Act.REFUSE}:
        return ()
    stands = await pre_evaluate(session, caller, unit_id, year)
    gates = [Lack(gate.gate.name, said_of(gate).partition(") ")[2]) for gate in stands.failed]
    return [*gates, *(Lack("Prasyarat", reason.said) for reason in stands.reasons)]


async def _open(session: AsyncSession, layer: Layer, unit_id: str, year: int) -> Sequence[Lack]:
    """Return the items of a layer that are not answered; facts answer for the unit alone."""
    is_unit = layer is Layer.UNIT
    told = await shown_live(session, unit_id, year) if is_unit else {}
    facts = {code for code, one in told.items() if one.is_fact}
    place = worksheet_page(unit_id, year) if is_unit else worksheet_page(unit_id, year, "penilaian", layer)
    answers = await rounds.answers(session, unit_id, year, layer)
    return [
        _item(code, OPEN_WORDS[kind], place)
        for kind, codes in open_items(answers, await rounds.pinned(session, unit_id, year)).items()
        for code in codes
        if code not in facts or kind == "undefined"
    ]


async def _unexplained(session: AsyncSession, row: Row, unit_id: str, year: int) -> Sequence[Lack]:
    place = worksheet_page(unit_id, year, "penilaian", row.compared[-1].value)
    try:
        await check_differences(session, row, unit_id, year)
    except UnexplainedDifferencesError as refused:
        return [_item(code, "perbedaan belum beralasan", place) for code in refused.details["items"]]
    return ()


def _item(code: str, said: str, place: str) -> Lack:
    question = lke_instrument().questions[code]
    return Lack(code, f"{said}: {question.text}", f"{place}/{area_of(code)}#{code}")
