"""Acts on gifts and declarations as pages: what will happen, what it asks for, and doing it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, version_of
from services.complaints.integrity.domain.gifts import Ownership
from services.complaints.integrity.pages import words
from services.complaints.integrity.pages.gifts import Amount
from services.complaints.integrity.usecases import conflicts, gifts
from services.complaints.integrity.usecases.conflicts import Conflicts
from services.complaints.integrity.usecases.gifts import Gifts
from services.complaints.matters.forms import Asked, VersionedForm, do_act
from services.complaints.matters.schemas import Reference, Text, Words
from services.complaints.matters.words import Step
from services.complaints.secrecy.serving import identities_of, show_once
from shared.http.addresses import CONFLICTS, GIFTS, conflict_page, gift_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.kernel import NotFoundError
from shared.security import Principal

router = APIRouter()
LABELS = {
    "missing": "Data yang kurang",
    "note": "Catatan",
    "estimate": "Taksiran nilai",
    "giver": "Nama pemberi",
    "reason": "Alasan",
    "ownership": "Status barang",
    "decision_number": "Nomor keputusan",
    "handed_over_on": "Tanggal penyerahan",
    "is_conflict": "Keputusan",
    "control": "Cara pengendalian",
}


class AskForm(VersionedForm):
    """What is missing."""

    missing: Text


class DataForm(VersionedForm):
    """What was missing."""

    note: Text
    estimate: Amount | None = None
    giver: Words | None = None


class WhyForm(VersionedForm):
    """Why."""

    reason: Text


class NoteForm(VersionedForm):
    """A word for the log."""

    note: Text | None = None


class SettleForm(VersionedForm):
    """Whose the gift is."""

    ownership: Ownership | None = None
    decision_number: Reference | None = None


class FinishForm(VersionedForm):
    """When what is the state's was handed over."""

    note: Text | None = None
    handed_over_on: Day | None = None


class AssessForm(VersionedForm):
    """What was found out."""

    note: Text


class DecideForm(VersionedForm):
    """Whether there is a conflict, why, and how it is controlled."""

    is_conflict: bool
    reason: Text
    control: Text | None = None


def _step(steps: Sequence[Step], slug: str) -> Step:
    return next(step for step in steps if step.slug == slug)


def _gift(slug: str, form: type[VersionedForm], fields: str, do: Callable[[Gifts, Any], Any]) -> Asked:
    return Asked(_step(words.GIFT_STEPS, slug), form, fields.split(), do)


def _conflict(
    slug: str, form: type[VersionedForm], fields: str, do: Callable[[Conflicts, Any], Any]
) -> Asked:
    return Asked(_step(words.CONFLICT_STEPS, slug), form, fields.split(), do)


OF_GIFTS: Mapping[str, Asked] = {
    asked.step.slug: asked
    for asked in (
        _gift("minta-data", AskForm, "missing", lambda act, said: act.request_data(said.missing)),
        _gift(
            "lengkapi",
            DataForm,
            "note estimate giver",
            lambda act, said: act.complete(said.note, said.estimate),
        ),
        _gift("lanjutkan", WhyForm, "reason", lambda act, said: act.proceed(said.reason)),
        _gift("teruskan", NoteForm, "note", lambda act, said: act.forward(said.note)),
        _gift("kelola", NoteForm, "note", lambda act, said: act.manage(said.note)),
        _gift(
            "tetapkan",
            SettleForm,
            "ownership decision_number",
            lambda act, said: act.settle(said.ownership, said.decision_number),
        ),
        _gift(
            "selesai",
            FinishForm,
            "handed_over_on note",
            lambda act, said: act.finish(said.note, said.handed_over_on),
        ),
    )
}
OF_CONFLICTS: Mapping[str, Asked] = {
    asked.step.slug: asked
    for asked in (
        _conflict("nilai", AssessForm, "note", lambda act, said: act.assess(said.note)),
        _conflict(
            "putuskan",
            DecideForm,
            "is_conflict control reason",
            lambda act, said: act.decide(
                is_conflict=said.is_conflict, control=said.control, reason=said.reason
            ),
        ),
        _conflict("selesai", NoteForm, "note", lambda act, said: act.finish(said.note)),
    )
}


@router.get(f"{GIFTS}/{{gift_id}}/pemberi", operation_id="page_ask_giver")
async def ask_giver(request: Request, actor: PageCaller, gift_id: UUID) -> HTMLResponse:
    """Show the form of why somebody wants to know who gave."""
    return await _giver_page(request, actor, gift_id, Form(), 200)


@router.post(f"{GIFTS}/{{gift_id}}/pemberi", operation_id="page_show_giver")
async def show_giver(request: Request, actor: PageCaller, gift_id: UUID) -> HTMLResponse:
    """Show who gave, once, for the reason that the audit trail keeps."""
    db, kept = state_of(request.app).db, identities_of(request)
    return await show_once(
        request,
        WhyForm,
        lambda said: gifts.open_giver(db, kept, actor, gift_id, said.reason, db.run),
        lambda form, status: _giver_page(request, actor, gift_id, form, status),
        lambda form, name: _giver_page(request, actor, gift_id, form, 200, name, is_told=True),
    )


