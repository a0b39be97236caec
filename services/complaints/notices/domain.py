"""What is told of a clock, whom it is about, and what reporters are called in the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from services.complaints.cases.domain.case import Case

Outcome = Literal["queued", "by_receipt", "over", "superseded", "nobody", "stale"]
OUTCOMES: tuple[Outcome, ...] = ("queued", "by_receipt", "over", "superseded", "nobody", "stale")
"""What comes of a notice that a role is owed."""
STALE = timedelta(days=14)
"""Own rule, as planning's: a notice that could not go anywhere for so long is no news."""
NEXT_LOOK = timedelta(hours=1)
"""Own rule: so long a notice for nobody waits before people are looked for again."""
ANSWER, UPDATE, YOUR_TURN = "answer", "update", "your_turn"
"""Templates for reporters."""
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "pengaduan": "pengaduan",
        "aspirasi": "aspirasi",
        "konsultasi": "konsultasi",
        "permintaan_informasi": "permintaan informasi",
        "gratifikasi": "laporan gratifikasi",
        "benturan_kepentingan": "deklarasi benturan kepentingan",
        "peta_benturan": "peta benturan kepentingan",
        "permintaan_data": "permintaan data pribadi",
        "insiden_data": "insiden data pribadi",
        "lhp_ombudsman": "laporan Ombudsman",
    }
)
"""What a notice calls a matter of a kind."""
ANY_KIND = "urusan"
NO_UNIT = "unit yang belum ditentukan"
_REPORTER = "reporter/"


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that a role is owed for a rung of a clock, and how that stands now.

    `due_at` is when the clock was due as the rung fired. `is_news`: it still runs, and is not due later by
    now. `is_superseded`: a later rung waits for the role too.
    """

    event_key: str
    role: str
    case_ref: UUID
    kind: str
    rule_id: str
    policy: str
    fact: str
    due_at: datetime
    is_news: bool
    is_superseded: bool


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about: a case, or a matter that `opened_by` filed.

    `is_hidden`: only the inspectorate may hear of it.
    """

    id: UUID
    kind: str
    unit_id: str | None
    agency_id: str
    case: Case | None = None
    opened_by: str | None = None
    is_hidden: bool = False


def recipient_of(case_id: UUID) -> str:
    """Return what the reporter of a case is called in the queue: nobody knows more of them there."""
    return f"{_REPORTER}{case_id}"


def case_of(recipient: str) -> UUID | None:
    """Return the case whose reporter a recipient is, None for an officer."""
    name = recipient.removeprefix(_REPORTER)
    return None if name == recipient else UUID(name)


def template_of(fact: str) -> str:
    """Return the template that tells a reporter of a fact."""
    return ANSWER if fact == "responded" else UPDATE
