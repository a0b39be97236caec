"""Who writes which layer at which stage. Source: lke.md section 7."""

from services.planning.layers import Layer
from services.planning.stages.domain.assessment import Assessment, Standing
from services.planning.stages.domain.refusals import FrozenLayerError, NotAssignedError, NotNominatedError
from services.planning.stages.domain.stage import Stage, Window

_WRITTEN_AT = {
    Stage.PENGISIAN: (Layer.UNIT,),
    Stage.PENILAIAN_TPI: (Layer.TPI,),
    Stage.DESK: (Layer.TPN,),
    Stage.LAPANGAN: (Layer.TPN,),
}


def check_writable(standing: Standing, layer: Layer, *, is_assigned: bool) -> None:
    """Refuse a write into a layer that its stage or its window does not let in.

    Raises `NotNominatedError`, `FrozenLayerError`, `NotAssignedError` for a TPI assessor to whom the unit was
    not given, `ClosedWindowError`.
    """
    mine = standing.assessment
    if layer is Layer.TPN and not mine.is_nominated:
        raise NotNominatedError
    window = _window(standing, layer)
    if window is None:
        raise FrozenLayerError(layer, mine.stage)
    if layer is Layer.TPI and not is_assigned and not mine.is_carried_over:
        raise NotAssignedError
    standing.check_open(window)


def is_writable(standing: Standing, layer: Layer) -> bool:
    """Tell whether stage and windows let the layer be written now, by whoever may."""
    window = _window(standing, layer)
    is_there = layer is not Layer.TPN or standing.assessment.is_nominated
    return is_there and window is not None and standing.is_open(window)


def is_in_hand(assessment: Assessment, layer: Layer) -> bool:
    """Tell whether the layer is with its writers at this stage, whatever windows say."""
    return layer in _WRITTEN_AT.get(assessment.stage, ()) or _is_shared(assessment, layer)


def _is_shared(assessment: Assessment, layer: Layer) -> bool:
    """Tell whether the unit still writes beside its assessors, as before there were stages."""
    is_review = assessment.stage is Stage.PENILAIAN_TPI and assessment.is_carried_over
    return layer is Layer.UNIT and is_review


def _window(standing: Standing, layer: Layer) -> Window | None:
    """Return the window that a write into the layer falls under, None where the layer is frozen."""
    mine = standing.assessment
    if _is_shared(mine, layer):
        return Window.PENILAIAN_TPI
    return standing.window if is_in_hand(mine, layer) else None
