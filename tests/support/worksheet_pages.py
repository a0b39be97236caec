"""A worksheet as its pages read it, made without a database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.planning.evidence.domain import EvidenceLine, Form
from services.planning.layers import Layer
from services.planning.live.domain import Proof
from services.planning.pages.worksheets.facts import Beside, SheetFacts
from services.planning.worksheets.domain import AnswerVersion, Draft, Origin
from services.planning.worksheets.whole import WholeSheet
from shared.instruments.lke import Answer, parse_answer
from shared.kernel import Zone

AT = datetime(2026, 8, 27, 3, 18, tzinfo=UTC)
"""27 August 2026, 10.18 WIB."""
ME = "operator-1"
PROOF, OTHER_PROOF = UUID(int=1), UUID(int=2)


def answered(
    code: str,
    raw: object,
    *,
    version: int = 1,
    layer: Layer = Layer.UNIT,
    note: str | None = None,
    proofs: tuple[UUID, ...] = (),
    by: str = ME,
    origin: Origin = Origin.TYPED,
    cell: str | None = None,
) -> AnswerVersion:
    """Return an answer as it was written; `raw` is what `parse_answer` takes."""
    draft = Draft(code, parse_answer(code, raw), note, proofs, None, origin, cell)
    return AnswerVersion(layer, version, draft, by, AT)


def facts(
    *answers: AnswerVersion,
    beside: Beside | None = None,
    may_write: bool = True,
    evidence: Mapping[UUID, EvidenceLine] | None = None,
) -> SheetFacts:
    """Return a worksheet of a WBK programme with these answers."""
    whole = WholeSheet(
        unit_id="u-1",
        year=2026,
        unit_name="Kantor Layanan Melati",
        zone=Zone.WIB,
        target="WBK",
        edition="2026",
        rule_set="panrb-90-2021",
        policies="undefined-1",
        version=max((one.version for one in answers), default=0),
        is_merged=False,
        answers=answers,
    )
    return SheetFacts(whole, ME, may_write, evidence or {}, beside or Beside())


def proof(evidence_id: UUID = PROOF, kind: str = "sk_tim_zi", **changed: Any) -> EvidenceLine:
    """Return an evidence of the unit."""
    values: dict[str, Any] = {"title": "SK tim", "form": Form.FILE, "uploaded_at": AT} | changed
    return EvidenceLine(evidence_id, 1, kind, **values)


class Told:
    """What facts answer an item, as the live layer gives it."""

    def __init__(
        self, answer: Answer, *, is_fact: bool = True, check: str = "", proofs: Sequence[Proof] = ()
    ) -> None:
        self.answer, self.is_fact, self.at = answer, is_fact, AT
        self.check, self.proofs = check, proofs
