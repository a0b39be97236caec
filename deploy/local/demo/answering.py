"""What the invited people of a survey answer, made up from a seed."""

import random
from math import floor

from deploy.local.demo.situations import Survey
from shared.instruments.survey import regimes


def responses(seed: str, survey: Survey) -> list[dict[str, int]]:
    """Return the finished responses by item key, each index close to the mean the survey aims at."""
    rng = random.Random(seed)
    return [response(rng, survey) for _ in range(survey.answered)]


def response(rng: random.Random, survey: Survey) -> dict[str, int]:
    """Return one response: each item gets the whole number below or above its mean."""
    instrument = regimes()[survey.regime].instrument
    items = instrument.items if instrument else ()
    return {item.key: floor(rng.random() + float(survey.stars[item.index])) for item in items}
