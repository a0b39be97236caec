"""Findings about a workbook over HTTP."""

from typing import Literal

from pydantic import Field

from services.planning.fields import Shown


class FindingOut(Shown):
    """What there is to say about one cell; a fault of the whole file has no cell."""

    severity: Literal["error", "warning", "remark"]
    sheet: str
    cell: str
    row: int | None
    code: str = Field(description="LKE item, with the input's key where one is meant")
    value: str
    reason: str
    allowed: str
    message: str
