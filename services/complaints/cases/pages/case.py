"""A case as its officers read it: the next step, why its deadlines are due then, what was said and done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.cases.domain.acts import FINAL, State
from services.complaints.cases.pages import listing, story, words
from services.complaints.cases.pages.beside import Beside, beside_of
from services.complaints.cases.pages.deeds import BY_PATH, DEEDS, Deed
from services.complaints.cases.schemas.deadlines import with_due
from services.complaints.cases.store.desk import Wanted
from services.complaints.cases.usecases import clocks, queries
from services.complaints.cases.usecases.offers import Offers, offers
from services.complaints.cases.why import why
from services.complaints.deadlines.api import engine_of
from services.complaints.deadlines.domain.policy import Rule
from services.complaints.deadlines.usecases.engine import DeadlineEngine
from services.complaints.deadlines.words import rule_page
from services.complaints.frame import PAGES
from shared.db.clock import database_now
from shared.http.addresses import case_page
from shared.http.authorization import PageCaller
from shared.http.state import state_of
from shared.kernel import Zone
from shared.security import Principal

router = APIRouter()
MOST_URGENT = 10
DeedPath = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class View:
    """A case with all that its page tells of it."""

    case: Mapping[str, Any]
    told: Sequence[clocks.Clock]
    offers: Offers
    now: datetime
    beside: Mapping[str, Any]

    @property
    def zone(self) -> Zone:
        return Zone(self.case["zone"] or Zone.WIB)

    @property
    def place(self) -> str:
        return case_page(self.case["tracking_id"])

    @property
    def clock(self) -> clocks.Clock | None:
        """The deadline of the next step: the running one of its rule and due time."""
        meant = (self.case["due_rule"], self.case["due_at"])
        return next((one for one in self.told if _is_running(one, meant)), None)

    @property
    def others(self) -> Sequence[clocks.Clock]:
        return [one for one in self.told if one is not self.clock]

    @property
    def left(self) -> tuple[str, str]:
        """Kind and words of the time that is left."""
        return words.left(self.case, waits_for=self.case["waits_for"], now=self.now)

    @property
    def next(self) -> Deed | None:
        """The reader's own next act."""
        return None if self.offers.next is None else DEEDS[self.offers.next]

    @property
    def more(self) -> Sequence[Deed]:
        """The other acts that are open to the reader."""
        return [DEEDS[name] for name in self.offers.acts if name != self.offers.next]

    @property
    def sentence(self) -> str:
        return words.sentence(self.case, waits_for=self.case["waits_for"])

    @property
    def is_open(self) -> bool:
        return State(self.case["state"]) not in FINAL

    @property
    def stages(self) -> Sequence[story.Stage]:
        return story.stages(self.case, self.zone)

    @property
    def talk(self) -> Sequence[story.Said]:
        return story.talk(self.case, self.beside["conversation"].messages)

    def rule_page(self, rule: Rule) -> str:
        """Return where a deadline's rule is explained."""
        return rule_page(rule, self.case["kind"])

    def weeks(self, clock: clocks.Clock) -> Sequence[Sequence[story.Day]]:
        """Return the days of a deadline by weeks."""
        return story.weeks(clock, self.now)


async def view_of(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, tracking_id: str, beside: Beside
) -> View:
    """Return a case as a caller sees it, with what stands beside it.

    Raises `NotFoundError` outside their sight.
    """
    policies = engine.policies
    found = with_due(await queries.tracked_case(session, policies, actor, tracking_id), policies)
    offered = await offers(session, engine, actor, found)
    return View(
        found | {"turn": offered.turn},
        await clocks.explained(session, policies, found),
        offered,
        await database_now(session),
        await beside(session, engine, actor, found["id"]),
    )


async def urgent(
    session: AsyncSession, engine: DeadlineEngine, actor: Principal, now: datetime
) -> Sequence[listing.Line]:
    """Return the open cases with the least time left."""
    policies = engine.policies
    rows = await queries.desk(session, policies, actor, Wanted(), after=None, limit=MOST_URGENT)
    return [listing.line(with_due(row, policies), policies, now, actor.subject) for row in rows]


def told_of(view: View | None, selesai: str, tertutup: str) -> tuple[Literal["good", "warn"], str] | None:
    """Return what a page says of an act that was done just now, or was not open any more."""
    if (name := BY_PATH.get(selesai)) is not None:
        if view is not None and view.offers.case.proposed_act == name:
            return "good", f"{words.PROPOSED[name]} diusulkan; orang kedua yang memutuskan."
        return "good", DEEDS[name].done
    if (name := BY_PATH.get(tertutup)) is not None:
        return "warn", f"{DEEDS[name].title}: tidak dapat dilakukan pada keadaan pengaduan sekarang."
    return None


@router.get("/pengaduan/{tracking_id}", operation_id="page_case")
async def show(
    request: Request, actor: PageCaller, tracking_id: str, selesai: DeedPath = "", tertutup: DeedPath = ""
) -> HTMLResponse:
    """Show a case to whoever may read it over the API, beside the urgent ones; to others it is not there."""
    engine = engine_of(request)
    async with state_of(request.app).db.reading() as session:
        view = await view_of(session, engine, actor, tracking_id, beside_of(request))
        lines = await urgent(session, engine, actor, view.now)
    return PAGES.page(
        request,
        "case.html",
        view=view,
        groups=listing.grouped(lines),
        following=next((one for one in lines if one.tracking_id != view.case["tracking_id"]), None),
        told=told_of(view, selesai, tertutup),
        words=words,
        why=why,
    )


def _is_running(clock: clocks.Clock, meant: tuple[Any, Any]) -> bool:
    told = clock.told
    return (told["rule_id"], told["due_at"]) == meant and told["status"] == "armed"
