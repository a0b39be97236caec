"""Which answers of a batch are new: the guard of versions, by what the journal keeps.

A version counts the answers of a unit's year, whatever their layers and items. All that the year's standing
has not reached are new, without a question to the database; only the others are looked up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import lt

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.answers import is_same, pack
from services.scoring.domain.sheets import Standing, UnitYear
from services.scoring.store import journal
from shared.consumer.codec import Received, Rejected
from shared.contracts.dead_letters import DeadLetterReason

Told = dict[int, list[Received]]
"""What was told under each version: an answer, its repeats, and what contradicts it."""


async def new_answers(
    session: AsyncSession, answers: Sequence[Received], standings: Mapping[UnitYear, Standing]
) -> tuple[dict[UnitYear, list[Received]], list[Rejected]]:
    """Return new answers by unit's year, rising by version, and those that contradict a known version.

    Of an item's answers in a layer the one of the highest version counts: one below what is kept is stale,
    and so is a repeat. Two statements at most, none for a batch without old versions.
    """
    found_of: dict[UnitYear, list[Received]] = defaultdict(list)
    for received in answers:
        fact = received.fact
        found_of[fact.unit_id, fact.year].append(received)
    rising = {
        key: found for key, found in found_of.items() if _rises(found, standings[key].worksheet_version)
    }
    told = {key: _by_version(found) for key, found in found_of.items() if key not in rising}
    late = {
        key: (min(old), max(old))
        for key, found in told.items()
        if (old := [version for version in found if version <= standings[key].worksheet_version])
    }
    kept = await journal.kept(session, late)
    new: dict[UnitYear, dict[int, Received]] = defaultdict(dict)
    conflicts: list[Rejected] = []
    for key, found in told.items():
        for version, repeats in found.items():
            known = kept.get(key, {}).get(version)
            if known is None:
                new[key][version] = repeats[0]
            if len(repeats) > 1 or known is not None:
                truth = known or pack(repeats[0])
                conflicts += [
                    Rejected(one, DeadLetterReason.PAYLOAD_CONFLICT)
                    for one in repeats
                    if not is_same(truth, pack(one))
                ]
    await _drop_stale(session, new, standings)
    rising |= {key: [found[version] for version in sorted(found)] for key, found in new.items() if found}
    return rising, conflicts


def _rises(found: Sequence[Received], known: int) -> bool:
    """Tell whether every answer is newer than what is known and than the one before it.

    Nearly all years are so, and nothing else has to be asked of them: 1.0 us an event less.
    """
    versions = [one.fact.version for one in found]
    return all(map(lt, (known, *versions), versions))


def _by_version(found: Iterable[Received]) -> Told:
    told: Told = defaultdict(list)
    for received in found:
        told[received.fact.version].append(received)
    return told


async def _drop_stale(
    session: AsyncSession,
    new: Mapping[UnitYear, dict[int, Received]],
    standings: Mapping[UnitYear, Standing],
) -> None:
    """Drop answers that came so late that a newer one of their item is kept."""
    late = [
        (key, version)
        for key, found in new.items()
        for version in found
        if version <= standings[key].worksheet_version
    ]
    newest = await journal.newest(session, sorted({key for key, _ in late}))
    for key, version in late:
        fact = new[key][version].fact
        if version <= newest.get((*key, fact.layer, fact.item_code), 0):
            del new[key][version]
