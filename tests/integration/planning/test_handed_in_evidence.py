"""What proves a layer that was handed in stays as it was then, whatever its owner brings afterwards."""

import json
from typing import Any
from uuid import uuid4

from tests.support import nominating, stages
from tests.support.planning import AGENCY, YEAR, Planning
from tests.support.planning_browser import log_in

ITEM = "A.I.1.i.a"
OLD, NEW = "SK nomor 3 tahun 2026.", "SK nomor 9 tahun 2026."


async def handed_in(planning: Planning, unit: str, agency: str) -> str:
    """Hand a whole sheet in with one proof, then bring that proof anew; return its id."""
    operator = planning.headers("unit_operator", unit, agency=agency)
    body = {"kind": "sk", "title": "SK tim", "form": "text", "body": OLD}
    made = await planning.client.post(f"/units/{unit}/evidence/references", json=body, headers=operator)
    evidence_id = str(made.json()["evidence_id"])
    sheet: list[dict[str, Any]] = stages.whole_sheet()
    sheet[0] |= {"evidence_ids": [evidence_id]}
    written = await planning.client.post(
        f"/units/{unit}/worksheets/{YEAR}/answers",
        json={"layer": "unit", "answers": sheet},
        headers=operator | {"If-Match": "*"},
    )
    assert written.status_code == 200, written.text
    submitted = await planning.client.post(
        f"/units/{unit}/stages/{YEAR}/acts/submit", json={}, headers=operator | {"If-Match": "*"}
    )
    assert submitted.status_code == 200, submitted.text
    revised = await planning.client.put(
        f"/evidence/{evidence_id}/reference",
        json={"form": "text", "body": NEW},
        headers=operator | {"If-Match": '"1"'},
    )
    assert revised.json()["revision"] == 2, revised.text
    return evidence_id


async def test_assessors_read_what_was_handed_in_and_hear_of_what_came_later(planning: Planning) -> None:
    unit = await planning.programme()
    evidence_id = await handed_in(planning, unit, AGENCY)
    reader = await log_in(planning, "tpi", f"tpi-of-{unit}", AGENCY)
    here = f"/lembar-kerja/{unit}/{YEAR}"
    page = (await reader.get(f"{here}/penilaian/tpi/1")).text
    assert "revisi 1 seperti diserahkan; kini ada yang lebih baru" in page
    link = f"{here}/dokumen/{evidence_id}?revisi=1"
    assert f'href="{link}"' in page
    opened = (await reader.get(link)).text
    assert OLD in opened
    assert NEW not in opened
    assert (await reader.get(f"{here}/dokumen/{evidence_id}?revisi=3")).status_code == 404
    assert NEW in (await reader.get(f"{here}/dokumen/{evidence_id}")).text

    await stages.lead_to(planning, unit, "pengisian", number=2)
    returned = (await reader.get(f"{here}/penilaian/tpi/1")).text
    assert f'href="{here}/dokumen/{evidence_id}"' in returned, "who has the worksheet shows the newest"


async def test_a_package_holds_what_was_handed_in(planning: Planning) -> None:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.programme(agency=agency)
    evidence_id = await handed_in(planning, unit, agency)

    async def lead() -> None:
        await stages.lead_to(planning, unit, "pengusulan", agency=agency)
        await stages.let_propose(planning, agency)

    made = await nominating.frozen(planning.client, planning.issuer, agency, unit, YEAR, lead=lead)
    head = planning.headers("agency_head", unit, agency=agency)
    found = await planning.client.get(f"/nominations/{made['nomination_id']}/packages/1", headers=head)
    part = json.loads(found.content)["parts"][f"unit/{unit}"]
    (proof,) = part["evidence"]["unit"][ITEM]
    assert (proof["evidence_id"], proof["revision"]) == (evidence_id, 1)
    first = next(one for one in part["answers"] if one["item_code"] == ITEM)
    assert first["bukti_dukung_unit"] == OLD
