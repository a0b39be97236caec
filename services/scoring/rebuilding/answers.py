"""Write the answers of worksheets into the journal: a row each, as the live fold merges them."""

from collections.abc import Mapping, Sequence
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from services.scoring.domain.sheets import UnitYear
from services.scoring.rebuilding.kept import Worksheet
from services.scoring.store import journal, state
from services.scoring.usecases.answers import new_answers
from shared.consumer.codec import Rejected


async def write_answers(
    session: AsyncSession, worksheets: Mapping[UnitYear, Worksheet]
) -> Sequence[Rejected]:
    """Write worksheets under the live guard, which knows those that another log told too.

    Standings move with the journal, so that no answer of it passes as new later on.
    """
    answers = list(chain.from_iterable(one.answers() for one in worksheets.values()))
    standings = await state.lock(session, worksheets)
    new, conflicts = await new_answers(session, answers, standings)
    await journal.write(session, new)
    await journal.merge(session, [key for key in new if standings[key].worksheet_version])
    versions = {
        key: max(found[-1].fact.version, standings[key].worksheet_version) for key, found in new.items()
    }
    moved = {key: standings[key]._replace(worksheet_version=version) for key, version in versions.items()}
    await state.write_standings(session, moved)
    return conflicts
