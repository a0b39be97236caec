"""What tests of planning share: a caller of its API, small files, and workbooks as bytes."""

import io
import zipfile
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.settings import Settings
from shared.db import Database
from tests.support.tokens import TestIssuer

AGENCY = "a1"
YEAR = 2026
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer << >>\n%%EOF\n"

LEVELS = {
    "admin": "agency",
    "tpi": "agency",
    "tpn": "national",
    "verifier": "agency",
    "agency_head": "agency",
}


@dataclass(frozen=True)
class Planning:
    """The running API; `db` looks into its database."""

    app: FastAPI
    client: httpx2.AsyncClient
    issuer: TestIssuer
    db: Database
    settings: Settings

    def headers(
        self, role: str, unit: str, *, agency: str = AGENCY, subject: str | None = None
    ) -> dict[str, str]:
        """Return the headers of somebody with this role where the unit is in scope."""
        return self.issuer.headers(
            role,
            level=LEVELS.get(role, "unit"),
            agencies=[agency],
            units=[unit],
            subject=subject or f"{role}-of-{unit}",
        )

    async def call(
        self, method: str, path: str, role: str, unit: str, *, subject: str | None = None, **options: Any
    ) -> httpx2.Response:
        headers = self.headers(role, unit, subject=subject) | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def unit(self, *, agency: str = AGENCY, **fields: Any) -> str:
        """Register a new unit and return its id."""
        unit = str(fields.pop("unit_id", f"u-{uuid4().hex[:12]}"))
        body = {"unit_id": unit, "name": "Kantor Contoh", **fields}
        made = await self.client.post("/units", json=body, headers=self.headers("admin", unit, agency=agency))
        assert made.status_code == 201, made.text
        return unit

    async def person(self, unit: str, *, agency: str = AGENCY, **fields: Any) -> dict[str, Any]:
        """Enter a person of a unit and return their entry."""
        number = uuid4().int % 10**18
        body = {
            "unit_id": unit,
            "name": "Sari Contoh",
            "employee_number": f"{number:018}",
            "category": "civil_servant",
            "active_from": "2025-01-02",
            **fields,
        }
        made = await self.client.post(
            "/people", json=body, headers=self.headers("admin", unit, agency=agency)
        )
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def programme(self, *, year: int = YEAR, agency: str = AGENCY) -> str:
        """Register a new unit with a programme and return its id."""
        unit = await self.unit(agency=agency)
        await self.another_programme(unit, year, agency=agency)
        return unit

    async def another_programme(self, unit: str, year: int, *, agency: str = AGENCY) -> None:
        """Open the unit's programme of a year."""
        body = {"unit_id": unit, "year": year, "target": "WBK"}
        headers = self.headers("admin", unit, agency=agency)
        made = await self.client.post("/programmes", json=body, headers=headers)
        assert made.status_code == 201, made.text

    async def answer(
        self,
        unit: str,
        *answers: dict[str, Any],
        layer: str = "unit",
        seen: str = "*",
        subject: str | None = None,
        year: str = str(YEAR),
        **headers: str,
    ) -> httpx2.Response:
        """Write answers as the layer's own role."""
        role = {"unit": "unit_operator"}.get(layer, layer)
        return await self.call(
            "POST",
            f"/units/{unit}/worksheets/{year}/answers",
            role,
            unit,
            subject=subject,
            json={"layer": layer, "answers": list(answers)},
            headers={"If-Match": seen, **headers},
        )

    async def worksheet(self, unit: str) -> dict[str, Any]:
        found = await self.call("GET", f"/units/{unit}/worksheets/{YEAR}", "unit_operator", unit)
        assert found.status_code == 200, found.text
        return dict(found.json())

    async def upload(
        self,
        unit: str,
        name: str,
        content: bytes,
        *,
        kind: str = "notulen",
        layer: str = "unit",
        **headers: str,
    ) -> httpx2.Response:
        role = {"unit": "unit_operator"}.get(layer, layer)
        return await self.call(
            "POST",
            f"/units/{unit}/evidence",
            role,
            unit,
            params={"kind": kind, "layer": layer},
            files={"file": (name, content, "application/octet-stream")},
            headers=headers,
        )

    async def events(self, unit: str) -> list[tuple[str, int]]:
        """Return type and version of the unit's outbox rows by position."""
        rows = await self.rows(
            "SELECT type, version FROM outbox WHERE record_key = :unit ORDER BY position", unit=unit
        )
        return [(row[0].removeprefix("id.zi.planning."), row[1]) for row in rows]

    async def execute(self, session: AsyncSession, sql: str, **params: Any) -> None:
        """Run a statement within a transaction of this database."""
        await session.execute(text(sql), params)

    async def rows(self, sql: str, **params: Any) -> list[Any]:
        async with self.db.transaction() as session:
            return list((await session.execute(text(sql), params)).all())


def office_file(*names: str, before: bytes = b"", **contents: bytes) -> bytes:
    """Return a ZIP with these members beside the content types, after `before`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, b"<x/>")
        for name, content in contents.items():
            archive.writestr(name, content)
    return before + buffer.getvalue()
