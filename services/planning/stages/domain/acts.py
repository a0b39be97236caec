"""The acts on an assessment: one table, and nothing else moves a stage.

A row says from where to where an act leads, who may do it, in which situation the row holds, and what must be
true. Source: lke.md section 7; rows that go further say so.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from services.planning.layers import Layer
from services.planning.stages.domain.stage import OPEN, Stage, Window

Reach = Literal["unit", "agency", "national"]


class Act(StrEnum):
    """What people do with an assessment."""

    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    FORWARD = "forward"
    RETURN = "return"
    FINISH_ROUND = "finish_round"
    PROPOSE = "propose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    TO_FIELD = "to_field"
    OPEN_OBJECTION = "open_objection"
    OBJECT = "object"
    UPHOLD_OBJECTION = "uphold_objection"
    DISMISS_OBJECTION = "dismiss_objection"
    TO_PANEL = "to_panel"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    REVOKE = "revoke"


class Side(StrEnum):
    """For whom somebody acts: who acted for the unit reviews it in no year, and the other way round."""

    UNIT = "unit"
    REVIEW = "review"
    AGENCY = "agency"


class When(StrEnum):
    """A situation that picks a row; of each pair exactly one holds."""

    FIRST = "first_round"
    RETURNED = "returned"
    DIRECT = "direct"
    PRELIMINARY = "preliminary"
    ROUNDS_LEFT = "rounds_left"
    LAST_ROUND = "last_round"


class Need(StrEnum):
    """What must be true besides; each is refused by its own name."""

    COMPLETE = "complete"
    EXPLAINED = "explained"
    FINDINGS_ANSWERED = "findings_answered"
    OBJECTION_UNUSED = "objection_unused"
    OBJECTION_OPEN = "objection_open"
    OBJECTION_SETTLED = "objection_settled"
    CLEARED = "cleared"
    AWARDED = "awarded"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    `roles` may act where their scope is at least `reach`; with `is_assigned` only those assessors to whom the
    unit was given. `window` must be open. With `needs_reason` nobody acts without saying why. `freezes` names
    the layer whose answers are kept as a round.
    """

    act: Act
    source: Stage
    target: Stage
    roles: frozenset[str]
    side: Side
    reach: Reach = "unit"
    is_assigned: bool = False
    when: frozenset[When] = frozenset()
    needs: tuple[Need, ...] = ()
    window: Window | None = None
    needs_reason: bool = False
    freezes: Layer | None = None

    @property
    def compared(self) -> tuple[Layer, ...]:
        """The layers that are compared where differences must be explained: the last with those beneath."""
        by_agency = (Layer.UNIT, Layer.TPI)
        return by_agency if self.source is Stage.PENILAIAN_TPI else (*by_agency, Layer.TPN)


_UNIT = frozenset({"unit_operator", "unit_leader"})
_ABOVE = frozenset({"verifier"})
"""Own rule: whoever checks for eselon I or the province holds the role of a verifier there."""
_TPI = frozenset({"tpi"})
_TPN = frozenset({"tpn"})
_HEAD = frozenset({"agency_head"})


def _handing_in() -> Iterator[Row]:
    """Submitted first or again, to whom the agency's type wants it (own rule: again means the whole way)."""
    for act, turn, window in (
        (Act.SUBMIT, When.FIRST, Window.PENGISIAN),
        (Act.RESUBMIT, When.RETURNED, Window.PENILAIAN_TPI),  # own rule: who asked again sets the time
    ):
        for way, target in (
            (When.DIRECT, Stage.PENILAIAN_TPI),
            (When.PRELIMINARY, Stage.PENILAIAN_PENDAHULUAN),
        ):
            yield Row(
                act,
                Stage.PENGISIAN,
                target,
                _UNIT,
                Side.UNIT,
                when=frozenset({turn, way}),
                needs=(Need.FINDINGS_ANSWERED, Need.COMPLETE),
                window=window,
                freezes=Layer.UNIT,
            )


def _tpi(
    act: Act,
    target: Stage,
    *needs: Need,
    when: When | None = None,
    reason: bool = False,
    freezes: Layer | None = None,
) -> Row:
    return Row(
        act,
        Stage.PENILAIAN_TPI,
        target,
        _TPI,
        Side.REVIEW,
        is_assigned=True,
        when=frozenset() if when is None else frozenset({when}),
        needs=needs,
        window=Window.PENILAIAN_TPI,
        needs_reason=reason,
        freezes=freezes,
    )


