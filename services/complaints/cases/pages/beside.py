"""What other subjects show on the page of a case, without cases knowing of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints.deadlines.usecases.engine import DeadlineEngine
from shared.security import Principal

Beside = Callable[[AsyncSession, DeadlineEngine, Principal, UUID], Awaitable[Mapping[str, Any]]]
"""Returns by name what a template includes about a case that the caller sees."""


def beside_of(request: Request) -> Beside:
    """Return what `main.build` put on the application."""
    return cast("Beside", request.app.state.beside_case)
