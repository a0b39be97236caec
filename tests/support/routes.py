"""The operations of an application, those of included routers among them."""

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute


def operations_below(app: FastAPI) -> list[APIRoute]:
    """Return all routes of an application that are operations."""
    found: list[APIRoute] = []
    waiting: list[BaseRoute] = list(app.routes)
    while waiting:
        route = waiting.pop(0)
        if isinstance(route, APIRoute):
            found.append(route)
        waiting += getattr(getattr(route, "original_router", None), "routes", [])
    return found
