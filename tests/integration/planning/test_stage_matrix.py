"""Every act and every write, by every role, in every scope, at every stage, about every unit.

What is expected was written by hand from lke.md section 7 and its own rules, not from the table in the code.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import text

from services.planning.layers import Layer
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.assessment import Given
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.stage import Stage
from services.planning.stages.usecases.acts import perform
from services.planning.worksheets.usecases import check_may_write
from shared.kernel import DomainError
from shared.security import Principal, Scope
from shared.security.principal import Level
from shared.security.roles import TOKEN_ROLES
from tests.support.planning import YEAR, Planning
from tests.support.stages import fill, lead_to, let_propose

OPERATORS = {"unit_operator", "unit_leader"}
LEADS: dict[tuple[str, str], tuple[set[str], str]] = {
    ("submit", "pengisian"): (OPERATORS, "penilaian_tpi"),
    ("resubmit", "pengisian"): (OPERATORS, "penilaian_tpi"),
    ("forward", "penilaian_pendahuluan"): ({"verifier"}, "penilaian_tpi"),
    ("return", "penilaian_pendahuluan"): ({"verifier"}, "pengisian"),
    ("return", "penilaian_tpi"): ({"tpi"}, "pengisian"),
    ("finish_round", "penilaian_tpi"): ({"tpi"}, "penilaian_tpi"),
    ("propose", "pengusulan"): ({"agency_head"}, "pra_evaluasi"),
    ("accept", "pra_evaluasi"): ({"tpn"}, "desk"),
    ("refuse", "pra_evaluasi"): ({"tpn"}, "ditolak"),
    ("to_field", "desk"): ({"tpn"}, "lapangan"),
    ("open_objection", "desk"): ({"tpn"}, "sanggah"),
    ("open_objection", "lapangan"): ({"tpn"}, "sanggah"),
    ("object", "sanggah"): ({"agency_head"}, "sanggah"),
    ("uphold_objection", "sanggah"): ({"tpn"}, "lapangan"),
    ("dismiss_objection", "sanggah"): ({"tpn"}, "sanggah"),
    ("to_panel", "sanggah"): ({"tpn"}, "panel"),
    ("decide", "panel"): ({"tpn"}, "ditetapkan"),
    ("withdraw", "pengisian"): ({"agency_head"}, "ditarik"),
    ("withdraw", "penilaian_pendahuluan"): ({"agency_head"}, "ditarik"),
    ("withdraw", "penilaian_tpi"): ({"agency_head"}, "ditarik"),
    ("withdraw", "pengusulan"): ({"agency_head"}, "ditarik"),
    ("withdraw", "pra_evaluasi"): ({"agency_head"}, "ditarik"),
    ("withdraw", "desk"): ({"agency_head"}, "ditarik"),
    ("withdraw", "lapangan"): ({"agency_head"}, "ditarik"),
    ("withdraw", "sanggah"): ({"agency_head"}, "ditarik"),
    ("withdraw", "panel"): ({"agency_head"}, "ditarik"),
    ("revoke", "ditetapkan"): ({"tpn"}, "dicabut"),
}
"""Who does what where, and to where it leads."""
WIDEST_NEEDED: dict[str, set[str]] = {"agency_head": {"agency", "national"}, "tpn": {"national"}}
"""Levels of scope that a role acts with; all others may have any."""
WRITES: dict[str, tuple[str, set[str]]] = {
    "unit": ("unit_operator", {"pengisian"}),
    "tpi": ("tpi", {"penilaian_tpi"}),
    "tpn": ("tpn", {"desk", "lapangan"}),
}
"""Which role writes a layer, and at which stages."""
NOMINATED = {"pra_evaluasi", "desk", "lapangan", "sanggah", "panel", "ditetapkan", "ditolak", "dicabut"}
LEVELS: tuple[Level, ...] = ("unit", "agency", "national")


@dataclass(frozen=True)
class Places:
    own: str
    neighbour: str
    far: str

    def reached(self, level: Level) -> set[str]:
        """Return the units that a scope of the own unit, the own agency or the nation reaches."""
        return {
            "unit": {self.own},
            "agency": {self.own, self.neighbour},
            "national": {self.own, self.neighbour, self.far},
        }[level]

    def __iter__(self) -> Iterator[str]:
        yield from (self.own, self.neighbour, self.far)


def expected(act: str, stage: str, role: str, level: Level, *, is_reached: bool) -> str:
    doers = {who for (name, _), (roles, _) in LEADS.items() for who in roles if name == act}
    if role not in doers or level not in WIDEST_NEEDED.get(role, set(LEVELS)):
        return "forbidden"
    if not is_reached:
        return "not_found"
    roles, target = LEADS.get((act, stage), (None, ""))
    if roles is None:
        return "illegal_transition"
    return target if role in roles else "forbidden"


def expected_write(layer: str, stage: str, role: str, *, is_reached: bool) -> str:
    writer, stages = WRITES[layer]
    if role != writer:
        return "wrong_layer"
    if not is_reached:
        return "not_found"
    if layer == "tpn" and stage not in NOMINATED:
        return "not_nominated"
    return "written" if stage in stages else "frozen_layer"


def caller(role: str, level: Level, places: Places) -> Principal:
    scope = Scope(level, frozenset({"a1"}), frozenset({places.own}))
    return Principal(f"{role}-matrix", frozenset({role}), scope)


@pytest.fixture
async def places(planning: Planning) -> Places:
    found = Places(
        await planning.programme(), await planning.programme(), await planning.programme(agency="a2")
    )
    await let_propose(planning, "a1", "a2")
    for unit in found:
        await fill(planning, unit)
    return found


GIVEN = Given(
    "alasan",
    is_awarded=True,
    cleared=frozenset({"ombudsman", "kpk", "apip"}),
    decree=Decree("B/12/2026", date(2026, 1, 5), "Menteri PANRB"),
)


@pytest.mark.parametrize("stage", list(Stage))
async def test_every_act_of_every_role_and_scope_about_every_unit(
    planning: Planning, places: Places, stage: Stage
) -> None:
    for unit, agency in zip(places, ("a1", "a1", "a2"), strict=True):
        await lead_to(planning, unit, stage, "tpi-matrix", agency=agency)
    counted: Counter[str] = Counter()
    async with planning.db.transaction() as session:
        for act in Act:
            answered = act in {Act.UPHOLD_OBJECTION, Act.DISMISS_OBJECTION}
            await session.execute(
                text("UPDATE stage SET round = :round, objection = :objection, is_awarded = true"),
                {"round": 2 if act is Act.RESUBMIT else 1, "objection": "raised" if answered else "none"},
            )
            for role in sorted(TOKEN_ROLES):
                for level in LEVELS:
                    for unit in places:
                        told = "?"
                        point = await session.begin_nested()
                        try:
                            after = await perform(
                                session, caller(role, level, places), unit, YEAR, act, seen=None, given=GIVEN
                            )
                            told = after.assessment.stage.value
                        except DomainError as refused:
                            told = refused.code
                        await point.rollback()
                        is_reached = unit in places.reached(level)
                        wanted = expected(act.value, stage.value, role, level, is_reached=is_reached)
                        assert told == wanted, (act, stage, role, level, unit)
                        counted[wanted] += 1
        await session.rollback()
    assert sum(counted.values()) == len(Act) * len(TOKEN_ROLES) * 9


@pytest.mark.parametrize("stage", list(Stage))
async def test_every_layer_by_every_role_and_scope_in_every_unit(
    planning: Planning, places: Places, stage: Stage
) -> None:
    for unit, agency in zip(places, ("a1", "a1", "a2"), strict=True):
        await lead_to(planning, unit, stage, "tpi-matrix", agency=agency)
    async with planning.db.transaction() as session:
        for layer in Layer:
            for role in sorted(TOKEN_ROLES):
                for level in LEVELS:
                    for unit in places:
                        told = "written"
                        try:
                            await check_may_write(session, caller(role, level, places), unit, YEAR, layer)
                        except DomainError as refused:
                            told = refused.code
                        is_reached = unit in places.reached(level)
                        wanted = expected_write(layer.value, stage.value, role, is_reached=is_reached)
                        assert told == wanted, (layer, stage, role, level, unit)


def test_the_hand_written_table_speaks_of_every_act_and_stage() -> None:
    assert {act for act, _ in LEADS} == {act.value for act in Act}
    assert {stage for _, stage in LEADS} | {target for _, target in LEADS.values()} == {
        one.value for one in Stage
    }
