"""Nobody holds a connection while waiting for something else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.held import ConnectionHeldError, holding, in_thread, refuse_while_holding
from shared.process.line import Line

ROOT = Path(__file__).parents[3]
REQUEST_PATHS = {"api", "pages", "api.py", "pages.py", "reporters.py"}
LOOKS = {"look", "ask"}
"""Of live pages, whose watcher comes again by itself."""


def test_a_wait_is_refused_inside_a_transaction_and_free_after_it() -> None:
    with holding(), holding():
        pass
    refuse_while_holding("a thing")
    with holding(), pytest.raises(ConnectionHeldError, match="waiting for a thing"):
        refuse_while_holding("a thing")


async def test_nobody_stands_in_line_or_waits_for_a_thread_with_a_connection() -> None:
    line = Line(at_once=1, waiting=1, seconds=1)
    with holding():
        with pytest.raises(ConnectionHeldError):
            await line.enter()
        with pytest.raises(ConnectionHeldError):
            await in_thread(int)
    assert await in_thread(int, "7") == 7


def sources() -> list[Path]:
    return sorted([*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")])


def test_threads_are_entered_by_the_one_way_that_refuses_inside_a_transaction() -> None:
    ways = [path.relative_to(ROOT) for path in sources() if "asyncio.to_thread(" in path.read_text()]
    assert ways == [Path("shared/held.py")]


def test_a_store_or_a_child_process_is_waited_for_where_that_is_refused_inside_a_transaction() -> None:
    waits = re.compile(r"obstore\.\w+_async\(|create_subprocess|subprocess\.run\(")
    for path in sources():
        if waits.search(path.read_text()):
            assert "refuse_while_holding(" in path.read_text(), path


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if "services" in path.parts and REQUEST_PATHS & set(path.parts)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_only_a_read_that_is_repeated_from_outside_opens_its_own_snapshot(path: Path) -> None:
    """A GET is run again as a whole after a migration; all else goes through `run` and `read`."""
    assert list(opened(ast.parse(path.read_text()), may_read=False)) == []


def opened(node: ast.AST, *, may_read: bool) -> Iterator[str]:
    """Yield each transaction that is opened where nothing repeats it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            is_get = any(".get(" in ast.unparse(decorator) for decorator in child.decorator_list)
            yield from opened(child, may_read=may_read or is_get or child.name in LOOKS)
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            name = child.func.attr
            if name == "transaction" or (name == "reading" and not may_read):
                yield f"line {child.lineno}: {name}"
        yield from opened(child, may_read=may_read)
