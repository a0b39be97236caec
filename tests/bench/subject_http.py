"""A server in a process of its own, for benchmarks over HTTP.

    python -m tests.bench.subject_http WHAT DATABASE_URL FOLDER PORT OPS_PORT [unfrozen]

WHAT is `planning` or `scoring`, the real service in its api role, or `bare`, a hand-written answer to the
same POST on asyncpg, or `alone`, that with nothing around it, or `none`, that without a database. `unfrozen`
leaves the garbage collector as it was. It writes FOLDER/access.json when it is about to listen: headers of an
operator of every unit that was named in FOLDER/units.json, and of browser sessions: of a national reader at
scoring, of each operator at planning.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import uvicorn
from fastapi import FastAPI, Response

from services.planning import main as planning
from services.planning.settings import Settings as PlanningSettings
from services.scoring import main as scoring
from services.scoring.settings import Settings as ScoringSettings
from shared.http.state import state_of
from shared.observability.logging import configure
from shared.security import Principal, Scope
from shared.server import serving
from tests.bench import bare_post
from tests.support.tokens import ISSUER, TestIssuer

SECRET = "a key of the benchmarks, 32 long and more"
Headers = Mapping[str, str]
PYTHONS_THRESHOLDS = (700, 10, 10)
"""What a Python process begins with; loading a service has raised them."""
READER = Principal("bench", frozenset({"tpn"}), Scope("national"))
AGENCY = "bench"


def main(what: str, url: str, folder: Path, port: int, ops_port: int, *, is_frozen: bool) -> None:
    issuer = TestIssuer()
    if not is_frozen:
        serving.tune_memory = _leave_memory
    given: dict[str, Any] = {
        "database_url": url,
        "kafka_bootstrap": "127.0.0.1:1",
        "issuer": ISSUER,
        "secret_key": SECRET,
        "port": port,
        "ops_port": ops_port,
        "log_level": "INFO",
    }
    configure(service=what, version="bench", level="INFO")
    if what in {"bare", "alone", "none"}:
        _tell(folder, issuer)
        app = bare_post.build(url or None, issuer.verifier(), is_alone=what != "bare")
        uvicorn.run(app, port=port, log_level="warning", access_log=False)
        return
    if what == "planning":
        settings: Any = PlanningSettings(data_dir=folder / "files", **given)
        app = planning.build(settings, "api", issuer.verifier())
        operators = {unit: _operator(unit) for unit in _units(folder)}
        _tell(folder, issuer, browsers=asyncio.run(_sessions(app, operators)))
        app = planning.build(settings, "api", issuer.verifier())
    else:
        settings = ScoringSettings(**given)
        app = scoring.build(settings, "api", issuer.verifier())
        _tell(folder, issuer, reader=asyncio.run(_sessions(app, {"": READER}))[""])
        app = scoring.build(settings, "api", issuer.verifier())
    serving.serve(app, settings)


def _leave_memory() -> None:
    """Take the place of what freezes the garbage collector: it works as Python sets it up."""
    gc.set_threshold(*PYTHONS_THRESHOLDS)


def _tell(
    folder: Path,
    issuer: TestIssuer,
    *,
    reader: Headers = MappingProxyType({}),
    browsers: Mapping[str, Headers] = MappingProxyType({}),
) -> None:
    operators = {
        unit: issuer.headers("unit_operator", units=[unit], subject=_operator(unit).subject)
        for unit in _units(folder)
    }
    told = {"operators": operators, "reader": dict(reader), "browsers": dict(browsers)}
    (folder / "access.json").write_text(json.dumps(told))


def _units(folder: Path) -> Sequence[str]:
    file = folder / "units.json"
    found: Sequence[str] = json.loads(file.read_text()) if file.exists() else []
    return found


def _operator(unit: str) -> Principal:
    scope = Scope("unit", agencies=frozenset({AGENCY}), units=frozenset({unit}))
    return Principal(f"operator-{unit}", frozenset({"unit_operator"}), scope)


async def _sessions(app: FastAPI, people: Mapping[str, Principal]) -> Mapping[str, Headers]:
    """Open a browser session for each as a log-in does, and return their cookies by the same keys."""
    state, cookies = state_of(app), {}
    for key, person in people.items():
        answer = Response()
        await state.sessions.open(answer, person, "Pembaca Ukur")
        cookies[key] = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    await state.db.close()
    return cookies


if __name__ == "__main__":
    what_, url_, folder_, port_, ops_port_, *more_ = sys.argv[1:]
    main(what_, url_, Path(folder_), int(port_), int(ops_port_), is_frozen="unfrozen" not in more_)
