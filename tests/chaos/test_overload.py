"""A crowd before complaints: everybody is answered honestly, and what runs beside the API goes on."""

import asyncio
import os
from collections import Counter
from uuid import uuid4

import httpx2

from services.complaints.intake.domain import receipt_of
from tests.chaos.stand import SOON_SECONDS, Stand
from tests.support.polling import until

REPORTERS, GUESSERS, READERS = 200, 60, 20
DUE_SECONDS = 4
"""How long after the crowd's coming the canary falls due; it stays until the canary has sung."""
LATE_SECONDS = 5.0
POLL_SECONDS = 4.5
"""How rarely the poller may look, and so how old the gauge of the canary's age may be."""
GIVEN_UP_SECONDS = 40.0
ANSWER_SECONDS = 60.0
AGE = "zi_complaints_canary_age_seconds"
NEWEST = "SELECT id FROM deadline WHERE kind = 'canary' ORDER BY armed_at DESC LIMIT 1"
"""Processes that were killed before have left theirs."""
PLAN_CANARY = f"""
    UPDATE deadline
    SET due_at = soon, rung_at = ARRAY[soon], rung_notify_at = ARRAY[soon], next_fire_at = soon
    FROM (SELECT clock_timestamp() + interval '{DUE_SECONDS} seconds' AS soon) AS plan
    WHERE id = ({NEWEST}) RETURNING due_at
"""
SANG = f"SELECT coalesce(breached_at >= $1, false) FROM deadline WHERE id = ({NEWEST})"
SINCE = "SELECT extract(epoch FROM clock_timestamp() - $1::timestamptz)"


class Crowd:
    """Reporters, people with wrong receipts and officers, all at once; each is a source of its own."""

    def __init__(self, stand: Stand, http: httpx2.AsyncClient, unit: str, officer: str) -> None:
        self._stand = stand
        self._http = http
        self._unit = unit
        self._officer = officer
        self._sources = 0
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []

    async def come(self) -> None:
        """Ask everything once and judge every answer."""
        await asyncio.gather(
            *(self._report() for _ in range(REPORTERS)),
            *(self._guess() for _ in range(GUESSERS)),
            *(self._read() for _ in range(READERS)),
            self._probe(),
        )

    async def _report(self) -> None:
        body = {
            "unit_id": self._unit,
            "text": "Loket tutup sebelum jam layanan berakhir.",
            "privacy_notice": "1",
        }
        await self._ask("POST", "/public/cases", body)

    async def _guess(self) -> None:
        await self._ask("POST", "/public/receipt-sessions", {"receipt": receipt_of(os.urandom(13))})

    async def _read(self) -> None:
        await self._ask("GET", "/cases", None, {"Authorization": f"Bearer {self._officer}"})

    async def _probe(self) -> None:
        await self._ask("GET", "/livez", None)

    async def _ask(self, method: str, path: str, body: object, headers: dict[str, str] | None = None) -> None:
        self._sources += 1
        source = f"10.{self._sources >> 16}.{self._sources >> 8 & 255}.{self._sources & 255}"
        given = {"X-Forwarded-For": source, "Idempotency-Key": str(uuid4()), **(headers or {})}
        urls = self._stand.ops_urls if path == "/livez" else self._stand.urls
        url = urls["complaints"] + path
        try:
            answer = await self._http.request(method, url, json=body, headers=given)
        except httpx2.TransportError as error:
            self.seen[f"{path} {type(error).__name__}"] += 1
            self.broken.append(f"{path}: {type(error).__name__}")
            return
        self.seen[f"{path} {answer.status_code}"] += 1
        is_wrong = answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR and not _is_honest(answer)
        if is_wrong or (path == "/livez" and answer.status_code != httpx2.codes.OK):
            self.broken.append(f"{path}: {answer.status_code} {answer.text[:200]}")


async def test_a_crowd_gets_honest_answers_and_delays_neither_probe_nor_deadline(stand: Stand) -> None:
    ((unit, _),) = (await stand.units("crowd", 1)).items()
    known = "SELECT count(*) FROM unit WHERE unit_id = $1"
    await until(
        lambda: stand.value("complaints", known, unit), seconds=SOON_SECONDS, what="the unit is known"
    )
    officer = await stand.token("complaint_officer", unit=unit)
    due = await until(lambda: stand.value("complaints", PLAN_CANARY), seconds=SOON_SECONDS, what="a canary")
    song = asyncio.create_task(_lateness(stand, due))

    everybody = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=ANSWER_SECONDS, limits=everybody) as http:
        crowd = Crowd(stand, http, unit, officer)
        while not song.done():
            await crowd.come()
    late = await song
    stale = await _since(stand, due) - await stand.metric("complaints", AGE)

    assert not crowd.broken, f"{len(crowd.broken)} bad answers, first {crowd.broken[:3]}; all: {crowd.seen}"
    assert late < LATE_SECONDS, f"the canary sang {late:.1f} s after it was due; answers: {crowd.seen}"
    assert stale < POLL_SECONDS + LATE_SECONDS, f"the gauge of the canary's age is {stale:.1f} s old"
    accepted = crowd.seen["/public/cases 201"]
    assert accepted >= 1, f"nobody was served: {crowd.seen}"
    kept = await stand.value("complaints", "SELECT count(*) FROM case_file WHERE unit_id = $1", unit)
    assert kept >= accepted
    for path in ("/readyz", "/readyz/worker"):
        await stand.becomes_ready("complaints", path)


def _is_honest(answer: httpx2.Response) -> bool:
    """Tell whether a refusal says when to come again and does not blame the database, which is there."""
    says_when = int(answer.headers.get("Retry-After", 0)) > 0
    return answer.status_code == 503 and says_when and answer.json()["code"] != "database_away"


async def _lateness(stand: Stand, due: object) -> float:
    """Return how late the canary was when it was last seen silent, by the database's clock."""
    late = 0.0
    while not await stand.value("complaints", SANG, due):
        late = await _since(stand, due)
        if late > GIVEN_UP_SECONDS:
            break
        await asyncio.sleep(0.2)
    return late


async def _since(stand: Stand, moment: object) -> float:
    return float(await stand.value("complaints", SINCE, moment))
