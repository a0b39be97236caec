"""Which deadlines stand still while the reporter is asked for facts. Source: complaints.md section 5."""

from collections.abc import Sequence

from services.complaints.deadlines.domain.policy import PolicyBook
from services.complaints.deadlines.domain.schedule import Deadline


def standing_still(book: PolicyBook, running: Sequence[Deadline]) -> list[Deadline]:
    """Return those of the running deadlines whose policy lets them stand still; a breached one runs on.

    Raises `PolicyLostError` for one that would, by the policies of its id, and whose own version is lost.
    """
    return [
        one
        for one in running
        if book.about(one.rule_id, one.policy).is_pausable
        and book.version(one.policy).is_pausable
        and one.breached_at is None
    ]
