"""Complaints over HTTP: what is reported, and acts with the role that each needs."""

import re
from typing import Any

import httpx2

from tests.support.tokens import TestIssuer

REPORT = {"unit_id": "u-1", "text": "Loket tutup sebelum jam layanan berakhir.", "privacy_notice": "1"}
ENTRY = REPORT | {"channel": "loket"}
FORM = {
    "place": "unit:u-1",
    "text": "Loket tutup sebelum jam layanan berakhir.",
    "name": "Wulan Contoh",
    "privacy_notice": "1",
}
"""The public form as a browser fills it in."""
WRONG = "VBS8V-YX879-D126T-WJE2T-K"
"""A well-formed receipt that opens nothing."""
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


class Acting:
    """Acts over HTTP with the role that each act needs."""

    def __init__(self, client: httpx2.AsyncClient, issuer: TestIssuer) -> None:
        self.client = client
        self.issuer = issuer

    def headers(self, role: str) -> dict[str, str]:
        return self.issuer.headers(role, agencies=["a-1"], units=["u-1"])

    async def enter(self, **fields: Any) -> dict[str, Any]:
        answer = await self.client.post(
            "/cases", json=ENTRY | fields, headers=self.headers("complaint_officer")
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def act(self, role: str, case: str, act: str, version: int, **body: Any) -> httpx2.Response:
        headers = self.headers(role) | {"If-Match": f'"{version}"'}
        return await self.client.post(f"/cases/{case}/{act}", json=body, headers=headers)

    async def answered(self) -> dict[str, Any]:
        """Return an entered case whose answer was delivered."""
        made = await self.enter()
        await self.client.get("/cases", headers=self.headers("case_handler"))  # the handler is known now
        steps: list[tuple[str, str, dict[str, Any]]] = [
            (
                "complaint_officer",
                "verify",
                {"unit_id": "u-1", "stream": "masyarakat", "case_class": "normatif"},
            ),
            ("complaint_supervisor", "dispose", {"handler": "test-case_handler"}),
            ("case_handler", "follow-up", {"text": "Loket ditinjau.", "evidence": ["BA-6"]}),
            (
                "case_handler",
                "respond",
                {"outcome": "terbukti", "text": "Jadwal diperbaiki.", "evidence": ["BA-7"]},
            ),
            ("case_approver", "approve", {}),
        ]
        version = made["version"]
        for role, act, body in steps:
            answer = await self.act(role, made["id"], act, version, **body)
            assert answer.status_code == 200, answer.text
            version = answer.json()["version"]
            assert answer.headers["etag"] == f'"{version}"'
        return made


async def try_receipt(client: httpx2.AsyncClient, receipt: str = WRONG) -> int:
    return (await client.post("/public/receipt-sessions", json={"receipt": receipt})).status_code


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def receipt_on(page: str) -> str:
    return page.split('id="tanda-terima">', 1)[1].split("<", 1)[0]
