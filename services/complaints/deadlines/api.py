"""The working-day calendar over HTTP, and the engine behind a request."""

from typing import cast

from fastapi import Request

from services.complaints.deadlines.usecases.engine import DeadlineEngine


def engine_of(request: Request) -> DeadlineEngine:
    """Return the deadline engine that `main.build` put on the application."""
    return cast("DeadlineEngine", request.app.state.engine)
