"""What the button of a worksheet's page brings: the items that it changes, and what is in the way of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.layers import Layer
from services.planning.pages.frame import UNPROCESSABLE
from services.planning.pages.worksheets.fields import Fields, fields_in, fields_of, is_same, sent_of
from services.planning.worksheets import usecases
from services.planning.worksheets.domain import AnswersRefusedError, AnswerVersion
from services.planning.worksheets.schemas import AnswerIn
from services.planning.worksheets.whole import SheetHead, answers_at
from shared.http.problem import sentence, status_of
from shared.http.state import state_of
from shared.indonesian import capital
from shared.instruments.lke import Answer
from shared.kernel import DomainError, StaleVersionError
from shared.security import Principal

_STALE = 412
_VERSION = re.compile(r"[0-9]{1,18}")
Faults = dict[str, list[tuple[str, str]]]
"""By item: field and what is wrong with it."""


@dataclass(slots=True)
class Posted:
    """What the button brought: the fields that were changed, what is wrong, what others wrote meanwhile."""

    fields: Mapping[str, Fields]
    faults: Faults = field(default_factory=dict)
    theirs: dict[str, AnswerVersion] = field(default_factory=dict)
    message: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.faults or self.theirs or self.message)


async def posted_of(
    session: AsyncSession,
    head: SheetHead,
    own: Mapping[str, AnswerVersion],
    sent: Sequence[tuple[str, str]],
    *,
    known: Collection[str],
    layer: Layer,
    offered: Mapping[str, Answer],
) -> Posted:
    """Return what was posted of the `known` items, against what stands in the layer: `own`.

    `offered` are the answers that a button takes in by one press. What somebody else wrote meanwhile is no
    change of ours where the field shows what it was before.
    """
    plain = dict(sent)
    fields = {code: one for code, one in fields_in(sent).items() if code in known}
    if (code := plain.get("fakta", "")) in fields and code in offered:
        fields[code] = _with(fields[code], offered[code])
    told = plain.get("version", "")
    seen = min(int(told), head.version) if _VERSION.fullmatch(told) else 0
    later = [code for code in fields if (one := own.get(code)) is not None and one.version > seen]
    before = await answers_at(session, head.unit_id, head.year, later, seen, layer) if later else {}
    posted, changed = Posted(fields), dict[str, Fields]()
    for code, typed in fields.items():
        shown = fields_of(before.get(code) if code in later else own.get(code))
        if is_same(typed, shown) or is_same(typed, fields_of(own.get(code))):
            continue
        if code in later or f"two:{code}" in plain:
            choice = None if code in later else plain.get(f"pick:{code}")
            if choice == "theirs":
                continue
            if choice != "mine" and code in own:
                posted.theirs[code] = own[code]
        changed[code] = typed
        if faults := _wrong(code, typed):
            posted.faults[code] = faults
    posted.fields = changed  # the others are shown as they are stored now
    return posted


async def save_posted(
    request: Request, caller: Principal, head: SheetHead, posted: Posted, layer: Layer
) -> int:
    """Write what was posted, all or nothing; note a refusal in it, and return the status of one."""
    status = _STALE if posted.theirs else UNPROCESSABLE
    if posted.is_refused or not posted.fields:
        return status
    answers = [AnswerIn.model_validate(sent_of(code, one)).sent() for code, one in posted.fields.items()]
    try:
        await state_of(request.app).db.run(
            lambda session: usecases.answer_items(
                session,
                caller,
                unit_id=head.unit_id,
                year=head.year,
                layer=layer,
                sent=answers,
                seen=head.version,
            )
        )
    except StaleVersionError as stale:
        posted.message = stale.message  # between our look and the lock: the next try shows both
        return _STALE
    except AnswersRefusedError as refused:
        posted.faults = _faults(refused, list(posted.fields))
    except DomainError as refused:
        posted.message = refused.message
        return status_of(request, refused.code)
    return status


def _with(fields: Fields, answer: Answer) -> Fields:
    return replace(
        fields,
        letter=answer.letter or "",
        index=answer.index_text or "",
        counts={key: str(count) for key, count in (answer.inputs or {}).items()},
        is_blanked=False,
    )


def _wrong(code: str, typed: Fields) -> list[tuple[str, str]]:
    """Return what no answer may be, whatever is stored: too long, or blanked without a reason."""
    if typed.is_blanked and not typed.reason:
        return [("reason", "Tulis alasan mengosongkan jawaban ini.")]
    try:
        AnswerIn.model_validate(sent_of(code, typed))
    except ValidationError as error:
        return [(str(one["loc"][-1]) if one["loc"] else "note", sentence(one)) for one in error.errors()]
    return []


def _faults(refused: AnswersRefusedError, codes: Sequence[str]) -> Faults:
    """Return the faults of a batch by item; each names its place in it."""
    found: Faults = {}
    for fault in refused.details.get("errors", ()):
        _, place, part, *key = str(fault["field"]).split(".")
        code = codes[int(place)]
        said = str(fault["message"]).partition(": ")[2] or str(fault["message"])
        found.setdefault(code, []).append((key[0] if key else part, f"{capital(said)}."))
    return found
