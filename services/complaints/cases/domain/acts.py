"""The states of a case and its acts: from where to where, and which facts each makes.

Source: complaints.md section 2. An act is a row of `ACTS`; nothing else moves a case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from services.complaints.deadlines.domain.policy import StartFact


class State(StrEnum):
    """Where a case stands, in the words of the complaint desk."""

    DITERIMA = "DITERIMA"
    MENUNGGU_KELENGKAPAN = "MENUNGGU_KELENGKAPAN"
    DIVERIFIKASI = "DIVERIFIKASI"
    DIDISPOSISIKAN = "DIDISPOSISIKAN"
    DIPROSES = "DIPROSES"
    DITANGGAPI = "DITANGGAPI"
    SELESAI = "SELESAI"
    DICABUT = "DICABUT"


FINAL = frozenset({State.SELESAI, State.DICABUT})
OPEN = frozenset(State) - FINAL
ActName = Literal[
    "request_completion",
    "complete",
    "proceed",
    "verify",
    "dispose",
    "reassign",
    "follow_up",
    "respond",
    "approve",
    "close",
    "object",
    "withdraw",
]


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the table: from which states, to which (None: the state stays), and what it does.

    `makes` are the facts that deadlines start with; which deadlines those are, which the act meets and which
    it cancels is in the policy data. `pauses` tells that the officers' deadlines stand still from it,
    `resumes` that the paused ones run again, `begins_cycle` that the case is worked on anew. An act that
    leads to a final state ends every deadline that still runs.
    """

    past: str
    sources: frozenset[State]
    target: State | None
    makes: tuple[StartFact, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False


_WORK = frozenset({State.DIDISPOSISIKAN, State.DIPROSES})
_ASKED = frozenset({State.MENUNGGU_KELENGKAPAN})
_ANSWERED = frozenset({State.DITANGGAPI})
_HANDED_OUT: tuple[StartFact, ...] = ("disposed", "file_complete")
ACTS: Mapping[ActName, Act] = {
    "request_completion": Act(
        "completion_requested",
        _WORK | {State.DITERIMA},
        State.MENUNGGU_KELENGKAPAN,
        makes=("requested",),
        pauses=True,
    ),
    "complete": Act("completed", _ASKED, None, resumes=True),
    "proceed": Act("proceeded", _ASKED, None, resumes=True),
    "verify": Act("verified", frozenset({State.DITERIMA}), State.DIVERIFIKASI, makes=("verified",)),
    "dispose": Act("disposed", frozenset({State.DIVERIFIKASI}), State.DIDISPOSISIKAN, makes=_HANDED_OUT),
    "reassign": Act("reassigned", _WORK | _ASKED | _ANSWERED, None),
    "follow_up": Act("followed_up", _WORK, State.DIPROSES),
    "respond": Act("drafted", _WORK, None),
    "approve": Act("responded", _WORK, State.DITANGGAPI, makes=("answered",)),
    "close": Act("closed", _ANSWERED, State.SELESAI),
    "object": Act("objected", _ANSWERED, State.DIPROSES, makes=_HANDED_OUT, begins_cycle=True),
    "withdraw": Act("withdrawn", OPEN, State.DICABUT),
}
RECEIVING = Act("received", frozenset(), State.DITERIMA, makes=("received",))
"""What happens as a case begins."""
