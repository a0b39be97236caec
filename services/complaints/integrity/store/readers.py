"""Who sees which matters: those in the scope of an office, and one's own."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.store import people
from services.complaints.integrity.domain.lives import CONFLICT as CONFLICT_KIND
from services.complaints.integrity.tables import CONFLICT
from services.complaints.matters.tables import DOSSIER
from services.complaints.tables import PERSON_LOG_IN
from shared.db.arrays import among
from shared.security import Principal, Scope


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads or acts: `accounts` are all of one person; without a `scope` they see their own alone.

    `is_inspector`: they see what concerns the superiors of others too.
    """

    subject: str
    accounts: frozenset[str]
    scope: Scope | None
    is_inspector: bool

    def owns(self, opened_by: str) -> bool:
        """Tell whether the person filed what this account filed."""
        return opened_by in self.accounts

    def sees(self) -> ColumnElement[bool]:
        """Return the filter of matters.

        A declaration that concerns the superiors is hidden from all but the inspectorate, which decides it,
        and from those of the inspectorate above its declarant. Source: complaints.md section 4.2.
        """
        own = among(DOSSIER.c.opened_by, sorted(self.accounts))
        if self.scope is None:
            return own
        about_superiors = select(CONFLICT.c.dossier_id).where(CONFLICT.c.concerns_superior)
        theirs = select(PERSON_LOG_IN.c.subject)
        theirs = theirs.where(PERSON_LOG_IN.c.person_id.in_(people.below(self.subject)))
        is_kept_from = DOSSIER.c.opened_by.in_(theirs) if self.is_inspector else true()
        is_hidden = and_(DOSSIER.c.kind == CONFLICT_KIND, DOSSIER.c.id.in_(about_superiors), is_kept_from)
        return own | (self.scope.where(DOSSIER.c.unit_id, DOSSIER.c.agency_id) & ~is_hidden)


async def accounts_of(session: AsyncSession, subject: str) -> frozenset[str]:
    """Return all accounts of the person whom one belongs to."""
    known = await people.load(session, [subject])
    return frozenset({subject}).union(*(one.subjects for one in known))


async def reader_of(session: AsyncSession, actor: Principal, offices: frozenset[str]) -> Reader:
    """Return what a caller may see, who sees more than the own matters in one of these offices."""
    accounts = await accounts_of(session, actor.subject)
    scope = actor.scope if actor.has(*offices) else None
    return Reader(actor.subject, accounts, scope, actor.has("inspector"))
