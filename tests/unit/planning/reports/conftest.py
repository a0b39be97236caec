"""A unit's year with three layers that differ, evidence, a package and a decree."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.planning.evidence.domain import Content, Evidence, Form
from services.planning.layers import Layer
from services.planning.nomination.domain.predicates import Award, Giver
from services.planning.nomination.domain.rules import Category, State
from services.planning.plan.domain import Programme, Target
from services.planning.reports.domain import JudgedLayer, PackageLine, PreconditionLine, ReportFacts, Step
from services.planning.stages.domain.assessment import Assessment
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.rounds import GivenAnswer, Round
from services.planning.stages.domain.stage import Stage
from services.planning.units.domain import Unit
from shared.instruments.lke import Answer, default_policies, parse_answer, rule_set_for_year
from shared.kernel import Zone
from tests.support import lke

AT = datetime(2026, 5, 4, 2, 30, tzinfo=UTC)
PROOF = UUID("019a9c1e-0000-7000-8000-000000000001")
LINK = UUID("019a9c1e-0000-7000-8000-000000000002")
Build = Callable[..., ReportFacts]


def layer_of(
    layer: Layer,
    answers: Mapping[str, Answer | None],
    *,
    notes: Mapping[str, str] | None = None,
    proofs: Mapping[str, tuple[UUID, ...]] | None = None,
    number: int | None = None,
) -> JudgedLayer:
    """Return a layer of these answers, as a frozen round where a number is given."""
    given = {
        code: GivenAnswer(
            code, answer, (notes or {}).get(code), (proofs or {}).get(code, ()), place, "budi", AT
        )
        for place, (code, answer) in enumerate(answers.items(), 1)
    }
    frozen = None
    if number is not None:
        frozen = Round("kantor-a", 2026, layer, number, len(given), {}, "ab" * 32, "budi", AT)
    return JudgedLayer(layer, given, frozen)


def one(code: str, raw: Any) -> dict[str, Answer | None]:
    return {code: parse_answer(code, raw)}


def build(**changes: Any) -> ReportFacts:
    """Return the facts with some of them changed."""
    unit = Unit(
        *("kantor-a", "kabupaten-x", "Kantor A", "kantor_pelayanan", "III"),
        has_service_function=True,
        zone=Zone.WITA,
        is_active=True,
        is_demo=False,
        version=1,
    )
    programme = Programme(
        *(UUID(int=1), "kantor-a", 2026, Target.WBK, "2026", rule_set_for_year(2026)),
        policies=default_policies().id,
        version=1,
    )
    layers = {
        Layer.UNIT: layer_of(
            Layer.UNIT,
            lke.best(A_I_1_i_b=None, B_I_a="3.60"),
            notes={"A.I.1.i.a": "SK tim ada"},
            proofs={"A.I.1.i.a": (PROOF, LINK), "A.I.1.ii.a": (PROOF,)},
            number=1,
        ),
        Layer.TPI: layer_of(
            Layer.TPI,
            one("A.I.1.i.a", "Tidak") | one("A.I.1.ii.a", "Ya") | one("B.I.a", "3.595"),
            notes={"A.I.1.i.a": "SK belum ditandatangani", "B.I.a": "Menurut hasil rilis"},
        ),
        Layer.TPN: layer_of(Layer.TPN, {}),
    }
    content = Content(Form.FILE, "sk.pdf", "cd" * 32, "application/pdf", 4097, None, AT)
    link = Content(Form.ADDRESS, "x.url", "ef" * 32, "text/uri-list", 20, "https://contoh.go.id/sk", AT)
    facts = ReportFacts(
        unit=unit,
        programme=programme,
        assessment=Assessment("kantor-a", 2026, Stage.PENILAIAN_TPI, version=1),
        worksheet_version=130,
        layers=layers,
        evidence={
            Layer.UNIT: (
                Evidence(PROOF, "kantor-a", Layer.UNIT, "sk", "SK tim", 2, content),
                Evidence(LINK, "kantor-a", Layer.UNIT, "laman", "Laman", 1, link),
            ),
            Layer.TPI: (),
            Layer.TPN: (),
        },
        preconditions=(
            PreconditionLine("agency", "Opini BPK", "WTP", "WTP", State.YES, False, ("12" * 32,)),
            PreconditionLine("unit", "TLHP", "100", None, State.UNKNOWN, False, ()),
        ),
        package=None,
        awards=(),
        steps=(Step(AT, Stage.PENGISIAN, Stage.PENILAIAN_TPI, None),),
        told_at=AT + timedelta(hours=1),
    )
    return replace(facts, **changes)


def build_final(**changes: Any) -> ReportFacts:
    """Return the facts after the decree, the TPN's layer and the package frozen."""
    draft = build()
    layers = {
        **draft.layers,
        Layer.TPI: layer_of(Layer.TPI, lke.best(A_I_1_i_a="Tidak"), number=2),
        Layer.TPN: layer_of(Layer.TPN, one("A.I.1.i.a", "Ya"), notes={"A.I.1.i.a": "Sudah"}, number=1),
    }
    decided = Assessment("kantor-a", 2026, Stage.DITETAPKAN, is_nominated=True, is_awarded=True, version=9)
    decree = Decree("SK-12/2026", date(2026, 11, 3), "Menteri PANRB")
    award = Award(UUID(int=7), "kantor-a", "WBK", Giver.TPN, decree, assessed_year=2026)
    package = PackageLine(1, "34" * 32, AT, Category.WBK, None)
    given: dict[str, Any] = {"layers": layers, "assessment": decided, "awards": (award,), "package": package}
    return replace(draft, **(given | changes))


@pytest.fixture
def draft() -> ReportFacts:
    return build()


@pytest.fixture
def final() -> ReportFacts:
    return build_final()


@pytest.fixture
def build_facts() -> Build:
    """Give what builds the same facts anew each time."""
    return build
