"""Acts of officers as pages: a form for each, what will happen where an act binds, and the act, done once.

One description (`deeds`), the API's bodies and use cases (`handled`). What was typed is never lost: a case
that changed meanwhile is shown as it is now, with the form as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.cases.domain.acts import ActName, State
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.dismissal import REQUIRED
from services.complaints.cases.domain.offers import CONFIRMS
from services.complaints.cases.handled import HANDLED, Handled, OfficersAct
from services.complaints.cases.kinds import tables
from services.complaints.cases.pages import words
from services.complaints.cases.pages.beside import beside_of
from services.complaints.cases.pages.choices import (
    MOST_LETTERS,
    Choice,
    handlers_of,
    sought_in,
    units_of,
)
from services.complaints.cases.pages.deeds import BY_PATH, DEEDS, Ask, Deed
from services.complaints.cases.schemas.deadlines import with_due
from services.complaints.cases.store import cases
from services.complaints.cases.usecases import queries
from services.complaints.cases.usecases.foresight import Foreseen, foresee
from services.complaints.cases.usecases.offers import Offers, offers
from services.complaints.deadlines.api import engine_of
from services.complaints.frame import PAGES, SEE_OTHER
from shared.http.addresses import CASES, case_page
from shared.http.api.command import KeyReusedError
from shared.http.authorization import PageCaller
from shared.http.fields import Body, Digits
from shared.http.once import OnceBody, do_once, was_done
from shared.http.pages.forms import Form, filled_in
from shared.http.problem import status_of
from shared.http.state import state_of
from shared.http.text import FreeText
from shared.kernel import DomainError, NotFoundError, StaleVersionError, Zone
from shared.security import Principal

router = APIRouter()
PATH = f"{CASES}/{{tracking_id}}/{{tindakan}}"
_UNPROCESSABLE = 422
_FAULT = 500
_NOBODY = UUID(int=0)
"""A number that is no case's: the act itself refuses it at its field."""


