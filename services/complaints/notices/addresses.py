"""Where people are reached: officers by what their log-in said, reporters by what they left with the case."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.notices.domain import case_of
from services.complaints.notices.store import SERVICE
from services.complaints.secrecy.domain import IdentityBrokenError
from services.complaints.secrecy.usecases.keeping import Identities
from services.complaints.secrecy.usecases.opening import contact_for_notices, way_to_reporter
from shared.db import Database
from shared.notices.address import reachable
from shared.notices.contacts import addresses_of
from shared.notices.post import AddressAwayError, AddressBrokenError, KeptAddress
from shared.security.keys import KeysAwayError

officers = addresses_of(SERVICE)
"""Returns the addresses of officers; who has none is left out."""


class AddressBook:
    """The addresses of all who get notices; what a reporter left is opened to send alone."""

    def __init__(self, db: Database, kept: Identities) -> None:
        self._db = db
        self._kept = kept

    async def __call__(
        self, session: AsyncSession, recipients: Sequence[str]
    ) -> Mapping[str, str | KeptAddress]:
        """Return what leads to recipients of notices; whom nothing does is left out."""
        reporters = {one: case_id for one in recipients if (case_id := case_of(one)) is not None}
        found: dict[str, str | KeptAddress] = {}
        found |= await officers(session, [one for one in recipients if one not in reporters])
        for one, case_id in reporters.items():
            if (way := await way_to_reporter(session, case_id)) is not None:
                found[one] = KeptAddress(way, partial(self._open, case_id))
        return found

    async def _open(self, case_id: UUID) -> str | None:
        try:
            contact = await contact_for_notices(self._db, self._kept, case_id)
        except KeysAwayError as error:
            raise AddressAwayError(error.code) from error
        except IdentityBrokenError as error:
            raise AddressBrokenError from error
        return None if contact is None else reachable(contact)
