"""Each service's application, built without any server: for its documents and the rules of its routes."""

from functools import cache
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from shared.http.api.openapi import describe
from shared.http.state import state_of

NOWHERE = {
    "ZI_ENVIRONMENT": "development",
    "database_url": "postgresql://nobody:nothing@127.0.0.1:1/nowhere",
    "kafka_bootstrap": "127.0.0.1:1",
    "issuer": "https://issuer.test",
    "secret_key": "a secret key for documents, 32 characters long",
    "evidence_url": "memory:///",
}


@cache
def application(service: str) -> FastAPI:
    """Return the application of a service, wired to servers that are not there; it is never started."""
    settings = import_module(f"services.{service}.settings").Settings(**NOWHERE)
    app: FastAPI = import_module(f"services.{service}.main").build(settings)
    return app


def openapi_document(service: str) -> dict[str, Any]:
    """Return what the service answers at `/openapi.json`."""
    app = application(service)
    return describe(app, state_of(app).service, state_of(app).matrix)
