"""The three layers of a worksheet and who may write them."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import ClassVar

from shared.kernel import DomainError


class WrongLayerError(DomainError):
    """The caller's role does not write this layer."""

    code: ClassVar[str] = "wrong_layer"


class OwnAssessmentError(DomainError):
    """Nobody assesses what is their own."""

    code: ClassVar[str] = "own_assessment"


class Layer(StrEnum):
    """The three hands that fill one worksheet; each is scored on its own answers alone."""

    UNIT = "unit"
    TPI = "tpi"
    TPN = "tpn"


WRITER_ROLE: Mapping[Layer, str] = {Layer.UNIT: "unit_operator", Layer.TPI: "tpi", Layer.TPN: "tpn"}
"""Whose layer it is; when it may be written is for stages to say. Source: lke.md section 7."""

UNIT_ROLES = frozenset({"unit_operator", "unit_leader"})


def own_assessment(layer: Layer) -> OwnAssessmentError:
    """Return the refusal of who acted for the other side of this layer: its assessors, or the assessed.

    Source: reliability.md section 7, rule 4; lke.md section 7, own rules.
    """
    if layer is Layer.UNIT:
        return OwnAssessmentError("Anda pernah menilai unit ini, sehingga tidak dapat mengisi jawabannya.")
    return OwnAssessmentError("Anda pernah mengisi jawaban unit ini, sehingga tidak dapat menilainya.")


def check_writer(roles: Collection[str], layer: Layer) -> None:
    """Refuse a caller who may not write this layer.

    Raises `WrongLayerError` without the layer's role, `OwnAssessmentError` when someone of a unit acts as
    assessor. Source: reliability.md section 7, rule 4; lke.md section 7, own rules.
    """
    if WRITER_ROLE[layer] not in roles:
        raise WrongLayerError(f"Peran Anda tidak boleh mengisi lapis {layer.value}.", layer=layer.value)
    if layer is not Layer.UNIT and not UNIT_ROLES.isdisjoint(roles):
        raise OwnAssessmentError("Orang yang bekerja untuk unit tidak boleh menilai unit.")