def _tpn(
    act: Act,
    source: Stage,
    target: Stage,
    *needs: Need,
    window: Window | None = None,
    reason: bool = False,
    freezes: Layer | None = None,
) -> Row:
    return Row(
        act,
        source,
        target,
        _TPN,
        Side.REVIEW,
        reach="national",
        needs=needs,
        window=window,
        needs_reason=reason,
        freezes=freezes,
    )


def _preliminary(act: Act, target: Stage, *, reason: bool = False) -> Row:
    window = Window.PENILAIAN_PENDAHULUAN
    source = Stage.PENILAIAN_PENDAHULUAN
    return Row(act, source, target, _ABOVE, Side.REVIEW, window=window, needs_reason=reason)


def _head(
    act: Act, source: Stage, target: Stage, *needs: Need, window: Window | None = None, reason: bool = False
) -> Row:
    return Row(
        act,
        source,
        target,
        _HEAD,
        Side.AGENCY,
        reach="agency",
        needs=needs,
        window=window,
        needs_reason=reason,
    )


TABLE: tuple[Row, ...] = (
    *_handing_in(),
    _preliminary(Act.FORWARD, Stage.PENILAIAN_TPI),
    _preliminary(Act.RETURN, Stage.PENGISIAN, reason=True),
    _tpi(Act.RETURN, Stage.PENGISIAN, reason=True),
    _tpi(Act.FINISH_ROUND, Stage.PENILAIAN_TPI, Need.EXPLAINED, when=When.ROUNDS_LEFT, freezes=Layer.TPI),
    # own rule: what the last round leaves blank would count as nothing at pre-evaluation
    _tpi(
        Act.FINISH_ROUND,
        Stage.PENGUSULAN,
        Need.EXPLAINED,
        Need.COMPLETE,
        when=When.LAST_ROUND,
        freezes=Layer.TPI,
    ),
    _head(Act.PROPOSE, Stage.PENGUSULAN, Stage.PRA_EVALUASI, window=Window.PENGUSULAN),
    _tpn(Act.ACCEPT, Stage.PRA_EVALUASI, Stage.DESK, window=Window.PRA_EVALUASI),
    _tpn(Act.REFUSE, Stage.PRA_EVALUASI, Stage.DITOLAK, window=Window.PRA_EVALUASI, reason=True),
    _tpn(Act.TO_FIELD, Stage.DESK, Stage.LAPANGAN, window=Window.DESK),
    # own rule: who fails at the desk may object too; what is objected to is kept, with its reasons
    _tpn(Act.OPEN_OBJECTION, Stage.DESK, Stage.SANGGAH, Need.EXPLAINED, freezes=Layer.TPN),
    _tpn(Act.OPEN_OBJECTION, Stage.LAPANGAN, Stage.SANGGAH, Need.EXPLAINED, freezes=Layer.TPN),
    _head(
        Act.OBJECT, Stage.SANGGAH, Stage.SANGGAH, Need.OBJECTION_UNUSED, window=Window.SANGGAH, reason=True
    ),
    # own rule: an objection that is right leads back to where the national layer can be mended
    _tpn(Act.UPHOLD_OBJECTION, Stage.SANGGAH, Stage.LAPANGAN, Need.OBJECTION_OPEN, reason=True),
    _tpn(Act.DISMISS_OBJECTION, Stage.SANGGAH, Stage.SANGGAH, Need.OBJECTION_OPEN, reason=True),
    _tpn(Act.TO_PANEL, Stage.SANGGAH, Stage.PANEL, Need.OBJECTION_SETTLED),
    _tpn(Act.DECIDE, Stage.PANEL, Stage.DITETAPKAN, Need.CLEARED, window=Window.PANEL),
    *(_head(Act.WITHDRAW, stage, Stage.DITARIK, reason=True) for stage in Stage if stage in OPEN),
    _tpn(Act.REVOKE, Stage.DITETAPKAN, Stage.DICABUT, Need.AWARDED, reason=True),
)


def rows_of(act: Act) -> tuple[Row, ...]:
    return tuple(row for row in TABLE if row.act is act)


def roles_of(act: Act) -> frozenset[str]:
    """Return every role that may do this act somewhere."""
    return frozenset().union(*(row.roles for row in rows_of(act)))


def rows_from(stage: Stage, situation: Collection[When]) -> tuple[Row, ...]:
    """Return the rows that lead on from a stage in this situation."""
    return tuple(row for row in TABLE if row.source is stage and row.when <= frozenset(situation))


ACTORS = frozenset().union(*(row.roles for row in TABLE))
"""Every role that acts on assessments."""
