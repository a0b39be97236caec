"""Scoring's states repeat what it published, byte for byte, also when the facts have moved on since."""

from services.scoring import snapshot
from shared.contracts.topics import produced_by
from shared.db import Database
from shared.instruments.lke import lke_instrument
from tests.support.restoring import differences, kinds, published, standing
from tests.support.scoring import answered, case, fold_all, programme, registered, threshold


async def test_every_state_is_said_again_in_the_bytes_it_was_published_in(scoring_db: Database) -> None:
    best = [
        (code, max(item.scale.values, key=lambda letter: item.scale.values[letter]))  # type: ignore[union-attr]
        for code, item in lke_instrument().questions.items()
        if item.scale is not None
    ]
    facts = [
        registered("u"),
        programme("u"),
        *(answered("u", number, code, letter) for number, (code, letter) in enumerate(best, 1)),
        case("u", 1),
        threshold("u", "s", 1, willing=3, policy_ids=["conversion.affine"]),
        threshold("u", "s", 2, willing=40, policy_ids=["conversion.affine"]),
    ]
    for size in (200, 7):
        await fold_all(scoring_db, facts, batch=size)
    last = len(best) + 1
    for later in (
        answered("u", last, best[0][0], None),
        answered("u", last + 1, best[0][0], best[0][1]),
        answered("u", last + 2, best[0][0], best[0][1]),  # the score stays: its event names an older sheet
        threshold("u", "s", 3, willing=41),  # the verdict stays: its event counts fewer people
        case("u", 1, 2, counts_as="completed"),
    ):
        await fold_all(scoring_db, [later])
        assert differences(await published(scoring_db), await standing(scoring_db, snapshot)) == {}
    assert await kinds(scoring_db) == {
        event.event_type for topic in produced_by("scoring") for event in topic.events
    }