class Sent(OnceBody):
    """What every form of an act carries: the version that was read, `yakin` once it said what will happen.

    `ubah` leads back to the form, `cari` narrows a long list of units or officers.
    """

    version: Digits = 0
    yakin: Literal["1", ""] = ""
    ubah: Literal["1", ""] = ""
    cari: Annotated[str, FreeText(0, MOST_LETTERS)] = ""
    find: Literal["1", ""] = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A case before an act on it, as a person came to it."""

    request: Request
    actor: Principal
    name: ActName
    found: Mapping[str, Any]
    offers: Offers
    beside: Mapping[str, Any]

    @property
    def deed(self) -> Deed:
        return DEEDS[self.name]

    @property
    def handled(self) -> Handled:
        return HANDLED[self.name]

    @property
    def place(self) -> str:
        return case_page(self.found["tracking_id"])

    @property
    def asks(self) -> Sequence[Ask]:
        """The fields that this case asks for."""
        return [ask for ask in self.deed.asks if _is_asked(ask, self.name, self.offers.case)]

    def act(self, session: AsyncSession, version: int) -> OfficersAct:
        return OfficersAct(session, engine_of(self.request), self.actor, self.found["id"], version)


@router.get(PATH, operation_id="page_act")
async def show(request: Request, actor: PageCaller, tracking_id: str, tindakan: str) -> Response:
    """Show the form of an act; where it is not open any more, the case as it is now."""
    asked = await _asked(request, actor, tracking_id, tindakan)
    if asked.name not in asked.offers.acts:
        return RedirectResponse(f"{asked.place}?tertutup={asked.deed.path}", SEE_OTHER)
    return await _form_page(asked, Form(_initial(asked)))


@router.post(PATH, operation_id="page_do_act")
async def do(request: Request, actor: PageCaller, tracking_id: str, tindakan: str) -> Response:
    """Do an act once, after saying what will happen where it binds; a refusal keeps all that was typed.

    One that was done is told so when it is sent again, though it took the case out of sight.
    """
    typed = await _typed(request)
    sent = filled_in({name: typed[name] for name in Sent.model_fields if name in typed}, Sent)
    fingerprint = _fingerprint(typed)
    try:
        asked = await _asked(request, actor, tracking_id, tindakan)
    except NotFoundError:
        if sent.data is None or not await was_done(request, actor, sent, fingerprint):
            raise
        return await _onward(request, actor, tracking_id, tindakan)
    form = await _filled(asked, typed)
    if sent.data is None or form.data is None or sent.data.ubah or sent.data.find:
        is_wanted = sent.data is not None and bool(sent.data.ubah or sent.data.find)
        if is_wanted:
            form.errors, form.message = {}, ""
        return await _form_page(asked, form, 200 if is_wanted else _UNPROCESSABLE)
    version, body = sent.data.version, form.data

    async def work(session: AsyncSession) -> Case:
        return await asked.handled.do(asked.act(session, version), body)

    try:
        if asked.deed.binds and not sent.data.yakin:
            foreseen = await foresee(state_of(request.app).db, asked.found["id"], work)
            return await _sure_page(asked, form, foreseen)
        await do_once(request, actor, form, work, fingerprint=fingerprint)
    except NotFoundError:
        raise  # its page gives back what was typed
    except DomainError as refused:
        status = status_of(request, refused.code)
        if status >= _FAULT:
            raise
        return await _refused(asked, form, refused, status)
    return await _onward(request, actor, tracking_id, tindakan)


async def _asked(request: Request, actor: Principal, tracking_id: str, tindakan: str) -> _Asked:
    """Return the case with what is open on it. Raises `NotFoundError`, `ForbiddenError` as the API would."""
    if (name := BY_PATH.get(tindakan)) is None:
        raise NotFoundError("Halaman tidak ditemukan.")
    state, engine = state_of(request.app), engine_of(request)

    async def look(session: AsyncSession) -> _Asked:
        known = await queries.tracked_case(session, engine.policies, actor, tracking_id)
        found = with_due(known, engine.policies)
        state.matrix.allow(actor, HANDLED[name].operation)
        beside = await beside_of(request)(session, engine, actor, found["id"])
        return _Asked(request, actor, name, found, await offers(session, engine, actor, found), beside)

    return await state.db.read(look)


async def _typed(request: Request) -> dict[str, str]:
    sent = await request.form()
    values = {name: value.strip() for name, value in sent.items() if isinstance(value, str)}
    return {name: value for name, value in values.items() if value}


def _fingerprint(typed: Mapping[str, str]) -> bytes:
    """Return what makes two sendings the same: all that was typed, whatever the case asks for by now."""
    kept = {name: value for name, value in typed.items() if name not in ("csrf", "key")}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)


async def _filled(asked: _Asked, typed: Mapping[str, str]) -> Form[Body]:
    """Return the form as it was sent, with the body that the act takes of it, or what is wrong with it."""
    values = {ask.name: typed[ask.name] for ask in asked.asks if ask.name in typed}
    body: dict[str, Any] = {}
    for ask in asked.asks:
        if ask.name in values:
            body[ask.name] = await _read(asked, ask, values[ask.name])
    missing: dict[str, str] = {}
    if asked.name == "propose_dismissal":
        missing = _what_its_end_requires(body)
    form = filled_in(body, asked.handled.body)
    form.values = values | {name: typed[name] for name in ("key", "version", "cari") if name in typed}
    if missing:
        form.data, form.message = None, ""
        form.errors = missing | form.errors
    return form


async def _read(asked: _Asked, ask: Ask, text: str) -> Any:
    match ask.kind:
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "yes":
            return {"ya": True, "tidak": False}.get(text, text)
        case "case":
            db = state_of(asked.request.app).db
            is_number = text.isascii() and text.isdecimal()
            found = await db.read(lambda session: cases.id_of(session, text)) if is_number else None
            return str(found or _NOBODY)
    return text


def _what_its_end_requires(body: dict[str, Any]) -> dict[str, str]:
    """Leave out what another end would ask for, and return what this one lacks, by field."""
    try:
        wanted = REQUIRED[State(body.get("to", ""))]
    except (ValueError, KeyError):
        return {}
    for name in ("reason_code", "parent_id", "agency", "letter"):
        if name not in wanted:
            body.pop(name, None)
    return dict.fromkeys(sorted(wanted - body.keys()), "Wajib diisi untuk cara berakhir ini.")


def _is_asked(ask: Ask, name: ActName, case: Case) -> bool:
    """Tell whether this case asks for a field: some are of one stream, or of cases never verified."""
    if ask.name == "is_standard_breach":
        return case.stream == "pelayanan"
    if name == "uphold_appeal" and ask.name in ("stream", "case_class"):
        return case.case_class is None
    return True


def _initial(asked: _Asked) -> dict[str, Any]:
    """Return what a form begins with: what is known, the draft that it replaces, what was proposed."""
    case, found = asked.offers.case, asked.found
    known: dict[str, Any] = {"version": case.version}
    match asked.name:
        case "verify":
            known |= {"stream": case.stream, "unit_id": case.unit_id}
        case "reclassify":
            known |= {"kind": case.kind, "stream": case.stream, "case_class": case.case_class}
        case "respond" if case.has_draft:
            draft = found["answers"][-1]
            breach = {True: "ya", False: "tidak"}.get(draft["is_standard_breach"])
            known |= {"outcome": draft["outcome"], "text": draft["content"], "is_standard_breach": breach}
            known |= {
                "evidence": "\n".join(draft["evidence"]),
                "no_evidence_reason": draft["no_evidence_reason"],
            }
    if CONFIRMS.get(case.proposed_act or "") == asked.name:
        known |= {ask.name: found["proposed"][ask.name] for ask in asked.asks if ask.kind == "carried"}
    return {name: value for name, value in known.items() if value is not None}


async def _refused(asked: _Asked, form: Form[Body], refused: DomainError, status: int) -> Response:
    """Show the form again beside the case as it is now: sent once more, it is meant for this one."""
    now = await _asked(asked.request, asked.actor, asked.found["tracking_id"], asked.deed.path)
    if isinstance(refused, StaleVersionError):
        form.message = (
            "Pengaduan ini berubah sejak Anda membacanya. Keadaannya yang sekarang ada di bawah; isian Anda"
            " masih ada. Kirim sekali lagi bila masih perlu."
        )
    else:
        form.refuse(refused)
    if now.name not in now.offers.acts:
        form.message = (
            f"{refused.message} Tindakan ini tidak dapat dilakukan lagi; isian Anda masih ada di bawah."
        )
    kept = {name: value for name, value in form.values.items() if name != "version"}
    if isinstance(refused, KeyReusedError):
        kept.pop("key", None)
    carried = {ask.name for ask in now.asks if ask.kind == "carried"}
    form.values = kept | {
        name: value for name, value in _initial(now).items() if name == "version" or name in carried
    }
    return await _form_page(now, form, status)


async def _onward(request: Request, actor: Principal, tracking_id: str, tindakan: str) -> Response:
    """Lead back to the case with what was done, or to the desk where the case is out of sight now."""
    policies = engine_of(request).policies
    try:
        found = await state_of(request.app).db.read(
            lambda session: queries.tracked_case(session, policies, actor, tracking_id)
        )
    except NotFoundError:
        return RedirectResponse(f"{CASES}?selesai={tindakan}", SEE_OTHER)
    return RedirectResponse(f"{case_page(found['tracking_id'])}?selesai={tindakan}", SEE_OTHER)


async def _form_page(asked: _Asked, form: Form[Any], status: int = 200) -> HTMLResponse:
    choices = await state_of(asked.request.app).db.read(lambda session: _choices(session, asked, form))
    return PAGES.page(
        asked.request,
        "act.html",
        status=status,
        form=form,
        choices=choices,
        limits={ask.name: limits_of(asked.handled.body, ask.name) for ask in asked.asks},
        version=form.values.get("version", asked.offers.case.version),
        is_open=asked.name in asked.offers.acts,
        **_common(asked),
    )


async def _sure_page(asked: _Asked, form: Form[Body], foreseen: Foreseen) -> HTMLResponse:
    policies, unit_id = engine_of(asked.request).policies, foreseen.case.unit_id
    unit = await state_of(asked.request.app).db.read(lambda session: units.get(session, unit_id or ""))
    zone = Zone.WIB if unit is None else unit.zone
    is_proposed = foreseen.case.proposed_act == asked.name
    return PAGES.page(
        asked.request,
        "act_sure.html",
        form=form,
        version=form.values.get("version", "0"),
        becomes=words.STATES[foreseen.case.state],
        is_proposed=is_proposed,
        changes=[words.changed(change, one, policies, zone) for change, one in foreseen.changes],
        shown=[(ask, _shown(ask, form.values[ask.name])) for ask in asked.asks if ask.name in form.values],
        **_common(asked),
    )


def _common(asked: _Asked) -> dict[str, Any]:
    return {
        "deed": asked.deed,
        "asks": asked.asks,
        "case": asked.found,
        "zone": asked.found["zone"] or Zone.WIB,
        "place": asked.place,
        "here": f"{asked.place}/{asked.deed.path}",
        "words": words,
        "conversation": asked.beside["conversation"],
        "labels": {ask.name: ask.label for ask in asked.asks},
    }


def _shown(ask: Ask, value: str) -> str:
    """Return what was chosen or typed as people read it."""
    return dict(ask.options).get(value, words.named(ask.name, value))


def limits_of(body: type[Body], name: str) -> tuple[int, int] | None:
    """Return the fewest and most characters of a text of the body, None where it is no text."""
    info = body.model_fields[name]
    parts = (info.metadata, *(getattr(part, "__metadata__", ()) for part in get_args(info.annotation)))
    found = next((mark for part in parts for mark in part if isinstance(mark, FreeText)), None)
    return None if found is None else (found.least, found.most)


async def _choices(session: AsyncSession, asked: _Asked, form: Form[Any]) -> Mapping[str, Choice]:
    """Return what may be chosen in each field that has choices of its own; not who or where it is now."""
    case, sought = asked.offers.case, sought_in(form.values.get("cari"))
    found = {one.name: Choice(one.options) for one in asked.asks}
    for ask in asked.asks:
        match ask.kind:
            case "unit":
                without = case.unit_id if asked.name == "transfer" else None
                chosen = form.values.get(ask.name)
                found[ask.name] = await units_of(
                    session, case.agency_id, sought, chosen=chosen, without=without
                )
            case "handler":
                where = [] if case.unit_id is None else [(case.unit_id, case.stream)]
                found[ask.name] = await handlers_of(session, asked.actor, where, sought, without=case.handler)
            case "one" if ask.name == "kind":
                found[ask.name] = Choice(_kinds(case))
    return found


def _kinds(case: Case) -> Sequence[tuple[str, str]]:
    """Return the kinds that a case may be handled as: its own, and what one in its state becomes."""
    allowed = tables()[case.kind].becomes | {case.kind}
    return [
        (kind, words.KINDS[kind])
        for kind, table in tables().items()
        if kind in allowed and case.state in table.states
    ]
