"""The worker that sends: gathers what is due, claims a mail, hands it over, notes what came of it.

Sent at least once: a process that dies after the server took a mail leaves it to be sent again with the same
Message-ID. Several senders beside each other share the mails.
"""

import random
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Literal, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import Database
from shared.notices import store
from shared.notices.address import WAYS, AddressError, NumberError, Way, checked, checked_number, way_of
from shared.notices.catalogue import Catalogue, UnrenderableError
from shared.notices.meter import Seen, measure
from shared.notices.post import (
    AddressAwayError,
    AddressBrokenError,
    Addresses,
    Mail,
    MailRefusedError,
    Post,
    PostAwayError,
    PutOffError,
    UncertainError,
)
from shared.notices.store import Claimed, Dropped, Ending, Outcome, Parked
from shared.observability.metrics import NOTICES_ENDED, NOTICES_SERVER_FAILING, NOTICES_TRIES
from shared.process.crash import crash_point
from shared.process.jobs import Repeating
from shared.process.worker import Health, WorkerRole

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
STEP_SECONDS = 60.0
"""A step begins no further mail after this time, so that it ends soon enough to show that it lives."""
STALL_SECONDS = 240.0
FIRST_AWAY_SECONDS, LONGEST_AWAY_SECONDS = 5.0, 300.0


Ended = Callable[[AsyncSession, Ending], Awaitable[None]]
"""Hears what became of a mail, in the transaction that notes it."""


class _Away(NamedTuple):
    """A way that cannot be used just now, for how often in a row, and until when (monotonic)."""

    reason: str
    failures: int
    seconds: float
    until: float


