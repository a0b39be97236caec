"""Reports of the Ombudsman (LHP): corrective actions are taken one by one, then reported back.

Source: ORI Reg 58/2023 art. 54.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.duties.domain.contents import Findings, Taken
from services.complaints.duties.domain.lives import OMBUDSMAN, Kind
from services.complaints.duties.domain.refusals import ActionsOpenError
from services.complaints.duties.store import contents
from services.complaints.duties.usecases.acting import Duties, enter, place_of
from services.complaints.matters.refusals import FieldError
from services.complaints.matters.store import Dossier
from shared.kernel import NotFoundError
from shared.security import Principal


async def enter_findings(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, said: Findings
) -> Dossier:
    """Enter a report; its time runs from the day on which it was received.

    Raises `NotFoundError` for a unit outside the scope, `NotTheirActError`, `FieldError`, `ClockHeldError`.
    """
    place = await place_of(session, actor, OMBUDSMAN, unit_id)
    now = await engine.clock.now(session)
    calendar = await engine.calendar_of(session, unit_id)
    if not said.issued_on <= said.received_on:
        raise FieldError(
            "received_on", "out_of_range", "LHP diterima pada tanggal terbitnya atau sesudahnya."
        )
    if said.received_on > calendar.local_date(now):
        raise FieldError("received_on", "in_future", "Tanggal ini belum tiba; isi tanggal penerimaan.")
    return await enter(
        session,
        engine,
        actor,
        OMBUDSMAN,
        place,
        now,
        calendar.midnight(said.received_on),
        lambda dossier_id: contents.keep_findings(session, dossier_id, said),
    )


class Reports(Duties):
    """The acts of an officer on a report of the Ombudsman."""

    kind: ClassVar[Kind] = OMBUDSMAN

    async def record_action(self, number: int, said: Taken) -> Dossier:
        """Note what was done about a corrective action, with its evidence, or why nothing was.

        Raises `FieldError`.
        """
        opened = await self._open("record_action")
        if said.is_done and said.evidence is None:
            raise FieldError("evidence", "required", "Sebutkan bukti pelaksanaannya.")
        if not said.is_done and said.note is None:
            raise FieldError("note", "required", "Sebutkan mengapa tidak dilaksanakan.")
        if not await contents.record_action(self.session, self.duty_id, number, said, opened.now):
            raise FieldError("number", "unknown_number", "LHP ini tidak memuat tindakan korektif nomor itu.")
        return await self._done(opened)

    async def report(self, letter_number: str, letter_on: date) -> Dossier:
        """Note the letter that reports to the Ombudsman; raises `ActionsOpenError`, `FieldError`."""
        opened = await self._open("report")
        found = await contents.find(self.session, self.duty_id)
        if found is None:
            raise NotFoundError
        left = [
            one["number"]
            for one in await contents.actions(self.session, self.duty_id)
            if one["is_done"] is None
        ]
        if left:
            raise ActionsOpenError(left)
        today = (await self.engine.calendar_of(self.session, opened.dossier.unit_id)).local_date(opened.now)
        if not found["received_on"] <= letter_on <= today:
            raise FieldError(
                "letter_on", "out_of_range", "Isi tanggal dari hari penerimaan LHP sampai hari ini."
            )
        values = {"letter_number": letter_number, "letter_on": letter_on}
        await contents.answer_letter(self.session, self.duty_id, values)
        return await self._done(opened)

    async def close(self, note: str | None) -> Dossier:
        """End it: the Ombudsman asks for nothing more."""
        return await self._done(await self._open("close"), note)
