"""The seam to the stages of an assessment: what a proposal asks of them and what it moves."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.nomination.domain.eligibility import Reason
from shared.security import Principal


class Stages(Protocol):
    """Stages as proposals need them; every call is within the act's own transaction."""

    async def obstacles(
        self, session: AsyncSession, unit_id: str, year: int, *, is_proposed: bool
    ) -> Sequence[Reason]:
        """Return why a unit cannot be proposed now, or, once `is_proposed`, its package not be changed.

        Another stage, or a window that is closed on this day of the unit's zone.
        """
        ...

    async def settled(self, session: AsyncSession, unit_id: str, year: int) -> Sequence[Reason]:
        """Return why category and kawasan of a unit that a package holds cannot become others any more."""
        ...

    async def propose(self, session: AsyncSession, actor: Principal, unit_id: str, year: int) -> None:
        """Move a unit whose package was frozen for the first time; raises the stage's own refusals."""
        ...

    async def withdraw(
        self, session: AsyncSession, actor: Principal, unit_id: str, year: int, reason: str
    ) -> None:
        """Take a unit back that had been moved by `propose`; raises the stage's own refusals."""
        ...
