"""Gifts: reported by whoever was offered one, brought to an end by the gratification unit (UPG)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.deadlines.events import SOURCE
from services.complaints.deadlines.store import deadlines
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.integrity import events
from services.complaints.integrity.data import limits, period_kind
from services.complaints.integrity.domain.gifts import Gift, Measured, Ownership, measured
from services.complaints.integrity.domain.lives import GIFT, ActName, State
from services.complaints.integrity.domain.periods import Period
from services.complaints.integrity.domain.refusals import PeriodNotNilError, TimeLeftError
from services.complaints.integrity.store import gifts as store
from services.complaints.integrity.store.readers import accounts_of, reader_of
from services.complaints.integrity.usecases.acting import open_matter, subject_of
from services.complaints.matters import store as matters
from services.complaints.matters.refusals import FieldError
from services.complaints.matters.store import Dossier
from services.complaints.matters.usecases import Opened, begin
from services.complaints.secrecy.domain import GIVER_NAME, Sealed
from services.complaints.secrecy.usecases import keeping
from services.complaints.secrecy.usecases.keeping import Identities
from services.complaints.secrecy.usecases.opening import Door, Run, open_identity
from shared.db import Database
from shared.kernel import NotFoundError, new_id
from shared.recording import record
from shared.security import Principal

OFFICES = frozenset({"gratification_officer", "inspector", "agency_head"})
"""Who sees the gifts of others in their scope."""
MISSING = "Laporan gratifikasi tidak ditemukan."
NAMELESS = "Pelapor tidak menyebut siapa pemberinya."


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody of a unit reports; `giver` is sealed for the matter that the report becomes."""

    unit_id: str
    gift: Gift
    giver: Sealed | None


async def report(session: AsyncSession, engine: DeadlineEngine, actor: Principal, said: Report) -> Dossier:
    """Take in a report; one that comes after its clock is taken too, and is late.

    Raises `NotFoundError` for a unit outside the scope, `FieldError` for a day that is to come,
    `ClockHeldError`.
    """
    unit = await units.within_scope(session, actor, said.unit_id)
    now = await engine.clock.now(session)
    calendar = await engine.calendar_of(session, unit.unit_id)
    received_on = said.gift.received_on
    if received_on > calendar.local_date(now):
        raise FieldError("received_on", "in_future", "Tanggal ini belum tiba; isi tanggal penerimaan.")
    dossier = Dossier(
        id=new_id() if said.giver is None else said.giver.ref,
        kind=GIFT,
        unit_id=unit.unit_id,
        agency_id=unit.agency_id,
        state=State.DILAPORKAN,
        period=Period.of(received_on, period_kind()).code,
        is_late=False,
        opened_by=actor.subject,
        opened_at=now,
        closed_at=None,
        version=1,
    )

    async def keep() -> None:
        await store.keep(session, dossier.id, said.gift)
        if said.giver is not None:
            await keeping.keep(session, said.giver)

    return await begin(
        session,
        engine,
        subject_of(GIFT),
        dossier,
        events.of_gift(said.gift),
        actor,
        now,
        starts={"gift_received": calendar.midnight(received_on)},
        keep=keep,
    )


@dataclass(frozen=True, slots=True)
class Gifts:
    """The acts of one caller on one gift, at the version they have read.

    `giver` is who gave, sealed before the transaction, where an act names somebody.
    """

    session: AsyncSession
    engine: DeadlineEngine
    actor: Principal
    gift_id: UUID
    version: int
    giver: Sealed | None = None

    async def request_data(self, missing: str) -> Dossier:
        """Ask the reporter for what is missing."""
        return await self._done(await self._open("request_data"), missing)

    async def complete(self, note: str, estimate: int | None) -> Dossier:
        """Give what was missing; UPG may enter what came on paper. A giver replaces who was named before."""
        opened = await self._open("complete")
        if estimate is not None:
            await store.change(self.session, self.gift_id, estimate=estimate)
        if self.giver is not None:
            await keeping.keep(self.session, self.giver)
        return await self._done(opened, note)

    async def proceed(self, reason: str) -> Dossier:
        """Go on with what is there, once the time to complete is over; raises `TimeLeftError`."""
        opened = await self._open("proceed")
        if not opened.is_over("complete"):
            raise TimeLeftError("Pelapor masih punya waktu untuk melengkapi data.")
        return await self._done(opened, reason)

    async def forward(self, note: str | None) -> Dossier:
        """Note that the report went to the KPK."""
        return await self._done(await self._open("forward"), note)

    async def manage(self, note: str | None) -> Dossier:
        """Note that the agency itself deals with the gift."""
        return await self._done(await self._open("manage"), note)

    async def settle(self, ownership: Ownership | None, decision_number: str | None) -> Dossier:
        """Note whose the gift is; of a refused one nobody is. Raises `FieldError`."""
        opened = await self._open("settle")
        gift, _ = await store.gift_of(self.session, self.gift_id)
        if gift.direction == "terima" and ownership is None:
            raise FieldError(
                "ownership", "required", "Pilih status barang: milik penerima atau milik negara."
            )
        if gift.direction == "tolak" and ownership is not None:
            raise FieldError(
                "ownership", "not_for_refused", "Pemberian ini ditolak; kosongkan status barang."
            )
        await store.change(self.session, self.gift_id, ownership=ownership, decision_number=decision_number)
        return await self._done(opened, None, ownership=ownership)

    async def finish(self, note: str | None, handed_over_on: date | None) -> Dossier:
        """End it; what is the state's was handed over on a day. Raises `FieldError`."""
        opened = await self._open("finish")
        gift, ownership = await store.gift_of(self.session, self.gift_id)
        if ownership == "milik_negara" and handed_over_on is None:
            raise FieldError("handed_over_on", "required", "Isi tanggal penyerahan barang milik negara.")
        calendar = await self.engine.calendar_of(self.session, opened.dossier.unit_id)
        today = calendar.local_date(opened.now)
        if handed_over_on is not None and not gift.received_on <= handed_over_on <= today:
            raise FieldError(
                "handed_over_on", "out_of_range", "Isi tanggal dari hari penerimaan sampai hari ini."
            )
        await store.change(self.session, self.gift_id, handed_over_on=handed_over_on)
        return await self._done(opened, note)

    async def _open(self, act: ActName) -> Opened[State, ActName]:
        return await open_matter(
            self.session, self.engine, self.actor, GIFT, act, self.gift_id, self.version, OFFICES
        )

    async def _done(self, opened: Opened[State, ActName], note: str | None, **changes: Any) -> Dossier:
        gift, _ = await store.gift_of(self.session, self.gift_id)
        return await opened.perform(self.actor, events.of_gift(gift), note=note, **changes)


