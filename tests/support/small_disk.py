"""A PostgreSQL whose disk is small and can be filled: a tmpfs of its own, with a ballast file in it."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import PostgresServer

SIZE = "176m"
"""A fresh cluster takes 56 MiB, each service's database 9 MiB, its write-ahead log up to 48 MiB."""
SETTINGS = "min_wal_size = 32MB\nmax_wal_size = 48MB\n"
BLOCK = bytes(1 << 16)


class SmallDiskPostgres(PostgresServer):
    """A server over a small mounted folder; a crash for want of room may end it."""

    def __init__(self, mount: Path) -> None:
        super().__init__(mount)
        self._ballast = mount / "ballast"
        with (mount / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)

    def fill(self) -> None:
        """Leave no room on the disk, to the last byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (len(BLOCK), 4096, 1):
                try:
                    while True:
                        ballast.write(BLOCK[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """Give the room back, and start the server if it ended meanwhile."""
        self._ballast.unlink()
        if self._running().exit_code() is not None:
            self.start()


@contextmanager
def small_disk_postgres(folder: Path) -> Iterator[SmallDiskPostgres]:
    """Give a running PostgreSQL on a disk of its own, mounted at `folder`.

    Fails when nothing may be mounted: a class of faults that was not injected has not been passed.
    """
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "zi-small-disk", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        f"this test fills a disk and needs the right to mount one; run it as root"
        f" (user {os.geteuid()}: {done.stderr.strip()})"
    )
    try:
        with SmallDiskPostgres(folder) as server:
            yield server
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - as mount above
