"""Stop a process without its knowing."""

import contextlib
import os
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def paused(pid: int) -> Iterator[None]:
    """Keep a process stopped (SIGSTOP) while the block runs; it goes on whatever happens in it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
