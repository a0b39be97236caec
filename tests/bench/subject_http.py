"""A server in a process of its own, for benchmarks over HTTP.

    python -m tests.bench.subject_http WHAT DATABASE_URL FOLDER PORT OPS_PORT [unfrozen]

WHAT is `planning` or `scoring`, the real service in its api role, or `bare`, a hand-written answer to the
same POST on asyncpg, or `alone`, that with nothing around it, or `none`, that without a database. `unfrozen`
leaves the garbage collector as it was. It writes FOLDER/access.json when it is about to listen: headers of an
operator of every unit that was named in FOLDER/units.json, and of a browser session of a national reader.
"""

import asyncio
import gc
import json
import sys
from pathlib import Path
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
PYTHONS_THRESHOLDS = (700, 10, 10)
"""What a Python process begins with; loading a service has raised them."""
READER = Principal("bench", frozenset({"tpn"}), Scope("national"))


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
        _tell(folder, issuer, {})
        app = bare_post.build(url or None, issuer.verifier(), is_alone=what != "bare")
        uvicorn.run(app, port=port, log_level="warning", access_log=False)
        return
    if what == "planning":
        settings: Any = PlanningSettings(data_dir=folder / "files", **given)
        app = planning.build(settings, "api", issuer.verifier())
        _tell(folder, issuer, {})
    else:
        settings = ScoringSettings(**given)
        app = scoring.build(settings, "api", issuer.verifier())
        _tell(folder, issuer, asyncio.run(_session(app, url)))
        app = scoring.build(settings, "api", issuer.verifier())
    serving.serve(app, settings)


def _leave_memory() -> None:
    """Take the place of what freezes the garbage collector: it works as Python sets it up."""
    gc.set_threshold(*PYTHONS_THRESHOLDS)


def _tell(folder: Path, issuer: TestIssuer, session: dict[str, str]) -> None:
    file = folder / "units.json"
    units = json.loads(file.read_text()) if file.exists() else []
    operators = {
        unit: issuer.headers("unit_operator", units=[unit], subject=f"operator-{unit}") for unit in units
    }
    (folder / "access.json").write_text(json.dumps({"operators": operators, "reader": session}))


async def _session(app: FastAPI, url: str) -> dict[str, str]:
    """Open a browser session as a log-in does and return its cookie."""
    answer = Response()
    state = state_of(app)
    await state.sessions.open(answer, READER, "Pembaca Ukur")
    await state.db.close()
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


if __name__ == "__main__":
    what_, url_, folder_, port_, ops_port_, *more_ = sys.argv[1:]
    main(what_, url_, Path(folder_), int(port_), int(ops_port_), is_frozen="unfrozen" not in more_)
