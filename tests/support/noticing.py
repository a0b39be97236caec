"""What tests of notices share: small texts, a queue in a database, and a sender of them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.db.bootstrap import ServiceDatabase
from shared.kernel import Zone
from shared.notices import Notice, put
from shared.notices.catalogue import Catalogue
from shared.notices.post import Post
from shared.notices.sending import Sender
from shared.notices.smtp import Server, Smtp
from tests.support.clock import run_by, stand_still
from tests.support.database import DatabaseMaker
from tests.support.mail_server import MailServer

SENDER = "noreply@zi.test"
BASE_URL = "https://zi.test"
TEXTS: dict[str, Any] = {
    "sender": "Zona Integritas – Uji",
    "digest_subject": "{{ count }} pemberitahuan",
    "rhythms": {
        "at_once": {},
        "gathered": {"gather_minutes": 60},
        "night": {"quiet": ["20:00", "06:00"]},
        "weekly": {"weekday": 1, "hour": "08:00"},
    },
    "templates": {
        name: {
            "rhythm": rhythm,
            "subject": "Kabar {{ what }}",
            "happened": "Terjadi {{ what }}.",
            "todo": "Lihat {{ what }}.",
            "path": "/lihat/{{ what | segment }}",
        }
        for name, rhythm in (
            ("told", "at_once"), ("news", "gathered"), ("quiet", "night"), ("summary", "weekly"),
        )
    },
}  # fmt: skip
TEXT = "{% for item in items %}{{ item.happened }} {{ item.todo }} {{ item.link }}\n{% endfor %}"
HTML = '{% for item in items %}<p><a href="{{ item.link }}">{{ item.happened }}</a></p>{% endfor %}'


def write_texts(folder: Path, texts: Mapping[str, Any] = TEXTS) -> Path:
    """Write the texts of a service into a folder and return it."""
    (folder / "notices.json").write_text(json.dumps(texts))
    (folder / "mail.txt").write_text(TEXT)
    (folder / "mail.html").write_text(HTML)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.load(write_texts(tmp_path))


@dataclass
class Queue:
    """A database with notices, its clock, and an address for everybody but those in `unknown`.

    Those in `numbers` have a number instead.
    """

    db: Database
    url: str
    owner: asyncpg.Connection
    catalogue: Catalogue
    unknown: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)

    async def put(self, *notices: Notice) -> int:
        async with self.db.transaction() as session:
            return await put(session, self.catalogue, notices)

    def sender(self, post: Post | None, *, numbers: Post | None = None) -> Sender:
        return Sender(
            self.db,
            self.catalogue,
            post,
            self._addresses,
            base_url=BASE_URL,
            numbers=numbers,
            draw=lambda: 0.0,
        )

    async def at(self, moment: datetime) -> None:
        await stand_still(self.owner, moment)

    async def later(self, **passed: int) -> None:
        """Let the clock run from now on so much later than it is."""
        ((unit, amount),) = passed.items()
        await run_by(self.owner, f"clock_timestamp() + interval '{amount} {unit}'")

    async def mails(self) -> list[tuple[str, int, str | None]]:
        """Return state, tries and reason of all mails, oldest first."""
        rows = await self.rows("SELECT state, attempts, reason FROM notice_mail ORDER BY mail_id")
        return [(row.state, row.attempts, row.reason) for row in rows]

    async def rows(self, sql: str) -> list[Any]:
        async with self.db.reading() as session:
            return list(await session.execute(text(sql)))

    async def _addresses(self, _session: AsyncSession, subjects: Sequence[str]) -> Mapping[str, str]:
        known = [one for one in subjects if one not in self.unknown]
        return {one: self.numbers.get(one, f"{one}@agency.test") for one in known}


@pytest.fixture(scope="session")
async def notices_database(make_database: DatabaseMaker) -> ServiceDatabase:
    """The database that the tests of notices use in turn."""
    return await make_database("planning")


@pytest.fixture
async def queue(notices_database: ServiceDatabase, catalogue: Catalogue) -> AsyncIterator[Queue]:
    owner = await asyncpg.connect(notices_database.owner_url)
    await owner.execute("TRUNCATE notice, notice_mail, identity.contact")
    await run_by(owner, "clock_timestamp()")
    db = Database(notices_database.app_url, pool_size=4)
    yield Queue(db, notices_database.app_url, owner, catalogue)
    await db.close()
    await owner.close()


def smtp_to(server: MailServer, **options: Any) -> Smtp:
    """Return the way to a test's server."""
    needs_tls = bool(options.pop("needs_tls", False))
    return Smtp(
        Server.of(server.url, needs_tls=needs_tls), sender="Zona Integritas", sender_address=SENDER, **options
    )


def notice(key: str = "k1", template: str = "told", to: str = "ani", **fields: Any) -> Notice:
    return Notice(
        to, key, template, fields.pop("zone", Zone.WIB), {"what": fields.pop("what", key)}, **fields
    )
