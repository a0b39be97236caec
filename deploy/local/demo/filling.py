"""What administrators, operators and assessors enter in planning, through the public API."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.local.demo.agency import AGENCY_ID, SampleUnit
from deploy.local.demo.answers import Worksheet
from deploy.local.demo.api import Api, RefusedError, actor
from deploy.local.demo.evidence import pdf
from deploy.local.demo.plan import Step
from shared.instruments.lke import Answer

WRITERS = {"unit": "unit_operator", "tpi": "tpi", "tpn": "tpn"}
NOTES = (
    "Bukti ada pada map area ini.",
    "Sesuai laporan triwulan terakhir.",
    "Dibahas dengan tim area.",
)


async def register(api: Api, unit: SampleUnit, *, key: str) -> bool:
    """Enter a unit into the register; False when the id belongs to somebody else's unit."""
    admin = actor("admin", unit.id)
    body = {
        "unit_id": unit.id,
        "name": unit.name,
        "agency_id": AGENCY_ID,
        "unit_type": unit.unit_type,
        "echelon": unit.echelon,
        "region": unit.region,
        "has_service_function": unit.has_service_function,
        "zone": unit.zone,
        "is_demo": True,
    }
    try:
        await api.post("planning", "/units", admin, body, key=key)
    except RefusedError as refused:
        if refused.code != "unit_exists":
            raise
        return unit.id in await demo_units(api)
    return True


async def demo_units(api: Api) -> set[str]:
    """Return the ids of the agency's units that planning calls demo units."""
    units = api.pages("planning", "/units", actor("verifier", ""))
    return {unit["unit_id"] async for unit in units if unit["is_demo"]}


async def open_programme(api: Api, unit: str, year: int, target: str, *, key: str) -> None:
    """Open the unit's programme of the year unless there is one."""
    body = {"unit_id": unit, "year": year, "target": target}
    try:
        await api.post("planning", "/programmes", actor("admin", unit), body, key=key)
    except RefusedError as refused:
        if refused.code != "programme_exists":
            raise


async def write_answers(
    api: Api, unit: str, year: int, layer: str, answers: Worksheet, *, key: str | None = None
) -> None:
    """Write answers of one layer, whatever others have written meanwhile."""
    sent = [
        _sent(code, answer, NOTES[number % len(NOTES)])
        for number, (code, answer) in enumerate(answers.items())
    ]
    await api.post(
        "planning",
        f"/units/{unit}/worksheets/{year}/answers",
        actor(WRITERS[layer], unit),
        {"layer": layer, "answers": sent},
        key=key,
        if_match="*",
    )


def _sent(code: str, answer: Answer, note: str) -> Mapping[str, Any]:
    given = {"letter": answer.letter, "index": answer.index_text, "inputs": answer.inputs}
    return {"item_code": code, "note": note} | {k: v for k, v in given.items() if v is not None}


async def carry_out(api: Api, unit: SampleUnit, year: int, plan: Sequence[Step], *, key: str) -> None:
    """Enter the unit's plan, and complete what is done with a file for each kind of evidence."""
    await asyncio.gather(
        *(_carry_out_step(api, unit, year, step, f"{key}-{number}") for number, step in enumerate(plan))
    )


async def _carry_out_step(api: Api, unit: SampleUnit, year: int, step: Step, key: str) -> None:
    operator = actor("unit_operator", unit.id)
    body = {
        "unit_id": unit.id,
        "year": year,
        "indicator_code": step.indicator,
        "title": step.title,
        "evidence_kinds": list(step.kinds),
        "due_on": step.due_on.isoformat(),
    }
    planned = await api.post("planning", "/activities", operator, body, key=key)
    if not step.is_done:
        return
    uploaded = [
        await api.post(
            "planning",
            f"/units/{unit.id}/evidence",
            operator,
            key=f"{key}-{kind}",
            params={"kind": kind},
            files={"file": (f"{kind}.pdf", pdf(unit.name, step.title, kind, str(year)), "application/pdf")},
        )
        for kind in step.kinds
    ]
    await api.post(
        "planning",
        f"/activities/{planned.body['activity_id']}/complete",
        operator,
        {"evidence_ids": [evidence.body["evidence_id"] for evidence in uploaded]},
        key=f"{key}-done",
        if_match=planned.etag,
    )
