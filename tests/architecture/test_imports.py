"""Imports go one way, as `[tool.importlinter]` says, and heavy libraries load where they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITERS = ("typst", "docx", "lxml", "openpyxl")
"""What writes files for people: loaded where one is written."""
HEAVY = (*WRITERS, "holidays", "obstore", "faststream", "aiokafka", "sqlalchemy", "fastapi", "alembic")
"""What no client of an HTTP API needs."""


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint('\\n'.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    return set(done.stdout.split())


def test_every_import_contract_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout


def test_help_on_every_command_loads_nothing_heavy() -> None:
    loaded = modules_after(
        "from contextlib import redirect_stdout, suppress\n"
        "from io import StringIO\n"
        "from shared.cli.main import main\n"
        "with suppress(SystemExit), redirect_stdout(StringIO()): main(['--help'])"
    )
    assert "services" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "child", ["services.planning.spreadsheets", "services.planning.reports", "shared.files.inspection"]
)
def test_a_process_that_reads_one_file_loads_what_it_needs_alone(child: str) -> None:
    """It is loaded anew for every file, so all that it does not need is paid for with each."""
    loaded = modules_after(f"import {child}.child")
    assert child.partition(".")[0] in loaded
    assert loaded.isdisjoint({*HEAVY, "asyncio", "pydantic", "structlog"})


@pytest.mark.parametrize("service", ["complaints", "planning", "scoring", "survey"])
def test_a_service_loads_nothing_that_libraries_load_in_vain(service: str) -> None:
    loaded = modules_after(f"import services.{service}.main\nassert sys.modules['pydantic.v1'] is None")
    assert "structlog" in loaded
    assert loaded.isdisjoint({"rich", "pygments", "attr", *WRITERS})


@pytest.mark.parametrize("service", ["complaints", "planning", "scoring", "survey"])
def test_nothing_is_collected_while_a_service_loads(service: str) -> None:
    """Nothing of it is garbage; once the collector begins it goes through all of it again and again."""
    count = "sum(one['collections'] for one in gc.get_stats())"
    modules_after(
        f"import gc, services\nbefore = {count}\nimport services.{service}.main\nassert {count} == before"
    )


def test_everybody_reads_kafka_by_the_client_that_no_record_breaks() -> None:
    plain = [
        str(path.relative_to(ROOT))
        for part in ("services", "shared", "deploy")
        for path in (ROOT / part).rglob("*.py")
        if path != ROOT / "shared/kafka/client.py"
        and any("AIOKafkaConsumer" in line for line in path.read_text().splitlines() if "aiokafka" in line)
    ]
    assert plain == []
