"""What tests of PortalRB share: an agency with a frozen package, and the ministry's portal with a token."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx2

from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import Browser
from tests.support.proposal_pages import Agency
from tests.support.stages import LAYER_STAGES, lead_to

ERROR = {
    "type": "object",
    "properties": {
        "error": {"const": True},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$"},
        "message": {"type": "string", "minLength": 1},
    },
    "required": ["error", "code", "message"],
    "additionalProperties": False,
}
UNITS = {
    "type": "object",
    "properties": {
        "tahun": {"type": "integer"},
        "units": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "nama": {"type": "string", "minLength": 1},
                    "kategori": {"enum": ["WBK", "WBK-AFIRMASI", "WBBM"]},
                    "afirmasi": {"type": "boolean"},
                },
                "required": ["id", "nama", "kategori", "afirmasi"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["tahun", "units"],
    "additionalProperties": False,
}
_TEXT = {"type": ["string", "null"], "minLength": 1}
_ANSWER = {"type": ["string", "null"], "pattern": r"^([A-Z]|Ya|Tidak|[0-9]+(\.[0-9]+)?)$"}
_FIELDS = {
    "soal_id": {"type": "integer", "minimum": 1, "maximum": 127},
    "jawaban_unit": _ANSWER,
    "jawaban_tpi": _ANSWER,
    "catatan_unit": _TEXT,
    "bukti_dukung_unit": _TEXT,
    "catatan_tpi": _TEXT,
}
ANSWERS = {
    "type": "object",
    "properties": {
        "unit_id": {"type": "string", "minLength": 1},
        "nama_unit": {"type": "string", "minLength": 1},
        "tahun": {"type": "integer"},
        "answers": {
            "type": "array",
            "minItems": 127,
            "maxItems": 127,
            "items": {
                "type": "object",
                "properties": _FIELDS,
                "required": list(_FIELDS),
                "additionalProperties": False,
            },
        },
    },
    "required": ["unit_id", "nama_unit", "tahun", "answers"],
    "additionalProperties": False,
}
"""Our own schemas of the guide's bodies. Source: portalrb.md, Endpoints and Errors."""
WBK, WBBM, UNIT = (
    "/portalrb/pengusulan/unit-wbk",
    "/portalrb/pengusulan/unit-wbbm",
    "/portalrb/lke/jawaban-unit",
)


@dataclass(frozen=True)
class Portal:
    """The ministry's portal as it pulls from one agency."""

    planning: Planning
    token: str

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {self.token}"} | headers
        return await self.planning.client.get(path, headers=sent)

    async def answers(self, unit: str) -> httpx2.Response:
        return await self.get(f"{UNIT}/{unit}")


def in_days(days: int) -> str:
    """Return a day as tokens name theirs."""
    return (date.today() + timedelta(days)).isoformat()  # noqa: DTZ011 - days apart by more than any zone


async def issue(agency: Agency, **fields: Any) -> httpx2.Response:
    """Make a token as the agency's administrator."""
    body = {"expires_on": in_days(30)} | fields
    path = f"/agencies/{agency.id}/portal-tokens"
    return await agency.planning.client.post(path, json=body, headers=agency.headers("admin"))


async def let_in(agency: Agency, **fields: Any) -> Portal:
    """Make a token and return the portal that holds it."""
    made = await issue(agency, **fields)
    assert made.status_code == 201, made.text
    return Portal(agency.planning, made.json()["token"])


async def write(agency: Agency, unit: str, layer: str, *sent: dict[str, Any]) -> None:
    """Write answers of a layer, and lead the assessment on to where it may be proposed."""
    role = {"unit": "unit_operator"}.get(layer, layer)
    await lead_to(agency.planning, unit, LAYER_STAGES[layer], agency=agency.id)
    made = await agency.planning.client.post(
        f"/units/{unit}/worksheets/{YEAR}/answers",
        json={"layer": layer, "answers": list(sent)},
        headers=agency.planning.headers(role, unit, agency=agency.id) | {"If-Match": "*"},
    )
    assert made.status_code == 200, made.text
    await lead_to(agency.planning, unit, "pengusulan", agency=agency.id)


async def freeze_units(agency: Agency, head: Browser, *units: str) -> None:
    """Put units into the agency's first package."""
    await agency.ready()
    await agency.packaged(head, *units)


async def review(agency: Agency, unit: str) -> dict[str, Any]:
    """Return how a unit's review stands."""
    found = await agency.planning.client.get(
        f"/agencies/{agency.id}/portal-reviews/{YEAR}", headers=agency.headers("admin")
    )
    assert found.status_code == 200, found.text
    return next(dict(one) for one in found.json()["units"] if one["unit_id"] == unit)


async def say(
    agency: Agency, unit: str, state: str = "sesuai", *, seen: int | None = None, role: str = "agency_head"
) -> httpx2.Response:
    """Say how a unit's review stands, on what stands there now."""
    version = (await review(agency, unit))["version"] if seen is None else seen
    return await agency.planning.client.put(
        f"/agencies/{agency.id}/portal-reviews/{YEAR}/{unit}",
        json={"state": state},
        headers=agency.headers(role) | {"If-Match": f'"{version}"'},
    )
