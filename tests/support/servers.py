"""Real servers that a test owns and may stop, kill and start again on the same port."""

import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import jars, kafka, postgres
from deploy.local.process import Child, Program, free_ports, is_listening
from deploy.local.waiting import Waiting


def wait_for(child: Child, is_ready: Callable[[], bool]) -> None:
    """Return when a program is ready; raises `LocalError` when it ends first or stands still for long."""
    Waiting(lambda _line: None).until(child.name, is_ready, moving=[child], needed=[child])


class Server(ABC):
    """A local server over one folder; as a context manager it ends as in a crash, for its data goes too."""

    def __init__(self) -> None:
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self.discard()

    @property
    def is_running(self) -> bool:
        """Tell whether it was started and not ended since."""
        return self._child is not None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        return self._running().pid

    def start(self) -> None:
        """Start over the same data and port, and return when connections are accepted."""
        self._child = self._program().start()
        wait_for(self._child, self._is_ready)

    def stop(self) -> None:
        """Ask the server to stop and wait for its end."""
        self._running().stop()
        self._child = None

    def kill(self) -> None:
        """End the server and all its processes with SIGKILL."""
        self._running().kill()
        self._child = None

    def discard(self) -> None:
        """End the server in the fastest way that leaves nothing behind but its folder."""
        self.kill()

    def _running(self) -> Child:
        assert self._child is not None, "the server is not running"
        return self._child

    @abstractmethod
    def _program(self) -> Program: ...

    @abstractmethod
    def _is_ready(self) -> bool: ...


FOR_TESTS = (
    "scram_iterations=1",  # of a role's password: 4096 are half of what a connection costs us
    "autovacuum_naptime=1h",  # dozens of databases live for seconds and would be tidied one after another
    "fsync=off",  # processes die here, machines do not
)


class PostgresServer(Server):
    """PostgreSQL 18; `admin_url` is the superuser's `postgresql://` URL.

    It stops without a checkpoint, as in a crash: what is in the folder is recovered at the next start.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        (self.port,) = free_ports(1)
        postgres.prepare(folder)
        self.admin_url = postgres.admin_url(folder, self.port)

    def discard(self) -> None:
        """Stop: killed, it would leave its shared memory behind."""
        self.stop()

    def _program(self) -> Program:
        orderly = postgres.program(self._folder, self.port, self._folder / "postgres.log")
        argv = [*orderly.argv, *(part for setting in FOR_TESTS for part in ("-c", setting))]
        return replace(orderly, argv=argv, stop_signal=signal.SIGQUIT)

    def _is_ready(self) -> bool:
        return postgres.is_ready(self._folder, self._running().pid)


class KafkaServer(Server):
    """One Kafka broker; `bootstrap` is its `host:port`.

    Clients of a `proxy` (its port) find the broker through that alone; it forwards to a listener on `behind`.
    """

    def __init__(self, folder: Path, *, behind: int = 0, proxy: int = 0) -> None:
        super().__init__()
        self._folder = folder
        self._jars = jars.fetch()
        self.port, self._controller_port = free_ports(2)
        self._listener = kafka.Behind(behind, proxy) if proxy else None
        self._prepare()
        self.bootstrap = f"127.0.0.1:{self.port}"

    def wipe(self) -> None:
        """Put an empty broker of another cluster in the place of this one, which has ended."""
        assert not self.is_running, "a running broker cannot be wiped"
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        self._prepare()

    def _prepare(self) -> None:
        kafka.prepare(self._folder, self.port, self._controller_port, self._jars, self._listener)

    def _program(self) -> Program:
        return kafka.program(self._folder, self._jars, self._folder / "kafka.log")

    def _is_ready(self) -> bool:
        return is_listening(self.port)
