"""What stands beside an item for its evidence: names and words in column P, addresses in Q.

A cell takes 32,767 characters (Excel's limit): where words do not fit, their titles stand for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.planning.evidence.domain import Evidence, Form
from services.planning.worksheets.workbook.references import Cited, cited_beside, is_without_address

MOST_IN_CELL = 32_767


@dataclass(frozen=True, slots=True)
class Beside:
    """Texts of P and Q, and where Q leads; empty for none."""

    names: str = ""
    links: str = ""
    target: str = ""

    def cited(self) -> tuple[Cited, ...]:
        """Return what an import reads of these cells."""
        return cited_beside(self.names, self.links, self.target)


def beside(evidences: Sequence[Evidence]) -> Beside:
    """Return the cells for the evidence of an item, in its order; one address alone becomes a link."""
    words = [one for one in evidences if one.content.form is not Form.ADDRESS]
    addresses = [one for one in evidences if one.content.form is Form.ADDRESS]
    names = "\n".join(one.content.body or one.title for one in words)
    if len(names) > MOST_IN_CELL:
        names = "\n".join(one.title for one in words)
    if len(addresses) == 1:
        address = addresses[0].content.body or ""
        title = addresses[0].title
        return Beside(names, title if is_without_address(title) else address, address)
    return Beside(names, _fitting([one.content.body or "" for one in addresses]))


def _fitting(lines: Sequence[str]) -> str:
    """Return as many lines as a cell takes, and how many are left out."""
    text = "\n".join(lines)
    kept = len(lines)
    while len(text) > MOST_IN_CELL:
        kept -= 1
        text = "\n".join([*lines[:kept], f"dan {len(lines) - kept} tautan lain"])
    return text
