"""Why an act on an assessment, or a write into its worksheet, is refused."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import ClassVar

from services.planning.layers import Layer
from services.planning.stages.domain.acts import Act
from services.planning.stages.domain.stage import STAGE_NAMES, Stage, Window
from shared.indonesian import day
from shared.kernel import DomainError


class IllegalTransitionError(DomainError):
    """The stage does not allow the act; `acts` names those that it does."""

    code: ClassVar[str] = "illegal_transition"

    def __init__(self, act: Act, stage: Stage, acts: Iterable[Act]) -> None:
        super().__init__(
            f"Tindakan ini tidak dapat dilakukan pada tahap {STAGE_NAMES[stage]}.",
            act=act.value,
            stage=stage.value,
            acts=sorted({one.value for one in acts}),
        )


class ClosedWindowError(DomainError):
    """Today lies before the window's first day or after its last one, in the unit's zone."""

    code: ClassVar[str] = "closed_window"

    def __init__(self, window: Window, today: date, opens_on: date | None, closes_on: date | None) -> None:
        name = STAGE_NAMES[window]
        if opens_on is not None and today < opens_on:
            said = f"Masa {name} baru dibuka pada {day(opens_on)}."
        else:
            said = f"Masa {name} sudah ditutup; hari terakhirnya {day(closes_on)}."
        super().__init__(
            said,
            window=window.value,
            opens_on=opens_on and opens_on.isoformat(),
            closes_on=closes_on and closes_on.isoformat(),
        )


class FrozenLayerError(DomainError):
    """The layer is not written at this stage."""

    code: ClassVar[str] = "frozen_layer"

    def __init__(self, layer: Layer, stage: Stage) -> None:
        super().__init__(
            f"Lapis {layer.value} tidak dapat diubah pada tahap {STAGE_NAMES[stage]}.",
            layer=layer.value,
            stage=stage.value,
        )


class NotNominatedError(DomainError):
    """The national layer is of units that were proposed alone. Source: requirements.md R-019."""

    code: ClassVar[str] = "not_nominated"

    def __init__(self) -> None:
        super().__init__("Unit ini belum diusulkan, sehingga lapis tpn belum dapat diisi.")


class NotAssignedError(DomainError):
    """The unit was not given to this assessor."""

    code: ClassVar[str] = "not_assigned"

    def __init__(self) -> None:
        super().__init__("Unit ini tidak ditugaskan kepada Anda.")


class RoundNotYoursError(DomainError):
    """Others end this round of the agency's assessors."""

    code: ClassVar[str] = "round_not_yours"


class IncompleteSubmitError(DomainError):
    """Items are open; `blank`, `undefined` and `partial` name them all by code."""

    code: ClassVar[str] = "incomplete_submit"


class UnexplainedDifferencesError(DomainError):
    """Assessors differ without a reason; `items` names where."""

    code: ClassVar[str] = "differences_unexplained"

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__(
            f"{len(items)} perbedaan belum beralasan: {', '.join(items)}.",
            items=list(items),
            errors=[
                {"field": item, "code": "required", "message": f"{item}: tulis alasan berbeda"}
                for item in items
            ],
        )


class FindingsOpenError(DomainError):
    """Findings are not answered yet; `errors` names each."""

    code: ClassVar[str] = "findings_open"


class ObjectionSpentError(DomainError):
    """An agency objects once."""

    code: ClassVar[str] = "objection_spent"


class NoObjectionError(DomainError):
    """There is no objection to answer."""

    code: ClassVar[str] = "no_objection"


class ObjectionOpenError(DomainError):
    """An objection is not answered, or may still be raised."""

    code: ClassVar[str] = "objection_open"


class NotClearedError(DomainError):
    """Nobody is awarded before Ombudsman, KPK and APIP have cleared; `missing` names who has not."""

    code: ClassVar[str] = "not_cleared"


class NotAwardedError(DomainError):
    """Only an awarded predicate can be revoked."""

    code: ClassVar[str] = "not_awarded"


class ActIncompleteError(DomainError):
    """A field that the act requires is missing; `errors` names each."""

    code: ClassVar[str] = "act_incomplete"

    def __init__(self, field: str, message: str) -> None:
        error = {"field": field, "code": "required", "message": message}
        super().__init__(message, errors=[error])
