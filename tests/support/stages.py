"""Assessments for tests: a whole sheet, a short way to a stage, and the acts over HTTP."""

from typing import Any
from uuid import uuid4

import httpx2

from shared.instruments.lke import lke_instrument
from tests.support.planning import AGENCY, YEAR, Planning

_LEAD = """
    INSERT INTO stage (
        unit_id, year, stage, round, tpi_round, is_nominated, objection, is_awarded, is_carried_over, version
    )
    VALUES (:unit, :year, :stage, :round, 1, :is_nominated, 'none', NULL, :is_carried_over, 1)
    ON CONFLICT (unit_id, year) DO UPDATE SET (
        stage, round, is_nominated, is_carried_over, version
    ) = (excluded.stage, excluded.round, excluded.is_nominated, excluded.is_carried_over, stage.version + 1)
"""
_TEAM = """
    INSERT INTO assessor_team (team_id, layer, agency_id, name, version)
    VALUES (:team, 'tpi', :agency, 'Tim', 1) ON CONFLICT DO NOTHING
"""
_GIVE = """
    INSERT INTO assignment (unit_id, year, layer, team_id, version)
    VALUES (:unit, :year, 'tpi', :team, 1) ON CONFLICT DO NOTHING
"""
_MEMBER = """
    WITH member AS (
        INSERT INTO assessor (assessor_id, team_id, subject, organisation, role, is_active, version)
        VALUES (:id, :team, :subject, 'Inspektorat', :role, true, 1)
        ON CONFLICT (team_id, subject) DO UPDATE SET role = excluded.role
        RETURNING assessor_id
    )
    INSERT INTO assignment_share (unit_id, year, layer, assessor_id, areas, minutes)
    SELECT :unit, :year, 'tpi', assessor_id, '{}', 0 FROM member ON CONFLICT DO NOTHING
"""
NOMINATED = frozenset(
    {"pra_evaluasi", "desk", "lapangan", "sanggah", "panel", "ditetapkan", "ditolak", "dicabut"}
)


async def lead_to(
    planning: Planning,
    unit: str,
    stage: str,
    *assessors: str,
    year: int = YEAR,
    agency: str = AGENCY,
    role: str = "pengendali_teknis",
    number: int = 1,
    is_carried_over: bool = False,
) -> None:
    """Put an assessment where a test begins, past all acts, with these subjects as its TPI assessors.

    Without any it is the one that `Planning.call` speaks for as `tpi`.
    """
    key = {"unit": unit, "year": year}
    team = f"team-of-{unit}"
    async with planning.db.transaction() as session:
        await planning.execute(
            session,
            _LEAD,
            **key,
            stage=stage,
            round=number,
            is_nominated=stage in NOMINATED,
            is_carried_over=is_carried_over,
        )
        await planning.execute(session, _TEAM, team=team, agency=agency)
        await planning.execute(session, _GIVE, **key, team=team)
        for subject in assessors or (f"tpi-of-{unit}",):
            await planning.execute(session, _MEMBER, **key, id=uuid4(), team=team, subject=subject, role=role)


async def let_propose(planning: Planning, *agencies: str) -> None:
    """Announce a last day of proposals that no clock of a test passes, for the usual agency or these."""
    for agency in agencies or (AGENCY,):
        made = await planning.client.put(
            f"/windows/{YEAR}/pengusulan",
            params={"agency_id": agency},
            json={"closes_on": "2099-12-31", "reason": "uji"},
            headers=planning.issuer.headers("admin", level="national") | {"If-Match": "*"},
        )
        assert made.status_code == 200, made.text


LAYER_STAGES = {"unit": "pengisian", "tpi": "penilaian_tpi", "tpn": "desk"}


async def answer_as(
    planning: Planning, unit: str, *answers: dict[str, Any], layer: str, **options: Any
) -> httpx2.Response:
    """Lead an assessment to where this layer is written, and write it."""
    subject = options.get("subject")
    year = int(options.get("year", YEAR))
    await lead_to(planning, unit, LAYER_STAGES[layer], *([subject] if subject else []), year=year)
    return await planning.answer(unit, *answers, layer=layer, **options)


