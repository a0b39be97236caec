"""Proposing what takes two people: nothing moves until somebody else decides.

Source: complaints.md section 2.3.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.complaints.cases.domain.acts import ActName
from services.complaints.cases.domain.case import Case
from services.complaints.cases.domain.duties import require_undecided_by
from services.complaints.cases.store import proposals
from services.complaints.cases.usecases.acts.moving import Opened, tell
from shared.security import Principal


async def propose_late(
    opened: Opened, actor: Principal, act: ActName, content: Mapping[str, Any], operation: str
) -> Case:
    """Keep an act as proposed, at the version the case has; a newer proposal of the same act takes its place.

    Raises `ProposalOpenError` while another act waits for a decision.
    """
    require_undecided_by(opened.case, act)
    session, case = opened.session, opened.case
    await proposals.propose(session, case, act, content, actor.subject, opened.now)
    await tell(session, actor, operation, case, (), opened.now)
    return replace(case, proposed_act=act, proposed_by=actor.subject)
