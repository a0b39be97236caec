"""Acts on duties as pages: what will happen, what it asks for, and doing it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.api import engine_of
from services.complaints.duties.data import grounds
from services.complaints.duties.domain.contents import Answer, Assessment, Notice, Outcome, Taken
from services.complaints.duties.domain.lives import BREACH, DATA, OMBUDSMAN, Kind
from services.complaints.duties.pages import words
from services.complaints.duties.schemas import MOST_ACTIONS
from services.complaints.duties.usecases import requests
from services.complaints.duties.usecases.acting import Duties, duty_detail
from services.complaints.duties.usecases.breaches import Breaches
from services.complaints.duties.usecases.findings import Reports
from services.complaints.duties.usecases.requests import Requests
from services.complaints.frame import PAGES, version_of
from services.complaints.matters.forms import Asked, VersionedForm, do_act
from services.complaints.matters.schemas import Reference, Text
from services.complaints.secrecy.serving import identities_of, show_once
from shared.http.addresses import DUTIES, duty_page
from shared.http.authorization import PageCaller
from shared.http.fields import Day, read_digits
from shared.http.pages.forms import Form
from shared.http.state import state_of
from shared.kernel import MAX_BIGINT, NotFoundError
from shared.security import Principal

router = APIRouter()
LABELS = {
    "proof": "Bukti yang diminta",
    "outcome": "Keputusan",
    "ground": "Dasar penolakan",
    "text": "Jawaban",
    "note": "Catatan",
    "reason": "Alasan",
    "data_kinds": "Data apa",
    "people_count": "Berapa orang",
    "happened": "Apa yang terjadi",
    "people_told": "Cara memberi tahu pemilik data",
    "letter_number": "Nomor surat",
    "letter_on": "Tanggal surat",
    "measures": "Tindakan pencegahan",
    "number": "Tindakan korektif",
    "is_done": "Pelaksanaan",
    "evidence": "Bukti pelaksanaan",
}


class ProofForm(VersionedForm):
    """Which proof of identity is asked for."""

    proof: Text


class AnswerForm(VersionedForm):
    """What was decided."""

    outcome: Outcome
    ground: Reference | None = None
    text: Text


class NoteForm(VersionedForm):
    """A word for the log."""

    note: Text | None = None


class AssessForm(VersionedForm):
    """What was found out."""

    data_kinds: Text
    people_count: Annotated[int, Field(ge=0, le=MAX_BIGINT), BeforeValidator(read_digits)]
    happened: Text


class NotifyForm(VersionedForm):
    """Who was told how."""

    people_told: Text
    letter_number: Reference
    letter_on: Day


class WhyForm(VersionedForm):
    """Why."""

    reason: Text


class MeasuresForm(VersionedForm):
    """What was done so that it does not happen again."""

    measures: Text


class ActionForm(VersionedForm):
    """What was done about a corrective action."""

    number: Annotated[int, Field(ge=1, le=MOST_ACTIONS), BeforeValidator(read_digits)]
    is_done: bool
    evidence: Reference | None = None
    note: Text | None = None


class LetterForm(VersionedForm):
    """The letter that reports to the Ombudsman."""

    letter_number: Reference
    letter_on: Day


def _asked(
    kind: Kind, slug: str, form: type[VersionedForm], fields: str, do: Callable[[Any, Any], Any]
) -> Asked:
    step = next(step for step in words.STEPS[kind] if step.slug == slug)
    return Asked(step, form, fields.split(), do)


_OF_KINDS: Mapping[Kind, tuple[type[Duties], tuple[Asked, ...]]] = {
    DATA: (
        Requests,
        (
            _asked(
                DATA,
                "jawab",
                AnswerForm,
                "outcome ground text",
                lambda act, said: act.answer(Answer(said.outcome, said.ground, said.text)),
            ),
            _asked(DATA, "minta-bukti", ProofForm, "proof", lambda act, said: act.ask_proof(said.proof)),
            _asked(DATA, "cabut", NoteForm, "note", lambda act, said: act.withdraw(said.note)),
            _asked(DATA, "tutup", NoteForm, "note", lambda act, said: act.close(said.note)),
        ),
    ),
    BREACH: (
        Breaches,
        (
            _asked(
                BREACH,
                "nilai",
                AssessForm,
                "data_kinds people_count happened",
                lambda act, said: act.assess(Assessment(said.data_kinds, said.people_count, said.happened)),
            ),
            _asked(
                BREACH,
                "beri-tahu",
                NotifyForm,
                "people_told letter_number letter_on",
                lambda act, said: act.notify(Notice(said.people_told, said.letter_number, said.letter_on)),
            ),
            _asked(BREACH, "bukan-insiden", WhyForm, "reason", lambda act, said: act.rule_out(said.reason)),
            _asked(BREACH, "tutup", MeasuresForm, "measures", lambda act, said: act.close(said.measures)),
        ),
    ),
    OMBUDSMAN: (
        Reports,
        (
            _asked(
                OMBUDSMAN,
                "catat-tindakan",
                ActionForm,
                "number is_done evidence note",
                lambda act, said: act.record_action(
                    said.number, Taken(said.is_done, said.evidence, said.note)
                ),
            ),
            _asked(
                OMBUDSMAN,
                "laporkan",
                LetterForm,
                "letter_number letter_on",
                lambda act, said: act.report(said.letter_number, said.letter_on),
            ),
            _asked(OMBUDSMAN, "tutup", NoteForm, "note", lambda act, said: act.close(said.note)),
        ),
    ),
}


@router.get(f"{DUTIES}/{{duty_id}}/pemohon", operation_id="page_ask_data_subject")
async def ask_person(request: Request, actor: PageCaller, duty_id: UUID) -> HTMLResponse:
    """Show the form of why somebody wants to know who asks."""
    return await _person_page(request, actor, duty_id, Form(), 200)


@router.post(f"{DUTIES}/{{duty_id}}/pemohon", operation_id="page_show_data_subject")
async def show_person(request: Request, actor: PageCaller, duty_id: UUID) -> HTMLResponse:
    """Show who asks, once, for the reason that the log keeps."""
    db, kept = state_of(request.app).db, identities_of(request)
    return await show_once(
        request,
        WhyForm,
        lambda said: requests.open_person(db, kept, actor, duty_id, said.reason, db.run),
        lambda form, status: _person_page(request, actor, duty_id, form, status),
        lambda form, person: _person_page(request, actor, duty_id, form, 200, person, is_told=True),
    )


@router.get(f"{DUTIES}/{{duty_id}}/{{slug}}", operation_id="page_ask_duty_act")
async def ask(request: Request, actor: PageCaller, duty_id: UUID, slug: str) -> HTMLResponse:
    """Show what an act on a duty will do, and what it asks for."""
    return await _page(request, actor, duty_id, slug, Form(), 200)


@router.post(f"{DUTIES}/{{duty_id}}/{{slug}}", operation_id="page_do_duty_act")
async def do(request: Request, actor: PageCaller, duty_id: UUID, slug: str) -> Response:
    """Do an act on a duty; sent twice, the same form does it once."""
    found = await _found(request, actor, duty_id)
    acting, asked = _known(found["kind"], slug)
    engine = engine_of(request)

    async def opening(data: Any) -> Callable[[AsyncSession], Any]:
        return lambda session: acting(session, engine, actor, duty_id, data.version)

    return await do_act(
        request,
        actor,
        asked,
        opening,
        lambda form, status: _page(request, actor, duty_id, slug, form, status),
        duty_page(str(duty_id)),
    )


async def _found(request: Request, actor: Principal, duty_id: UUID) -> Mapping[str, Any]:
    return await state_of(request.app).db.read(lambda session: duty_detail(session, actor, duty_id))


def _known(kind: Kind, slug: str) -> tuple[type[Duties], Asked]:
    acting, known = _OF_KINDS[kind]
    asked = next((one for one in known if one.step.slug == slug), None)
    if asked is None:
        raise NotFoundError("Halaman ini tidak ada.")
    return acting, asked


async def _page(
    request: Request, actor: Principal, duty_id: UUID, slug: str, form: Form[Any], status: int
) -> HTMLResponse:
    """Show the form of an act, beside what stands now."""
    found = await _found(request, actor, duty_id)
    _, asked = _known(found["kind"], slug)
    return PAGES.page(
        request,
        "duty_act.html",
        status=status,
        step=asked.step,
        fields=asked.fields,
        form=form,
        version=version_of(form, status, found["version"]),
        state=words.STATES[found["state"]],
        about=words.title(found),
        place=duty_page(str(duty_id)),
        outcomes=words.OUTCOMES.items(),
        grounds=[(one.id, one.words) for one in grounds().values()],
        actions=[(one["number"], f"{one['number']}. {one['text'][:80]}") for one in found["actions"]],
        labels=LABELS,
    )


async def _person_page(
    request: Request,
    actor: Principal,
    duty_id: UUID,
    form: Form[Any],
    status: int,
    person: Any = None,
    *,
    is_told: bool = False,
) -> HTMLResponse:
    found = await state_of(request.app).db.read(lambda session: duty_detail(session, actor, duty_id, DATA))
    return PAGES.page(
        request,
        "duty_person.html",
        status=status,
        form=form,
        version=found["version"],
        place=duty_page(str(duty_id)),
        person=person,
        is_told=is_told,
        nameless=requests.BY_RECEIPT,
        labels=LABELS,
    )
