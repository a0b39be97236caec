"""What stands beside an item for its evidence: names and words in column P, addresses in Q, or all in one.

A cell takes 32,767 characters (Excel's limit): where words do not fit, their titles stand for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from services.planning.evidence.domain import Evidence, Form
from services.planning.worksheets.workbook.references import (
    Cited,
    addresses_in,
    cited_beside,
    is_without_address,
)

MOST_IN_CELL = 32_767


@dataclass(frozen=True, slots=True)
class Beside:
    """Texts of P and Q, and where Q leads; empty for none."""

    names: str = ""
    links: str = ""
    target: str = ""


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


def beside_in_one(evidences: Sequence[Evidence]) -> str:
    """Return the one cell that PortalRB's sheet has for the evidence of an item."""
    shown = beside(evidences)
    found = [shown.names, shown.links if not shown.target else shown.target]
    return _fitting([line for text in found if text for line in text.split("\n")])


def beyond(references: Sequence[Cited], stored: Sequence[Evidence]) -> tuple[Cited, ...]:
    """Return what is cited beside the evidence that an item has: what an export wrote there is nothing new.

    Of words that hold both, what is left stays words.
    """
    has = {(one.content.form, one.content.body) for one in stored}
    blocks = {text for one in stored for text in (one.title, one.content.body) if text}
    spoken = {(Form.ADDRESS, one) for block in blocks for one in addresses_in(block)}
    found = []
    for one in references:
        if (one.form, one.body) in has | spoken:
            continue
        left = _without(one.body, blocks | _bodies(has)) if one.form is Form.TEXT else one.body
        if left == one.body:
            found.append(one)
        elif cited := [each for each in cited_beside(left, "", "") if each.form is Form.TEXT]:
            found += [replace(each, cell=one.cell) for each in cited]
    return tuple(found)


def _bodies(has: Collection[tuple[Form, str | None]]) -> set[str]:
    return {body for _, body in has if body}


def _without(text: str, blocks: Collection[str]) -> str:
    """Return the lines of a text that are none of these blocks, the longest of them taken first."""
    lines = [line.strip() for line in text.split("\n")]
    for block in sorted(blocks, key=len, reverse=True):
        sought = [line.strip() for line in block.strip().split("\n")]
        for start in range(len(lines) - len(sought) + 1):
            if lines[start : start + len(sought)] == sought:
                del lines[start : start + len(sought)]
                break
    return "\n".join(lines).strip()


def _fitting(lines: Sequence[str]) -> str:
    """Return as many lines as a cell takes, and how many are left out."""
    text = "\n".join(lines)
    kept = len(lines)
    while len(text) > MOST_IN_CELL:
        kept -= 1
        text = "\n".join([*lines[:kept], f"dan {len(lines) - kept} tautan lain"])
    return text
