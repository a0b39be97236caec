"""Layers as they are exported: answers, notes and evidence by item, and the files made of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from services.planning.evidence.domain import Content, Evidence, Form, written
from services.planning.layers import Layer
from services.planning.worksheets.domain import AnswerVersion, Draft
from services.planning.worksheets.export.about import Exported
from services.planning.worksheets.export.template import template
from services.planning.worksheets.exports import Export
from services.planning.worksheets.workbook.writing import Filled
from shared.documents.workbook import packed
from shared.instruments.lke import Answer, default_policies
from shared.kernel import Zone

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
_SPACE = UUID(int=1)
EMPTY = Filled({}, {}, {})


def empty_template() -> bytes:
    """Return our own workbook, in which nobody has answered."""
    return packed(template({}), AT)


def evidence(form: Form, title: str, body: str | None = None) -> Evidence:
    """Return an evidence whose id follows from what it says."""
    if body is None:
        content = Content(Form.FILE, title, "0" * 64, "application/pdf", 3, None, AT)
    else:
        content = written(title, form, body, AT)
    id_ = uuid5(_SPACE, f"{form}/{title}/{content.body}")
    return Evidence(id_, "kantor-a", Layer.UNIT, "notulen", title, 1, content)


def exported(
    *,
    unit: Filled = EMPTY,
    tpi: Filled = EMPTY,
    tpn: Filled = EMPTY,
    version: int = 7,
    at: datetime | None = AT,
) -> Export:
    state = Exported(
        unit_id="kantor-a",
        unit_name="Kantor Contoh",
        zone=Zone.WIB,
        year=2026,
        edition="2026",
        version=version,
        at=at,
        policies=default_policies(),
    )
    return Export(state, {Layer.UNIT: unit, Layer.TPI: tpi, Layer.TPN: tpn}, {})


def stored(layer: Layer, filled: Filled) -> Sequence[AnswerVersion]:
    """Return a layer as its answers are read from the database."""
    codes: Mapping[str, Answer | None] = {
        code: filled.answers.get(code) for code in (*filled.answers, *filled.notes, *filled.evidence)
    }
    return [
        AnswerVersion(
            layer,
            number,
            Draft(
                code,
                answer,
                filled.notes.get(code),
                tuple(one.evidence_id for one in filled.evidence.get(code, ())),
            ),
            "operator",
            AT,
        )
        for number, (code, answer) in enumerate(codes.items(), 1)
    ]
