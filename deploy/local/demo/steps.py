"""The three kinds of steps that demo traffic takes, one at a time."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.demo import filling, surveying
from deploy.local.demo.answering import response
from deploy.local.demo.answers import one_higher, unit_answers
from deploy.local.demo.api import Api, actor
from deploy.local.demo.complaints import COUNTS, LIGHT_HOURS, PATHS, Complaint, Story, stories
from deploy.local.demo.handling import Case, act, enter, enter_handlers
from deploy.local.demo.load import SEED
from deploy.local.demo.situations import SITUATIONS, Situation
from shared.instruments.lke import Answer

CHANNEL = "sms"
"""No complaint of the sample comes this way, so the stream knows its own."""
SUPERVISOR = actor("complaint_supervisor", "")
OPEN_CASES = 8
LIGHT_CASES, LIGHT_SHARE = 3, 0.15
BURNING_MINUTES = 8
"""A light complaint is entered with so much of its time left, and handled when that has passed."""

MOVING_ITEMS = 6
"""Items per unit that traffic moves between the sample's answer and the one above it."""

SURVEYED = "contoh-flamboyan"
FEWEST, MOST = 25, 60
"""Answers between which the survey swings once it has got there."""


@dataclass
class OnTheWay:
    """A complaint with the acts still to do, not before `ready_at` (monotonic seconds)."""

    case: Case
    todo: list[str]
    ready_at: float = 0.0


@dataclass
class ComplaintSteps:
    """Leads complaints from receipt to acceptance, a few at a time; it touches only those it entered."""

    api: Api
    rng: random.Random
    units: list[str]
    cases: list[OnTheWay] = field(default_factory=list)

    async def resume(self) -> None:
        """Take up what an earlier run of the stream left open, as far as it can be done without receipts.

        The units' handlers are entered first: an older sample knows none.
        """
        await enter_handlers(self.api, self.units)
        for state in ("DITERIMA", "DIVERIFIKASI", "DIDISPOSISIKAN", "DIPROSES"):
            async for found in self.api.pages("complaints", "/cases", SUPERVISOR, state=state):
                if found["channel_kind"] == CHANNEL and found["unit_id"] in self.units:
                    self.cases.append(_left_open(found))

    async def step(self) -> None:
        """Enter a complaint, or do the next act on one."""
        ready = [one for one in self.cases if one.ready_at <= time.monotonic()]
        has_room = len(ready) < OPEN_CASES
        if has_room and (not ready or self.rng.random() < 1 / (1 + len(PATHS["SELESAI"]))):
            await self._enter()
        elif ready:
            await self._act(self.rng.choice(ready))

    async def _enter(self) -> None:
        light = sum(one.case.story.case_class == "ringan" for one in self.cases)
        is_light = light < LIGHT_CASES and self.rng.random() < LIGHT_SHARE
        story = self.rng.choice([one for one in stories() if (one.case_class == "ringan") is is_light])
        age = timedelta(hours=LIGHT_HOURS, minutes=-BURNING_MINUTES) if is_light else timedelta()
        unit = self.rng.choice([unit for unit in self.units if unit in COUNTS])
        received_at = datetime.now(UTC) - age - timedelta(seconds=1)  # the database's clock may be behind
        case = await enter(self.api, unit, Complaint(story, CHANNEL, age, "SELESAI"), received_at)
        self.cases.append(OnTheWay(case, list(PATHS["SELESAI"])))

    async def _act(self, chosen: OnTheWay) -> None:
        name = chosen.todo.pop(0)
        self.cases.remove(chosen)  # a refused act leaves the case alone
        chosen.case = await act(self.api, chosen.case, name, self.rng)
        if chosen.todo:
            self.cases.append(chosen)
        if name == "dispose" and chosen.case.story.case_class == "ringan":
            chosen.ready_at = time.monotonic() + 60 * (BURNING_MINUTES + 1)


def _left_open(found: Mapping[str, Any]) -> OnTheWay:
    story = Story("", found["stream"], found["case_class"] or "normatif")
    todo = [name for name in PATHS["DITANGGAPI"] if name not in PATHS[found["state"]]]
    if found["has_draft"]:
        todo.remove("respond")
    return OnTheWay(Case(found["id"], found["unit_id"], story, "", found["version"]), todo)


def _is_correcting(situation: Situation) -> bool:
    return situation.holds is not None and situation.tpi is None


@dataclass
class AnswerSteps:
    """Corrects answers upwards and back, always the same few items of a unit that still fills its sheet."""

    api: Api
    rng: random.Random
    units: list[str]
    year: int
    moving: dict[str, list[tuple[str, Answer, Answer]]] = field(default_factory=dict)

    async def step(self) -> None:
        """Write one answer as it is in the sample, or one option higher."""
        unit = self.rng.choice([unit for unit in self.units if _is_correcting(SITUATIONS[unit])])
        if unit not in self.moving:
            self.moving[unit] = self._movable(unit)
        code, *answers = self.rng.choice(self.moving[unit])
        await filling.write_answers(self.api, unit, self.year, "unit", {code: self.rng.choice(answers)})

    def _movable(self, unit: str) -> list[tuple[str, Answer, Answer]]:
        rng = random.Random(f"{SEED}/{unit}/moving")
        answers = unit_answers(f"{SEED}/{unit}", SITUATIONS[unit], self.year)
        higher = {code: one_higher(code, answer) for code, answer in answers.items()}
        found = [(code, answers[code], above) for code, above in higher.items() if above is not None]
        return rng.sample(found, min(MOVING_ITEMS, len(found)))


@dataclass
class SurveySteps:
    """Lets a survey that has just opened fill up, then people come and go."""

    api: Api
    rng: random.Random
    units: list[str]
    year: int
    answered: list[str] = field(default_factory=list)

    async def step(self) -> None:
        """Let one person take part, or one take the answer back."""
        campaign = await self._campaign()
        if campaign is None:
            return
        share = (campaign["n"] - FEWEST) / (MOST - FEWEST)
        if self.answered and self.rng.random() < share:
            await surveying.withdraw(self.api, self.answered.pop(0))
        elif campaign["n"] < MOST:
            await self._take_part(campaign["campaign_id"])

    async def _campaign(self) -> Mapping[str, Any] | None:
        if SURVEYED not in self.units:
            return None
        reader = actor("verifier", SURVEYED)
        found = (await self.api.get("survey", "/campaigns", reader, unit_id=SURVEYED)).body["items"]
        open_ones = [one for one in found if one["state"] == "open" and one["year"] == self.year]
        return open_ones[0] if open_ones else None

    async def _take_part(self, campaign_id: str) -> None:
        survey = SITUATIONS[SURVEYED].survey
        if survey is None:
            return
        (invitation,) = await surveying.invite(self.api, SURVEYED, campaign_id, 1)
        token = invitation["token"]
        await surveying.decide(self.api, token, "willing", await surveying.text_version(self.api, token))
        await surveying.answer(self.api, token, response(self.rng, survey))
        self.answered.append(token)
