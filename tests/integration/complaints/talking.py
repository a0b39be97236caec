"""Reporter and officers of a case that tests let talk, and the files they send."""

import io
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from PIL import Image

from tests.integration.complaints.acting import BROWSER, Acting

OFFICER = "complaint_officer"


class Both:
    """A case, its reporter with a session, and its officers."""

    def __init__(self, acting: Acting, made: dict[str, Any], token: str) -> None:
        self.acting, self.made, self.token = acting, made, token
        self.client = acting.client
        self.case = f"/cases/{made['id']}"

    @classmethod
    async def about(cls, acting: Acting, **fields: Any) -> "Both":
        made = await acting.enter(**fields)
        opened = await acting.client.post("/public/receipt-sessions", json={"receipt": made["receipt"]})
        return cls(acting, made, opened.json()["token"])

    async def mine(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"X-Receipt-Session": self.token, **options.pop("headers", {})}
        return await self.client.request(method, f"/public/my-case{path}", headers=headers, **options)

    async def theirs(
        self, method: str, path: str = "", role: str = OFFICER, **options: Any
    ) -> httpx2.Response:
        headers = self.acting.headers(role) | options.pop("headers", {})
        return await self.client.request(method, f"{self.case}{path}", headers=headers, **options)

    async def say(self, text: str, *, is_internal: bool = False) -> httpx2.Response:
        return await self.theirs("POST", "/messages", json={"text": text, "is_internal": is_internal})


def photo(note: str = "Kamera Ratna") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = note
    Image.new("RGB", (30, 20), (20, 80, 120)).save(out, format="JPEG", exif=exif)
    return out.getvalue()


def upload(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, content, "application/octet-stream")) for name, content in named]


def stored(app: FastAPI) -> list[Path]:
    folder: Path = app.state.zi.settings.data_dir
    return [path for path in folder.rglob("*") if path.is_file()]


async def browser_of(both: Both) -> dict[str, str]:
    opened = await both.client.post("/lacak", data={"receipt": both.made["receipt"]}, headers=BROWSER)
    both.client.cookies.clear()
    return BROWSER | {"Cookie": opened.headers["set-cookie"].split(";", maxsplit=1)[0]}
