"""Requests about personal data: by whoever holds a receipt, or entered for anybody who writes.

The deadline is of clock hours from the receipt, and nothing stops it. Source: UU 27/2022 arts. 30-41.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.store import cases
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.words import length
from services.complaints.duties.data import grounds
from services.complaints.duties.domain.contents import Answer, DataRequest, Person
from services.complaints.duties.domain.lives import DATA, ActName, Kind, State
from services.complaints.duties.domain.refusals import NotPausableError, RequestOpenError
from services.complaints.duties.store import contents
from services.complaints.duties.usecases.acting import (
    ENTITIES,
    Duties,
    duty_detail,
    enter,
    in_the_past,
    open_duty,
    place_of,
)
from services.complaints.matters import store as matters
from services.complaints.matters.refusals import FieldError
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import Opened
from services.complaints.secrecy.domain import SUBJECT_CONTACT, SUBJECT_NAME, Sealed
from services.complaints.secrecy.usecases import keeping
from services.complaints.secrecy.usecases.keeping import Identities
from services.complaints.secrecy.usecases.opening import Door, Run, open_identity
from shared.db import Database
from shared.kernel import NotFoundError, new_id
from shared.security import Principal

UNKNOWN = "Permintaan ini tidak ditemukan."
BY_RECEIPT = "Pemohon memakai kode tanda terima pengaduan; identitasnya tidak dicatat di sini."


async def enter_request(
    session: AsyncSession,
    engine: DeadlineEngine,
    actor: Principal,
    unit_id: str,
    said: DataRequest,
    person: Sealed,
    received_at: datetime | None,
) -> Dossier:
    """Enter what somebody wrote, who was sealed before; its time runs from when it was received.

    Raises `NotFoundError` for a unit outside the scope, `NotTheirActError`, `FieldError`, `ClockHeldError`.
    """
    place = await place_of(session, actor, DATA, unit_id)
    now = await engine.clock.now(session)
    since = now if received_at is None else in_the_past("received_at", received_at, now)

    async def keep(dossier_id: UUID) -> None:
        await contents.keep_request(session, dossier_id, said)
        await keeping.keep(session, person)

    return await enter(session, engine, actor, DATA, place, now, since, keep, duty_id=person.ref)


async def seal_person(kept: Identities, person: Person) -> Sealed:
    """Return who asks, sealed for a request that is to come; raises `KeysAwayError`."""
    told = {SUBJECT_NAME: person.name, SUBJECT_CONTACT: person.contact}
    return await kept.seal_told(new_id(), told)


async def request_by_receipt(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, wish: Any, text: str
) -> Dossier:
    """Take in what the reporter of a case asks for; of two alike about one case the second is refused.

    Raises `RequestOpenError` and `ClockHeldError`.
    """
    case = await cases.lock(session, case_id)
    if case is None:
        raise NotFoundError(UNKNOWN)
    said = DataRequest(wish, text, case_id)
    if await contents.is_asked(session, said):
        raise RequestOpenError
    now = await engine.clock.now(session)
    place = (units.key_of(case.unit_id), case.agency_id)
    return await enter(
        session,
        engine,
        actor,
        DATA,
        place,
        now,
        now,
        lambda dossier_id: contents.keep_request(session, dossier_id, said),
    )


async def requests_of_case(session: AsyncSession, case_id: UUID) -> Sequence[RowMapping]:
    """Return what the reporter of a case has asked for, the newest first."""
    return await contents.about_case(session, case_id)


async def withdraw_by_receipt(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, case_id: UUID, request_id: UUID
) -> Dossier:
    """End a request that the reporter of its case takes back.

    Raises `NotFoundError` and `StateRefusesError`.
    """
    mine = contents.about(case_id)
    found = await matters.lock(session, request_id, mine)
    if found is None:
        raise NotFoundError(UNKNOWN)
    opened = await open_duty(session, engine, DATA, "withdraw", request_id, found.version, mine)
    return await opened.perform(actor, None)


class Requests(Duties):
    """The acts of an officer on a request."""

    kind: ClassVar[Kind] = DATA

    async def ask_proof(self, proof: str, *, is_pausing: bool = False) -> Dossier:
        """Ask for a proof of identity while the time runs on; raises `NotPausableError` for a pause."""
        opened = await self._open("ask_proof")
        if is_pausing:
            raise _not_pausable(opened)
        await contents.ask_proof(self.session, self.duty_id, proof)
        return await self._done(opened)

    async def answer(self, said: Answer) -> Dossier:
        """Answer; a refusal, also in part, has its ground. Raises `FieldError`."""
        opened = await self._open("answer")
        if said.outcome == "dikabulkan" and said.ground is not None:
            raise FieldError("ground", "not_needed", "Permintaan dikabulkan: kosongkan dasar penolakan.")
        if said.outcome != "dikabulkan" and said.ground not in grounds():
            raise FieldError("ground", "required", "Pilih dasar penolakannya.")
        await contents.answer(self.session, self.duty_id, said)
        return await self._done(opened)

    async def withdraw(self, note: str | None) -> Dossier:
        """End a request that its person took back in writing."""
        return await self._done(await self._open("withdraw"), note)

    async def close(self, note: str | None) -> Dossier:
        """End an answered one: what was promised was done."""
        return await self._done(await self._open("close"), note)


def _not_pausable(opened: Opened[State, ActName]) -> NotPausableError:
    about = opened.engine.policies.about
    spans = [length(about(one.rule_id, one.policy)) for one in opened.running]
    told = "Waktu menjawab permintaan data pribadi tidak dapat dihentikan"
    told += f": undang-undang memberi {spans[0]} tanpa jeda." if spans else "."
    return NotPausableError(f"{told} Minta bukti identitas tanpa menghentikan waktu.")


async def open_person(
    db: Database, kept: Identities, actor: Principal, request_id: UUID, reason: str, run: Run
) -> Person | None:
    """Return who asks, once the log keeps who opened it and why; None for whoever asks by a receipt.

    Raises `NotFoundError`, `KeysAwayError`, `IdentityBrokenError`.
    """

    async def see(session: AsyncSession) -> Door:
        found = await duty_detail(session, actor, request_id, DATA)
        return Door("show_data_subject", ENTITIES[DATA], found["agency_id"])

    told = await open_identity(db, kept, actor, request_id, reason, see=see, run=run)
    return Person(told[SUBJECT_NAME], told[SUBJECT_CONTACT]) if told else None
