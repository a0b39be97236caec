"""Mixed commands over several units; each names the events it must cause when it is accepted."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2

from tests.chaos.client import Caller
from tests.chaos.history import Command, History
from tests.chaos.sheet import ITEMS, WORKSHEET, YEAR
from tests.chaos.stand import Stand
from tests.support.polling import until

ANSWERS_PER_COMMAND = 5
CASE, DEADLINE = "zi.complaints.case.v1", "zi.complaints.deadline.v1"
UNIT, PROGRAMME, CAMPAIGN = "zi.planning.unit.v1", "zi.planning.programme.v1", "zi.survey.campaign.v1"
CONSENT, RESPONSE = "zi.survey.consent.v1", "zi.survey.response.v1"
SURVEY_ITEMS = [
    "informasi",
    "persyaratan",
    "prosedur",
    "waktu",
    "biaya",
    "sarana",
    "respon",
    "konsultasi_pengaduan",
    "diskriminasi",
    "kecurangan",
    "gratifikasi",
    "pungli",
    "percaloan",
]


class Workload:
    """Units with programmes and campaigns of their own, and an endless mix of commands on them."""

    def __init__(self, stand: Stand, seed: int, people: int) -> None:
        self._stand = stand
        self._seed = seed
        self._draw = random.Random(seed)
        self._people = people
        self.units: list[str] = []
        self._tokens: list[str] = []
        self._text_version = ""
        self._operator = self._officer = ""

    async def prepare(self) -> None:
        """Register units and programmes, invite people to a survey, before anything is killed."""
        made = await self._stand.units(f"chaos-{self._seed}", 4)
        self.units = list(made)
        self._operator = made[self.units[0]]
        self._officer = await self._stand.token("complaint_officer", unit=self.units[1])
        known = f"SELECT 1 FROM unit WHERE unit_id = '{self.units[2]}'"
        await until(lambda: self._stand.sql("survey", known), what="survey knows the unit")
        create = ("survey", "create", "--unit", self.units[2], "--year", str(YEAR), "--json")
        campaign = (await self._stand.zi(*create)).json()["campaign_id"]
        invite = ("survey", "invite", campaign, "--count", str(self._people), "--json")
        self._tokens = [item["token"] for item in (await self._stand.zi(*invite)).json()["items"]]

    async def run(self, caller: Caller, stop: asyncio.Event, *, per_second: float) -> None:
        """Send commands at a mean rate until told to stop; never wait for one answer before the next."""
        self._text_version = await self._shown_text()
        stream = self.commands()
        sent: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            task = asyncio.create_task(caller.send(caller.history.add(next(stream))))
            sent.add(task)
            task.add_done_callback(sent.discard)
            await asyncio.sleep(self._draw.expovariate(per_second))
        await asyncio.gather(*sent)

    async def _shown_text(self) -> str:
        """Return the version of the consent text, as a respondent's page would see it."""
        url = f"{self._stand.urls['survey']}/respondent/sheet"
        async with httpx2.AsyncClient() as http:
            return str((await http.post(url, json={"token": self._tokens[0]})).json()["text_version"])

    def facts(self, history: History) -> dict[str, int]:
        """Return how many events each topic must hold of our units, the preparation included.

        How many tallies are told depends on how soon acts follow each other, and how many thresholds on which
        answers a release holds: their outbox is judged alone.
        """
        prepared = {UNIT: len(self.units), PROGRAMME: len(self.units), CAMPAIGN: 1}
        return dict(Counter(prepared) + Counter(history.facts()))

    def commands(self) -> Iterator[Command]:
        """Yield the mix: of ten, six answer five items, two file complaints, two are of survey people."""
        tokens = iter(self._tokens)
        waiting: list[str] = []
        for number in itertools.count():
            kind = number % 10
            if kind in (3, 8):
                yield self._complaint()
            elif kind == 5 and (token := next(tokens, None)) is not None:
                waiting.append(token)
                yield self._consent(token)
            elif kind == 9 and len(waiting) > 5:  # long enough ago that the consent is settled
                yield self._response(waiting.pop(0))
            else:
                yield self._answers()

    def _answers(self) -> Command:
        chosen = self._draw.sample(ITEMS, ANSWERS_PER_COMMAND)
        answers = [{"item_code": code, "letter": self._draw.choice(letters)} for code, letters in chosen]
        return Command(
            key=str(uuid4()),
            method="POST",
            url=f"{self._stand.urls['planning']}/units/{self.units[0]}/worksheets/{YEAR}/answers",
            body={"layer": "unit", "answers": answers},
            facts={WORKSHEET: ANSWERS_PER_COMMAND},
            token=self._operator,
            headers={"If-Match": "*"},
        )

    def _complaint(self) -> Command:
        body = {
            "unit_id": self.units[1],
            "text": "Uji ketahanan: loket tutup sebelum jam layanan berakhir.",
            "stream": "masyarakat",
            "privacy_notice": "1",
            "channel": "loket",
        }
        return Command(
            key=str(uuid4()),
            method="POST",
            url=f"{self._stand.urls['complaints']}/cases",
            body=body,
            facts={CASE: 1, DEADLINE: 2},  # verification, and the cap
            token=self._officer,
        )

    def _consent(self, token: str) -> Command:
        return Command(
            key=str(uuid4()),
            method="POST",
            url=f"{self._stand.urls['survey']}/respondent/consent",
            body={"token": token, "decision": "willing", "text_version": self._text_version},
            facts={CONSENT: 1},
        )

    def _response(self, token: str) -> Command:
        scores: dict[str, Any] = {key: self._draw.randint(1, 6) for key in SURVEY_ITEMS}
        return Command(
            key=str(uuid4()),
            method="POST",
            url=f"{self._stand.urls['survey']}/respondent/responses",
            body={
                "token": token,
                "response_id": str(UUID(int=self._draw.getrandbits(128))),
                "scores": scores,
            },
            facts={RESPONSE: 1},
        )
