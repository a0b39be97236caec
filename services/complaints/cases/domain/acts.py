"""The states of a case and its acts: a row says where one leads, whose it is and which facts it makes.

The rows of each kind are data (`cases/kinds`); nothing else moves a case. Source: complaints.md section 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal, get_args

from services.complaints.deadlines.domain.policy import StartFact


class State(StrEnum):
    """Where a case stands, in the words of the complaint desk."""

    DITERIMA = "DITERIMA"
    MENUNGGU_KELENGKAPAN = "MENUNGGU_KELENGKAPAN"
    DIVERIFIKASI = "DIVERIFIKASI"
    DIDISPOSISIKAN = "DIDISPOSISIKAN"
    DIPROSES = "DIPROSES"
    DIPERIKSA = "DIPERIKSA"
    DITANGGAPI = "DITANGGAPI"
    DIBUKA_KEMBALI = "DIBUKA_KEMBALI"
    SELESAI = "SELESAI"
    DICABUT = "DICABUT"
    DITOLAK = "DITOLAK"
    DUPLIKAT = "DUPLIKAT"
    BUKAN_WEWENANG = "BUKAN_WEWENANG"
    DITUTUP_TIDAK_LENGKAP = "DITUTUP_TIDAK_LENGKAP"


DISMISSED = frozenset({State.DITOLAK, State.DUPLIKAT, State.BUKAN_WEWENANG, State.DITUTUP_TIDAK_LENGKAP})
FINAL = DISMISSED | {State.SELESAI, State.DICABUT}
OPEN = frozenset(State) - FINAL
ActName = Literal[
    "receive",
    "request_completion",
    "confirm_completion",
    "complete",
    "proceed",
    "verify",
    "dispose",
    "reassign",
    "transfer",
    "confirm_transfer",
    "reclassify",
    "confirm_reclassification",
    "follow_up",
    "order_inspection",
    "respond",
    "approve",
    "answer_in_person",
    "extend",
    "confirm_extension",
    "close",
    "object",
    "reopen",
    "propose_dismissal",
    "confirm_dismissal",
    "refuse_dismissal",
    "resume_duplicate",
    "withdraw",
    "appeal",
    "uphold_appeal",
    "reject_appeal",
]
ACT_NAMES: frozenset[str] = frozenset(get_args(ActName))


@dataclass(frozen=True, slots=True)
class Act:
    """One row of a kind's table: an act that leads from some states to others, and what it does.

    `before` narrows a row to cases that waited for facts out of these states. `targets` are the states that
    it may lead to: none when the state stays, several when the act itself says which. `returns` leads back to
    where a waiting case came from; `return_to` lets that be another state from now on. `by` are the roles
    whose act it is. `makes` are the facts that deadlines start with; which deadlines those are, which the act
    meets and which it cancels is in the policy data. `retells` are earlier facts: they arm what the case
    never had. `pauses` tells that the officers' deadlines stand still from it, `resumes` that the paused ones
    run again, `begins_cycle` that the case is worked on anew. An act that leads to a final state ends every
    deadline that still runs.
    """

    name: ActName
    past: str
    sources: frozenset[State]
    targets: tuple[State, ...]
    by: frozenset[str]
    before: frozenset[State] | None = None
    returns: bool = False
    return_to: State | None = None
    makes: tuple[StartFact, ...] = ()
    retells: tuple[StartFact, ...] = ()
    pauses: bool = False
    resumes: bool = False
    begins_cycle: bool = False

    def is_open_to(self, state: State, before: State | None) -> bool:
        """Tell whether a case in this state, which waited out of `before`, may take the act by this row."""
        return state in self.sources and (self.before is None or before in self.before)

    def leads_to(self, state: State, before: State | None) -> tuple[State, ...]:
        """Return the states a case may be in after it."""
        if self.returns:
            return (before or State.DITERIMA,)
        return self.targets or (state,)


@dataclass(frozen=True)
class Table:
    """All that may happen to the cases of one kind; `becomes` are the kinds that they may turn out to be."""

    kind: str
    rows: tuple[Act, ...]
    becomes: frozenset[str] = frozenset()

    @property
    def receiving(self) -> Act:
        """What happens as a case begins."""
        return self.named("receive")[0]

    @property
    def acts(self) -> Sequence[Act]:
        """All rows but that of the beginning."""
        return [row for row in self.rows if row.name != "receive"]

    @cached_property
    def states(self) -> frozenset[State]:
        """Every state that a case of this kind can be in."""
        return frozenset(state for row in self.rows for state in (*row.targets, *row.sources))

    def named(self, name: str) -> Sequence[Act]:
        """Return the rows of an act; none when this kind does not know it."""
        return [row for row in self.rows if row.name == name]

    def row(self, name: str, state: State, before: State | None) -> Act | None:
        """Return the row by which a case may take an act; None when it may not."""
        return next((row for row in self.named(name) if row.is_open_to(state, before)), None)

    def open_to(self, state: State, before: State | None) -> Iterator[Act]:
        """Yield what may be done to a case now."""
        return (row for row in self.acts if row.is_open_to(state, before))