def whole_sheet() -> list[dict[str, Any]]:
    """Return an answer to every item, the best letter of each scale."""
    return [
        {"item_code": code, "letter": next(iter(question.scale.values))}
        if question.scale is not None
        else {"item_code": code, "inputs": {one.key: 1 for one in question.inputs}}
        if question.inputs
        else {"item_code": code, "index": "3.5"}
        for code, question in lke_instrument().questions.items()
    ]


async def fill(planning: Planning, unit: str, **options: Any) -> None:
    """Answer every item of a unit's worksheet."""
    made = await planning.answer(unit, *whole_sheet(), **options)
    assert made.status_code == 200, made.text


async def act(
    planning: Planning,
    unit: str,
    name: str,
    role: str,
    *,
    seen: str = "*",
    subject: str | None = None,
    headers: dict[str, str] | None = None,
    **body: Any,
) -> httpx2.Response:
    """Do an act over HTTP."""
    return await planning.call(
        "POST",
        f"/units/{unit}/stages/{YEAR}/acts/{name}",
        role,
        unit,
        subject=subject,
        json=body,
        headers={"If-Match": seen} | (headers or {}),
    )


async def give(planning: Planning, unit: str, *subjects: str, role: str = "pengendali_teknis") -> str:
    """Enter a team with these people and give the unit to it, over HTTP; return the team's id."""
    team = f"team-{uuid4().hex[:8]}"
    body = {"team_id": team, "layer": "tpi", "name": "Tim", "agency_id": AGENCY}
    made = await planning.call("POST", "/assessor-teams", "admin", unit, json=body)
    assert made.status_code == 201, made.text
    for subject in subjects:
        person = {"team_id": team, "subject": subject, "organisation": "Inspektorat", "role": role}
        made = await planning.call("POST", "/assessors", "admin", unit, json=person)
        assert made.status_code == 201, made.text
    given = await assign(planning, unit, team)
    assert given.status_code == 200, given.text
    return team


async def assign(planning: Planning, unit: str, team: str, **body: Any) -> httpx2.Response:
    """Give a unit to a team."""
    return await planning.call(
        "PUT",
        f"/units/{unit}/stages/{YEAR}/team",
        "admin",
        unit,
        json={"team_id": team, **body},
        headers={"If-Match": "*"},
    )


async def find(planning: Planning, unit: str, item: str) -> dict[str, Any]:
    """Raise a finding as the unit's assessor."""
    made = await planning.call(
        "POST",
        f"/units/{unit}/stages/{YEAR}/findings",
        "tpi",
        unit,
        json={"item_code": item, "text": "Mana SK-nya?"},
    )
    assert made.status_code == 201, made.text
    return dict(made.json())


async def done(planning: Planning, unit: str, name: str, role: str, **body: Any) -> dict[str, Any]:
    """Do an act that is done, and return how the assessment stands after it."""
    made = await act(planning, unit, name, role, **body)
    assert made.status_code == 200, (name, made.text)
    return dict(made.json())


async def stage_of(planning: Planning, unit: str, role: str = "verifier") -> dict[str, Any]:
    """Return how an assessment stands."""
    shown = await planning.call("GET", f"/units/{unit}/stages/{YEAR}", role, unit)
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


async def announce(
    planning: Planning,
    window: str,
    *,
    agency: str | None = AGENCY,
    seen: str = "*",
    year: int = YEAR,
    **body: Any,
) -> Any:
    """Announce a window of an agency, or of all, as the national team may any."""
    headers = planning.issuer.headers("admin", level="national", subject="ratna")
    query = {} if agency is None else {"agency_id": agency}
    return await planning.client.put(
        f"/windows/{year}/{window}", params=query, json=body, headers=headers | {"If-Match": seen}
    )
