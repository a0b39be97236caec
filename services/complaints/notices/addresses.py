"""Where people are reached: officers by what their log-in said, reporters by what they left with the case."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.notices.domain import case_of
from services.complaints.notices.store import SERVICE, contact_for_notices
from shared.notices.address import reachable
from shared.notices.contacts import addresses_of

_OFFICERS = addresses_of(SERVICE)


async def address_book(session: AsyncSession, recipients: Sequence[str]) -> Mapping[str, str]:
    """Return the addresses of recipients of notices; who has none is left out."""
    reporters = {one: case_id for one in recipients if (case_id := case_of(one)) is not None}
    found = dict(await _OFFICERS(session, [one for one in recipients if one not in reporters]))
    for one, case_id in reporters.items():
        if (address := await address_of_reporter(session, case_id)) is not None:
            found[one] = address
    return found


async def address_of_reporter(session: AsyncSession, case_id: UUID) -> str | None:
    """Return where a message reaches the reporter of a case; None where they left nothing of the kind."""
    contact = await contact_for_notices(session, case_id)
    return None if contact is None else reachable(contact)