@router.get(f"{GIFTS}/{{gift_id}}/{{slug}}", operation_id="page_ask_gift_act")
async def ask_gift(request: Request, actor: PageCaller, gift_id: UUID, slug: str) -> HTMLResponse:
    """Show what an act on a gift will do, and what it asks for."""
    return await _gift_page(request, actor, gift_id, _known(OF_GIFTS, slug), Form(), 200)


@router.post(f"{GIFTS}/{{gift_id}}/{{slug}}", operation_id="page_do_gift_act")
async def do_gift(request: Request, actor: PageCaller, gift_id: UUID, slug: str) -> Response:
    """Do an act on a gift; sent twice, the same form does it once."""
    asked, engine = _known(OF_GIFTS, slug), engine_of(request)
    kept, db = identities_of(request), state_of(request.app).db

    async def opening(data: Any) -> Callable[[AsyncSession], Gifts]:
        giver = await gifts.seal_giver(kept, getattr(data, "giver", None), db, gift_id)
        return lambda session: Gifts(session, engine, actor, gift_id, data.version, giver)

    return await do_act(
        request,
        actor,
        asked,
        opening,
        lambda form, status: _gift_page(request, actor, gift_id, asked, form, status),
        gift_page(str(gift_id)),
    )


@router.get(f"{CONFLICTS}/{{conflict_id}}/{{slug}}", operation_id="page_ask_conflict_act")
async def ask_conflict(request: Request, actor: PageCaller, conflict_id: UUID, slug: str) -> HTMLResponse:
    """Show what an act on a declaration will do, and what it asks for."""
    return await _conflict_page(request, actor, conflict_id, _known(OF_CONFLICTS, slug), Form(), 200)


@router.post(f"{CONFLICTS}/{{conflict_id}}/{{slug}}", operation_id="page_do_conflict_act")
async def do_conflict(request: Request, actor: PageCaller, conflict_id: UUID, slug: str) -> Response:
    """Do an act on a declaration; sent twice, the same form does it once."""
    asked, engine = _known(OF_CONFLICTS, slug), engine_of(request)

    async def opening(data: Any) -> Callable[[AsyncSession], Conflicts]:
        return lambda session: Conflicts(session, engine, actor, conflict_id, data.version)

    return await do_act(
        request,
        actor,
        asked,
        opening,
        lambda form, status: _conflict_page(request, actor, conflict_id, asked, form, status),
        conflict_page(str(conflict_id)),
    )


def _known(acts: Mapping[str, Asked], slug: str) -> Asked:
    asked = acts.get(slug)
    if asked is None:
        raise NotFoundError("Halaman ini tidak ada.")
    return asked


async def _gift_page(
    request: Request, actor: Principal, gift_id: UUID, asked: Asked, form: Form[Any], status: int
) -> HTMLResponse:
    db = state_of(request.app).db
    found = await db.read(lambda session: gifts.gift_detail(session, actor, gift_id))
    place = gift_page(str(gift_id))
    about = f"{words.OBJECTS[found['object_kind']]} senilai {words.rupiah(found['estimate'])}"
    return _page(request, asked, found, form, status, place, about)


async def _conflict_page(
    request: Request, actor: Principal, conflict_id: UUID, asked: Asked, form: Form[Any], status: int
) -> HTMLResponse:
    db = state_of(request.app).db
    found = await db.read(lambda session: conflicts.conflict_detail(session, actor, conflict_id))
    return _page(request, asked, found, form, status, conflict_page(str(conflict_id)), found["activity"])


async def _giver_page(
    request: Request,
    actor: Principal,
    gift_id: UUID,
    form: Form[Any],
    status: int,
    name: str | None = None,
    *,
    is_told: bool = False,
) -> HTMLResponse:
    db = state_of(request.app).db
    found = await db.read(lambda session: gifts.gift_detail(session, actor, gift_id))
    return PAGES.page(
        request,
        "giver.html",
        status=status,
        form=form,
        version=found["version"],
        place=gift_page(str(gift_id)),
        name=name,
        is_told=is_told,
        nameless=gifts.NAMELESS,
        labels=LABELS,
    )


def _page(
    request: Request,
    asked: Asked,
    found: Mapping[str, Any],
    form: Form[Any],
    status: int,
    place: str,
    about: str,
) -> HTMLResponse:
    """Show the form of an act, beside what stands now."""
    is_refused_gift = found.get("direction") == "tolak"
    return PAGES.page(
        request,
        "integrity_act.html",
        status=status,
        step=asked.step,
        fields=[name for name in asked.fields if not (name == "ownership" and is_refused_gift)],
        form=form,
        version=version_of(form, status, found["version"]),
        state=words.STATES[found["state"]],
        about=about,
        place=place,
        ownerships=words.OWNERSHIPS.items(),
        is_states=found.get("ownership") == "milik_negara",
        labels=LABELS,
    )
