"""A gentle stream of activity in the sample agency: about one action a second, until it is told to stop.

It works only in units that planning calls demo units and that this sample knows, and only on complaints that
it entered itself, so that the sample stays to be seen. What it changes swings within bounds: it can
run for days.
"""

import asyncio
import contextlib
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping

from deploy.local.demo import filling
from deploy.local.demo.api import Api, RefusedError
from deploy.local.demo.sample import Sample
from deploy.local.demo.situations import SITUATIONS
from deploy.local.demo.steps import AnswerSteps, ComplaintSteps, SurveySteps

PATIENCE_SECONDS = 600.0
COMPLAINT_SECONDS, ANSWER_SECONDS, SURVEY_SECONDS = 2.5, 4.0, 6.0
"""Mean pauses between the actions of each kind."""


async def run(addresses: Mapping[str, str], sample: Sample) -> None:
    """Keep the agency busy until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Api(addresses, patience=PATIENCE_SECONDS) as api:
        working = asyncio.create_task(_keep_moving(api, sample))
        await asyncio.wait(
            [working, asyncio.create_task(stopped.wait())], return_when=asyncio.FIRST_COMPLETED
        )
        if working.done():
            working.result()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def _keep_moving(api: Api, sample: Sample) -> None:
    units = sorted(await filling.demo_units(api) & SITUATIONS.keys())
    rng = random.Random()
    complaints = ComplaintSteps(api, rng, units)
    await complaints.resume()
    await asyncio.gather(
        _repeat(complaints.step, COMPLAINT_SECONDS, rng),
        _repeat(AnswerSteps(api, rng, units, sample.year).step, ANSWER_SECONDS, rng),
        _repeat(SurveySteps(api, rng, units, sample.year).step, SURVEY_SECONDS, rng),
    )


async def _repeat(step: Callable[[], Awaitable[None]], seconds: float, rng: random.Random) -> None:
    """Take a step again and again; one that somebody else made impossible is told and left."""
    while True:
        await asyncio.sleep(seconds * rng.uniform(0.5, 1.5))
        try:
            await step()
        except (RefusedError, TimeoutError) as problem:
            print(problem, file=sys.stderr, flush=True)