class Sender:
    """Sends the notices of one service, with links below `base_url`.

    `post` leads to addresses, `numbers` to mobile numbers: what has no way waits in the queue. One that is
    away keeps up what goes its way alone. `ended` hears what became of each mail.
    """

    name = "notices"
    role: WorkerRole = "worker"

    def __init__(
        self,
        db: Database,
        catalogue: Catalogue,
        post: Post | None,
        addresses: Addresses,
        *,
        base_url: str,
        numbers: Post | None = None,
        ended: Ended | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self._catalogue = catalogue
        ways: dict[Way, Post | None] = {"mail": post, "whatsapp": numbers}
        self._posts: dict[Way, Post] = {way: one for way, one in ways.items() if one is not None}
        self._addresses = addresses
        self._base_url = base_url
        self._ended = ended
        self._draw = draw
        self._away: dict[Way, _Away] = {}
        self._unopened = ""
        self._seen: Seen | None = None
        self._timer = Repeating(self.name, self.role, self.step, stall_seconds=STALL_SECONDS)

    @property
    def ways(self) -> frozenset[Way]:
        """The ways that there are, away or not."""
        return frozenset(self._posts)

    async def run(self) -> None:
        """Send until cancelled."""
        await self._timer.run()

    def health(self) -> Health:
        """Ready also without a server or while it is away: nobody waits for a notice; it says so."""
        health = self._timer.health()
        return Health(health.is_ready, health.is_alive, health.detail or self._note(), health.is_waiting)

    async def step(self) -> float:
        """Send what is due; returns the seconds until the next look."""
        self._seen = seen = await measure(self._db)
        if seen.has_expired:
            async with self._db.transaction() as session:
                expired = await store.drop_expired(session)
            _ended("expired", expired)
        if not self._posts or not (seen.has_due or seen.has_open):
            return LOOK_SECONDS
        if seen.has_due:
            async with self._db.transaction() as session:
                await store.gather(session, self._catalogue.rhythms)
        return await self._send_all()

    async def _send_all(self) -> float:
        until = time.monotonic() + STEP_SECONDS
        shut = self._shut(time.monotonic())
        while time.monotonic() < until:
            outcome = await self._claim(shut)
            if outcome is None:
                return LOOK_SECONDS
            if isinstance(outcome, Claimed) and (address := await self._open(outcome)) is not None:
                way = way_of(address)
                if not await self._send(self._posts[way], outcome, address):
                    shut |= {way}
                    if shut.issuperset(self._posts):
                        return min(one.seconds for one in self._away.values())
        return 0.0

    def _shut(self, now: float) -> frozenset[Way]:
        """Return the ways that there are not, or that were away a moment ago; all are tried if all were."""
        away = frozenset(way for way, one in self._away.items() if one.until > now)
        missing = frozenset(WAYS).difference(self._posts)
        return missing if away.issuperset(self._posts) else missing | away

    async def _claim(self, shut: Collection[Way]) -> Outcome:
        async with self._db.transaction() as session:
            outcome = await store.claim(session, self._catalogue.rhythms, self._addresses, shut=shut)
            match outcome:
                case Dropped(mail_id=mail_id, reason="no_address"):
                    await self._tell(session, mail_id, "no_address")
                case Parked(mail_id=mail_id):
                    await self._tell(session, mail_id, "parked")
        match outcome:
            case Claimed(expired=count):
                _ended("expired", count)
            case Dropped(notices=count, reason=reason) if count:
                _ended(reason, count)
            case Parked(reason=reason):
                log.error("notice_mail_parked", reason=reason)
        return outcome

    async def _open(self, claimed: Claimed) -> str | None:
        """Return where a claimed mail goes; None where that cannot be told (any more), which is noted."""
        if isinstance(claimed.address, str):
            return claimed.address
        try:
            address = await claimed.address.open()
        except AddressAwayError as error:
            if not self._unopened:
                log.warning("notice_address_away", reason=error.reason)
            self._unopened = error.reason
            await self._hold(claimed)
            return None
        except AddressBrokenError:
            await self._park(claimed, "address_broken")
            return None
        self._unopened = ""
        if address is None:
            async with self._db.transaction() as session:
                dropped = await store.drop_unaddressed(session, claimed)
                await self._tell(session, claimed.mail_id, "no_address")
            _ended(dropped.reason, dropped.notices)
        elif way_of(address) != claimed.way:  # another one was left since the claim
            await self._hold(claimed)
            address = None
        return address

    async def _hold(self, claimed: Claimed) -> None:
        async with self._db.transaction() as session:
            await store.hold(session, claimed)

    async def _send(self, post: Post, claimed: Claimed, opened: str) -> bool:
        """Try one mail; return whether the server can be reached."""
        way = way_of(opened)
        try:
            letter = self._catalogue.letter(claimed.notices, base_url=self._base_url)
            address = checked(opened) if way == "mail" else checked_number(opened)
            await post.send(Mail(claimed.mail_id, address, letter, claimed.made_at))
            crash_point("notice_sent")
        except PostAwayError as error:
            await self._note_away(claimed, way, error)
            return False
        except UnrenderableError as error:
            await self._put_off(claimed, f"template_{error}")
            return True
        except (AddressError, NumberError):
            await self._park(claimed, "address")
            return True
        except UncertainError as error:
            if claimed.reason == error.reason:
                await self._park(claimed, f"tries_{error.reason}")
            else:
                await self._put_off(claimed, error.reason)
            NOTICES_TRIES.labels("put_off").inc()
        except PutOffError as error:
            await self._put_off(claimed, error.reason)
            NOTICES_TRIES.labels("put_off").inc()
        except MailRefusedError as error:
            if claimed.attempts < claimed.rhythm.refused_tries:
                await self._put_off(claimed, f"refused_{error.reason}")
            else:
                await self._park(claimed, f"refused_{error.reason}")
            NOTICES_TRIES.labels("refused").inc()
        else:
            async with self._db.transaction() as session:
                await store.sent(session, claimed)
                await self._tell(session, claimed.mail_id, "sent")
            NOTICES_TRIES.labels("sent").inc()
            _ended("sent", len(claimed.notices))
            log.info("notice_mail_sent", mail=str(claimed.mail_id), notices=len(claimed.notices))
        self._note_back(way)
        return True

    async def _put_off(self, claimed: Claimed, reason: str) -> None:
        async with self._db.transaction() as session:
            parked = await store.put_off(session, claimed, reason, draw=self._draw)
            if parked is not None:
                await self._tell(session, claimed.mail_id, "parked")
        if parked is None:
            log.warning(
                "notice_mail_put_off", mail=str(claimed.mail_id), reason=reason, tries=claimed.attempts
            )
        else:
            log.error("notice_mail_parked", mail=str(claimed.mail_id), reason=reason)

    async def _park(self, claimed: Claimed, reason: str) -> None:
        async with self._db.transaction() as session:
            await store.park(session, claimed, reason)
            await self._tell(session, claimed.mail_id, "parked")
        log.error("notice_mail_parked", mail=str(claimed.mail_id), reason=reason)

    async def _tell(
        self, session: AsyncSession, mail_id: UUID, outcome: Literal["sent", "parked", "no_address"]
    ) -> None:
        if self._ended is not None:
            await self._ended(session, await store.ending(session, mail_id, outcome))

    async def _note_away(self, claimed: Claimed, way: Way, error: PostAwayError) -> None:
        """Give the mail back and look at the server again later: its fault counts against no mail."""
        failures = (self._away[way].failures if way in self._away else 0) + 1
        full: float = min(FIRST_AWAY_SECONDS * 2 ** min(failures - 1, 10), LONGEST_AWAY_SECONDS)
        seconds = max(full * (0.5 + 0.5 * self._draw()), error.retry_after or 0.0)
        self._away[way] = _Away(error.reason, failures, seconds, time.monotonic() + seconds)
        NOTICES_SERVER_FAILING.set(1)
        NOTICES_TRIES.labels("away").inc()
        log.warning("mail_server_away", way=way, reason=error.reason, failures=failures)
        async with self._db.transaction() as session:
            await store.give_back(session, claimed)

    def _note_back(self, way: Way) -> None:
        self._away.pop(way, None)
        NOTICES_SERVER_FAILING.set(1 if self._away else 0)

    def _note(self) -> str:
        waiting = 0 if self._seen is None else self._seen.waiting
        if not self._posts:
            return f"no mail server is set, {waiting} notices and mails wait"
        if self._away:
            reasons = ", ".join(one.reason for one in self._away.values())
            return f"the mail server is away ({reasons}), {waiting} notices and mails wait"
        if self._unopened and waiting:
            return f"addresses do not open ({self._unopened}), {waiting} notices and mails wait"
        return ""


def _ended(outcome: str, notices: int) -> None:
    if notices:
        NOTICES_ENDED.labels(outcome).inc(notices)
