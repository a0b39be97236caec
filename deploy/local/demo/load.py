"""Enter the sample agency through the services' public APIs: once per state folder and year.

Every command has a key of its own and `sample.json` keeps the instant all times are counted from, so a load
that was interrupted goes on where it stopped and doubles nothing.
"""

import asyncio
import random
from collections.abc import Mapping

from deploy.local.demo import channels, filling, handling, nominating, plan, reviewing, surveying
from deploy.local.demo.agency import UNITS, SampleUnit
from deploy.local.demo.answering import responses
from deploy.local.demo.answers import assessed, unit_answers
from deploy.local.demo.api import Api, Reply
from deploy.local.demo.complaints import PATHS, Complaint, complaints_of
from deploy.local.demo.news import heard
from deploy.local.demo.sample import Sample
from deploy.local.demo.situations import SITUATIONS, Survey

SEED = "zona-integritas"
PATIENCE_SECONDS = 600.0
"""For so long a service may answer nothing at all; whoever keeps it running starts it again meanwhile."""
SHOWN_SURVEY = "contoh-melati"


async def load(addresses: Mapping[str, str], sample: Sample) -> None:
    """Enter what is not there yet; raises `RefusedError`, and `TimeoutError` when a service stays away."""
    sample.keep()
    async with Api(addresses, patience=PATIENCE_SECONDS) as api:
        loading = Loading(api, sample)
        units = await loading.register()
        await asyncio.gather(
            loading.worksheets(units), loading.plans(units), loading.complaints(units), loading.surveys(units)
        )
    sample.is_complete = True
    sample.keep()


