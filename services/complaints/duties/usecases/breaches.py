"""Breaches of personal data: found, assessed, told to the people concerned and to the authority, ended.

Source: UU 27/2022 art. 46.
"""

from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.contents import Assessment, Breach, Notice
from services.complaints.duties.domain.lives import BREACH, Kind
from services.complaints.duties.store import contents
from services.complaints.duties.usecases.acting import Duties, enter, in_the_past, place_of
from services.complaints.matters.refusals import FieldError
from services.complaints.matters.store import Dossier
from shared.kernel import NotFoundError
from shared.security import Principal


async def enter_breach(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, said: Breach
) -> Dossier:
    """Enter a breach; its time runs from when somebody here found it.

    Raises `NotFoundError` for a unit outside the scope, `NotTheirActError`, `FieldError`, `ClockHeldError`.
    """
    place = await place_of(session, actor, BREACH, unit_id)
    now = await engine.clock.now(session)
    since = in_the_past("detected_at", said.detected_at, now)
    return await enter(
        session,
        engine,
        actor,
        BREACH,
        place,
        now,
        since,
        lambda dossier_id: contents.keep_breach(session, dossier_id, said),
    )


class Breaches(Duties):
    """The acts of an officer on a breach."""

    kind: ClassVar[Kind] = BREACH

    async def assess(self, said: Assessment) -> Dossier:
        """Note what was found out; once more when more is known."""
        opened = await self._open("assess")
        await contents.change_breach(self.session, self.duty_id, said)
        return await self._done(opened)

    async def notify(self, said: Notice) -> Dossier:
        """Note that people and authority were told; raises `FieldError` for a letter of another time."""
        opened = await self._open("notify")
        found = await contents.find(self.session, self.duty_id)
        if found is None:
            raise NotFoundError
        local = (await self.engine.calendar_of(self.session, opened.dossier.unit_id)).local_date
        if not local(found["detected_at"]) <= said.letter_on <= local(opened.now):
            told = "Isi tanggal dari hari insiden ditemukan sampai hari ini."
            raise FieldError("letter_on", "out_of_range", told)
        await contents.change_breach(self.session, self.duty_id, said)
        return await self._done(opened)

    async def rule_out(self, reason: str) -> Dossier:
        """End what turned out to be no breach."""
        return await self._done(await self._open("rule_out"), reason)

    async def close(self, measures: str) -> Dossier:
        """End it, with what was done so that it does not happen again."""
        opened = await self._open("close")
        await contents.change_breach(self.session, self.duty_id, None, measures)
        return await self._done(opened)
