"""Findings about a workbook at the terminal: in English by place and reason, the service's words below."""

from collections.abc import Mapping
from typing import Any

from shared.cli.errors import RefusedError
from shared.cli.refusals import REFUSALS

_ALLOWED = {"bilangan bulat 0 atau lebih": "a whole number, 0 or more", "angka 0-4": "a number 0-4"}
"""The service's words for what is no scale."""


def finding_line(finding: Mapping[str, Any]) -> str:
    """Return sheet, cell, item, reason, and what is allowed; the service's own words stand below."""
    sheet, cell = finding["sheet"], finding["cell"]
    code = finding.get("item_code", finding["code"])  # a refusal's `code` is its reason
    place = f"{sheet}!{cell}" if cell else sheet or "the file"
    where = f"{place} ({code})" if code else place
    allowed = (
        f"; allowed: {_ALLOWED.get(finding['allowed'], finding['allowed'])}" if finding["allowed"] else ""
    )
    said = finding["message"].removeprefix(f"{where}: ")
    return f"{where}: {finding['reason'].replace('_', ' ')}{allowed}\n    detail: {said}"


def with_findings(refused: RefusedError) -> RefusedError:
    """Return the refusal of a workbook with its findings, one a line; any other one as it is."""
    problem = refused.problem
    if problem.get("code") != "workbook_refused":
        return refused
    head = f"{REFUSALS['workbook_refused']}\n  detail: {problem['detail']}"
    return RefusedError(
        "\n".join([head, *(f"  {finding_line(error)}" for error in problem["errors"])]), problem
    )