class Loading:
    """One load; each method enters one kind of thing and says so."""

    def __init__(self, api: Api, sample: Sample) -> None:
        self._api = api
        self._sample = sample
        self._prefix = f"demo-{SEED}-{sample.year}"

    async def register(self) -> list[SampleUnit]:
        """Enter units and programmes; return the units that are ours to fill."""
        ours = await asyncio.gather(
            *(filling.register(self._api, unit, key=f"{self._prefix}-{unit.id}-unit") for unit in UNITS)
        )
        units = [unit for unit, is_ours in zip(UNITS, ours, strict=True) if is_ours]
        await asyncio.gather(*(self._open_programme(unit) for unit in units))
        print(f"{len(units)} units with their programmes", flush=True)
        return units

    async def _open_programme(self, unit: SampleUnit) -> None:
        target = SITUATIONS[unit.id].target
        key = f"{self._prefix}-{unit.id}-programme"
        await filling.open_programme(self._api, unit.id, self._sample.year, target, key=key)

    async def worksheets(self, units: list[SampleUnit]) -> None:
        """Fill the layers of each worksheet, assessors after the unit and each at its stage."""
        await asyncio.gather(
            reviewing.prepare(self._api, self._sample.year, key=self._prefix),
            nominating.prepare(self._api, self._sample.year, key=self._prefix),
        )
        counts = await asyncio.gather(*(self._worksheet(unit) for unit in units))
        print(f"{sum(counts)} answers in worksheets", flush=True)

    async def _worksheet(self, unit: SampleUnit) -> int:
        situation = SITUATIONS[unit.id]
        answers = unit_answers(f"{SEED}/{unit.id}", situation, self._sample.year)
        layers = {"unit": answers}
        for layer, lowered in (("tpi", situation.tpi), ("tpn", situation.tpn)):
            if lowered is not None:
                answers = assessed(f"{SEED}/{unit.id}/{layer}", answers, lowered)
                layers[layer] = answers
        for layer, written in layers.items():
            await self._lead_to(unit, layer)
            if written:
                key = f"{self._prefix}-{unit.id}-answers-{layer}"
                await filling.write_answers(self._api, unit.id, self._sample.year, layer, written, key=key)
        if situation.is_returned:
            year, key = self._sample.year, f"{self._prefix}-{unit.id}"
            await reviewing.hand_in(self._api, unit.id, year, key=f"{key}-stage")
            await reviewing.give_back(self._api, unit.id, year, key=f"{key}-returned")
        return sum(map(len, layers.values()))

    async def _lead_to(self, unit: SampleUnit, layer: str) -> None:
        """Lead an assessment from the layer below to where this one is written."""
        year, key = self._sample.year, f"{self._prefix}-{unit.id}-{layer}-stage"
        if layer == "tpi":
            await reviewing.hand_in(self._api, unit.id, year, key=key)
        elif layer == "tpn":
            target, on = SITUATIONS[unit.id].target, self._sample.since.date()
            await reviewing.end_rounds(self._api, unit.id, year, key=key)
            await nominating.propose(self._api, unit.id, year, target, on, key=key)
            await reviewing.accept(self._api, unit.id, year, key=key)

    async def plans(self, units: list[SampleUnit]) -> None:
        """Enter the work plans with what is done of them."""
        year = self._sample.year
        plans = {unit: plan.steps(f"{SEED}/{unit.id}/plan", SITUATIONS[unit.id], year) for unit in units}
        await asyncio.gather(
            *(
                filling.carry_out(self._api, unit, year, steps, key=f"{self._prefix}-{unit.id}-plan")
                for unit, steps in plans.items()
            )
        )
        print(f"{sum(map(len, plans.values()))} activities in work plans", flush=True)

    async def complaints(self, units: list[SampleUnit]) -> None:
        """Enter the complaints and lead each to its state."""
        await self._until_known(units)
        await handling.enter_handlers(self._api, [unit.id for unit in units], key=self._prefix)
        await channels.open_channels(self._api, [unit.id for unit in units], key=self._prefix)
        wanted = [
            self._complaint(unit, number, one)
            for unit in units
            for number, one in enumerate(complaints_of(f"{SEED}/{unit.id}", unit.id))
        ]
        await asyncio.gather(*wanted)
        print(f"{len(wanted)} complaints", flush=True)

    async def _complaint(self, unit: SampleUnit, number: int, complaint: Complaint) -> None:
        key = f"{self._prefix}-{unit.id}-complaint-{number}"
        rng = random.Random(key)
        received_at = self._sample.since - complaint.age
        case = await handling.enter(self._api, unit.id, complaint, received_at, key=key)
        for name in PATHS[complaint.state]:
            case = await handling.act(self._api, case, name, rng, key=f"{key}-{name}")

    async def surveys(self, units: list[SampleUnit]) -> None:
        """Run the survey campaigns, each made as soon as survey has heard of its unit."""
        wanted = {unit.id: survey for unit in units if (survey := SITUATIONS[unit.id].survey) is not None}
        made: dict[str, Reply] = {}

        async def make_one(unit: str) -> None:
            period, key = str(self._sample.year), self._survey_key(unit)
            campaign = await surveying.create(self._api, unit, period, wanted[unit], key=key)
            if campaign is not None:
                made[unit] = campaign

        async def make() -> int:
            await asyncio.gather(*map(make_one, wanted.keys() - made.keys()))
            return len(made)

        await heard("survey", make, len(wanted))
        await asyncio.gather(*(self._survey(unit, survey, made[unit]) for unit, survey in wanted.items()))
        print(f"{sum(survey.answered for survey in wanted.values())} answers in surveys", flush=True)

    async def _survey(self, unit: str, survey: Survey, made: Reply) -> None:
        scores = responses(f"{SEED}/{unit}", survey)
        link = await surveying.run(self._api, unit, made, survey, scores, key=self._survey_key(unit))
        if unit == SHOWN_SURVEY:
            self._sample.survey_link = link

    def _survey_key(self, unit: str) -> str:
        return f"{self._prefix}-{unit}-survey"

    async def _until_known(self, units: list[SampleUnit]) -> None:
        wanted = {unit.id for unit in units}

        async def known() -> int:
            found = (await self._api.get("complaints", "/public/units", None)).body
            return len(wanted & {unit["unit_id"] for unit in found})

        await heard("complaints", known, len(wanted))
