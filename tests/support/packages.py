"""Frozen packages for tests of what is read of them: made of answers alone, without a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.planning.layers import Layer
from services.planning.nomination.domain.canonical import sha256_of
from services.planning.nomination.domain.eligibility import Facts, Told, eligibility
from services.planning.nomination.domain.nominations import (
    Document,
    DocumentKind,
    Nomination,
    NominationState,
    ProposedUnit,
)
from services.planning.nomination.domain.package import Package, Sheet, freeze
from services.planning.nomination.domain.rules import Category
from services.planning.units.domain import Unit
from services.planning.worksheets.domain import AnswerVersion, Draft
from shared.instruments.lke import Answer
from shared.kernel import Zone

AT = datetime(2026, 5, 20, 3, tzinfo=UTC)
LETTER, SPTJM = UUID(int=11), UUID(int=12)


def versions(layer: Layer, given: Mapping[str, Answer | None], **more: Any) -> dict[str, AnswerVersion]:
    return {
        code: AnswerVersion(layer, number, Draft(code, answer, **more), "somebody", AT)
        for number, (code, answer) in enumerate(given.items(), 1)
    }


def sheet(
    unit: Mapping[str, Answer | None], tpi: Mapping[str, Answer | None] | None = None, unit_id: str = "u-1"
) -> Sheet:
    layers = {Layer.UNIT: versions(Layer.UNIT, unit), Layer.TPI: versions(Layer.TPI, tpi or {})}
    return Sheet(unit_id, "Kantor Contoh", "2026", "panrb-90-2021", 200, layers, {})


def document(id_: UUID, kind: DocumentKind, content: bytes) -> Document:
    return Document(
        id_, "a1", kind, f"{kind}.pdf", sha256_of(content), "application/pdf", len(content), "12/2026",
        date(2026, 5, 18), "Kepala Daerah",
    )  # fmt: skip


DOCUMENTS = [document(LETTER, DocumentKind.LETTER, b"letter"), document(SPTJM, DocumentKind.SPTJM, b"sptjm")]


def nomination(*units: ProposedUnit, **fields: Any) -> Nomination:
    made = Nomination(UUID(int=1), "a1", 2026, NominationState.PROPOSED, units, ())
    return replace(made.submitted(LETTER, SPTJM).frozen(None), **fields)


def package(*sheets: Sheet, categories: tuple[Category, ...] = (), **fields: Any) -> Package:
    chosen = categories or (Category.WBK,) * len(sheets)
    units = [ProposedUnit(one.unit_id, category) for one, category in zip(sheets, chosen, strict=True)]
    known = Facts(date(2026, 5, 20), {"tlhp": Told("100", (UUID(int=5),))}, (), "panrb-90-2021")
    found = {
        unit.unit_id: eligibility(
            Unit(unit.unit_id, "a1", "Kantor", "upt", "III", True, Zone.WIB, True, False, 1),
            unit.category,
            known,
            2026,
        )
        for unit in units
    }
    return freeze(
        nomination(*units, **fields),
        sheets,
        found,
        {"WBK": True, "WBBM": False},
        DOCUMENTS,
        reason=None,
        frozen_at="2026-05-20T03:00:00Z",
        previous_sha256=None,
    )
