"""An agency whose people sit before the pages of its proposal, for tests over a database."""

from dataclasses import dataclass
from typing import Any

from shared.security import Scope
from tests.support.nominating import (
    AGENCY_FACTS,
    UNIT_FACTS,
    local_government,
    paper,
    tell,
)
from tests.support.planning import YEAR, Planning
from tests.support.planning_browser import Browser, log_in
from tests.support.stages import lead_to, let_propose


@dataclass(frozen=True)
class Agency:
    """An agency whose people sit before its pages."""

    planning: Planning
    id: str

    def place(self, *more: str) -> str:
        return "/".join(("/usulan", self.id, str(YEAR), *more))

    async def person(self, role: str, level: str = "agency", *units: str) -> Browser:
        scopes = {
            "unit": Scope("unit", agencies=frozenset({self.id}), units=frozenset(units)),
            "agency": Scope("agency", agencies=frozenset({self.id})),
            "national": Scope("national"),
        }
        return await log_in(self.planning, role, f"{role}-{self.id}", self.id, scopes[level])

    def headers(self, role: str) -> dict[str, str]:
        return self.planning.headers(role, "nobody", agency=self.id, subject=f"api-{role}-{self.id}")

    async def unit(self, *, is_ready: bool = True, stage: str = "pengusulan", **fields: Any) -> str:
        """Register a unit with a programme that meets everything and waits to be proposed."""
        unit = await self.planning.unit(agency=self.id, **fields)
        await self.planning.another_programme(unit, YEAR, agency=self.id)
        if is_ready:
            await self.told(f"/units/{unit}/preconditions/{YEAR}", UNIT_FACTS)
        await lead_to(self.planning, unit, stage, agency=self.id)
        return unit

    async def told(self, path: str, facts: dict[str, str]) -> None:
        made = await tell(self.planning.client, self.headers("admin"), path, facts)
        assert made.status_code == 200, made.text

    async def ready(self) -> None:
        """Let the agency meet all that is asked of itself."""
        await local_government(self.planning.client, self.headers("admin"), self.id)
        await self.told(f"/agencies/{self.id}/preconditions/{YEAR}", AGENCY_FACTS)

    async def ready_with_units(self) -> None:
        """Let another agency be known, meet all that is asked and have its days."""
        await self.planning.unit(agency=self.id, name="Kantor Lain")
        await let_propose(self.planning, self.id)
        await self.ready()

    async def papers(self) -> tuple[str, str]:
        """Bring a letter and an SPTJM; return their ids."""
        head = self.headers("agency_head")
        letter = await paper(self.planning.client, head, self.id, "letter")
        sptjm = await paper(self.planning.client, head, self.id, "sptjm")
        return letter["document_id"], sptjm["document_id"]

    async def proposed(self, head: Browser, *units: str) -> None:
        """Propose units on the page of candidates."""
        await head.get(self.place("calon"), kategori="WBK")
        made = await head.post(self.place("calon"), chosen=list(units))
        assert made.status_code == 303, made.text

    async def handed_in(self, head: Browser) -> None:
        letter, sptjm = await self.papers()
        await head.get(self.place("dokumen"))
        done = await head.post(self.place("serahkan"), letter=letter, sptjm=sptjm)
        assert done.status_code == 303, done.text

    async def frozen(self, head: Browser, **fields: str) -> None:
        await head.get(self.place("bekukan"))
        done = await head.post(self.place("bekukan"), **fields)
        assert done.status_code == 303, done.text

    async def packaged(self, head: Browser, *units: str) -> None:
        """Put units into a first package and freeze it."""
        await self.proposed(head, *units)
        await self.handed_in(head)
        await self.frozen(head)