async def seal_giver(
    kept: Identities, giver: str | None, db: Database, gift_id: UUID | None = None
) -> Sealed | None:
    """Return who gave, sealed for a report that is to come, or to replace who gave a gift.

    Raises `KeysAwayError`.
    """
    if giver is None:
        return None
    told = {GIVER_NAME: giver}
    return await (kept.seal(new_id(), told) if gift_id is None else kept.seal_anew(db, gift_id, told))


async def open_giver(
    db: Database, kept: Identities, actor: Principal, gift_id: UUID, reason: str, run: Run
) -> str | None:
    """Return who gave, once the log keeps who asked and why; None when the reporter named nobody.

    Raises `NotFoundError`, `KeysAwayError`, `IdentityBrokenError`.
    """

    async def see(session: AsyncSession) -> Door:
        reader = await reader_of(session, actor, OFFICES)
        found = await store.find(session, gift_id, reader)
        if found is None:
            raise NotFoundError(MISSING)
        return Door("show_giver", "gratification", found["agency_id"])

    told = await open_identity(db, kept, actor, gift_id, reason, see=see, run=run)
    return told.get(GIVER_NAME)


# -- nil returns ---------------------------------------------------------------------------------------


async def return_nil(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, unit_id: str, code: str
) -> RowMapping:
    """State that a unit got no gift in a period that is over; said twice, it stands once.

    Raises `NotFoundError`, `FieldError` for a period of another kind or that is not over, and
    `PeriodNotNilError`, which says which gifts were reported.
    """
    unit = await units.within_scope(session, actor, unit_id)
    now = await engine.clock.now(session)
    today = (await engine.calendar_of(session, unit_id)).local_date(now)
    period = Period.parse(code)
    if period.kind != period_kind():
        right = Period.of(today, period_kind()).before.code
        raise FieldError("period", "wrong_kind", f"Laporan nihil diberikan per periode seperti {right}.")
    if period.last >= today:
        raise FieldError("period", "not_over", f"Periode {code} belum berakhir.")
    if reported := await store.reported_in(session, unit_id, period):
        raise PeriodNotNilError(code, map(str, reported))
    row = {
        "id": new_id(),
        "unit_id": unit_id,
        "agency_id": unit.agency_id,
        "period": code,
        "first_on": period.first,
        "last_on": period.last,
        "returned_by": actor.subject,
        "returned_at": now,
        "version": 1,
    }
    if await store.keep_nil(session, row):
        await record(
            session,
            actor,
            "return_nil",
            source=SOURCE,
            entity="nil_return",
            entity_id=row["id"],
            version=1,
            facts=[events.nil_returned(row)],
            at=now,
            changes={"period": code},
        )
    return await store.nil_of(session, unit_id, code)


# -- reading ---------------------------------------------------------------------------------------


async def gift_page(
    session: AsyncSession,
    actor: Principal,
    *,
    unit_id: str | None,
    is_open: bool,
    is_late: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Return gifts within the caller's sight, open ones by the time left."""
    reader = await reader_of(session, actor, OFFICES)
    return await store.page(
        session, reader, unit_id=unit_id, is_open=is_open, is_late=is_late, after=after, limit=limit
    )


async def gift_detail(session: AsyncSession, actor: Principal, gift_id: UUID) -> Mapping[str, Any]:
    """Return a gift with its acts, clocks and limits; `NotFoundError` outside the caller's sight.

    `is_own` tells that the caller reported it.
    """
    reader = await reader_of(session, actor, OFFICES)
    found = await store.find(session, gift_id, reader)
    if found is None:
        raise NotFoundError(MISSING)
    return {
        **found,
        "is_own": reader.owns(found["opened_by"]),
        "events": await matters.events(session, gift_id),
        "deadlines": [asdict(one) for one in await deadlines.of_case(session, gift_id)],
        "limits": await _measured(session, found),
    }


async def _measured(session: AsyncSession, found: RowMapping) -> Sequence[Measured]:
    gift = Gift(**{name: found[name] for name in Gift.__dataclass_fields__})
    accounts = await accounts_of(session, found["opened_by"])
    total = await store.sum_of_year(session, accounts, gift.giver_relation, gift.received_on.year)
    return measured(gift, limits(), total)
