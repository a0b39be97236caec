"""The state folder of a local run: everything that must survive a restart, and who uses it right now.

lock            held (flock) by the running supervisor, whose process id it names
addresses.json  where everything listens, while it runs
secrets.json    passwords and keys made at the first start
identity-keys.json  keys that wrap the keys of identities, made then too
demo            exists while demo traffic is wanted
sample.json     what is loaded of the sample agency
postgres/ kafka/ idp/ data/SERVICE/   what the parts keep
logs/           one file per process, the previous one beside it
"""

import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import LocalError
from deploy.local.waiting import Waiting
from shared.security.keys.local import LocalKeys

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("planning", "complaints", "survey", "scoring")
NEEDED_BYTES = 1 << 30


class StateFolder:
    """One folder; `ZI_LOCAL_DIR`, or `.local` in the repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock_file = path / "lock"
        self.addresses_file = path / "addresses.json"
        self.demo_flag = path / "demo"
        self.sample_file = path / "sample.json"
        self.logs = path / "logs"

    @classmethod
    def from_environment(cls) -> "StateFolder":
        """Return the folder that the environment names; it need not exist."""
        return cls(Path(os.environ.get("ZI_LOCAL_DIR") or ROOT / ".local").resolve())

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder; raise `LocalError` when another run does or the disk is nearly full."""
        self.path.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.path).free < NEEDED_BYTES:
            raise LocalError(f"Less than 1 GiB is free on the disk of {self.path}; make room first.")
        with self.lock_file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError(
                    f"{self.path} is in use by process {self.holder()}; `make stop` stops it,"
                    " or set ZI_LOCAL_DIR to another folder."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)

    def holder(self) -> int | None:
        """Return the process id of the running supervisor, None when nobody holds the folder."""
        try:
            with self.lock_file.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self.lock_file.read_text() or 0)
        return None

    def stop_holder(self, waiting: Waiting) -> bool:
        """Ask the running supervisor to stop and wait until it has, however long; False when none runs."""
        pid = self.holder()
        if not pid:
            return False
        os.kill(pid, signal.SIGTERM)
        waiting.until(f"process {pid} to stop everything", lambda: self.holder() is None)
        return True

    def check_deletable(self) -> None:
        """Raise `LocalError` when the folder is in use or is not one of ours."""
        if self.holder() is not None:
            raise LocalError(f"{self.path} is in use; run `make stop` first.")
        if not self.lock_file.exists():
            raise LocalError(f"{self.path} is not a state folder of a local run; nothing was deleted.")

    def delete(self) -> None:
        """Delete the folder if it may be deleted."""
        self.check_deletable()
        shutil.rmtree(self.path)

    def secrets(self) -> dict[str, str]:
        """Return the passwords of the database roles and the services' secret keys, made once."""
        file = self.path / "secrets.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        wanted = [f"{service}_{kind}" for service in SERVICES for kind in ("owner", "app", "secret_key")]
        if not known.keys() >= set(wanted):
            known = {name: secrets.token_urlsafe(32) for name in wanted} | known
            _write(file, json.dumps(known, indent=2), mode=0o600)
        return known

    def identity_keys(self) -> Path:
        """Return the file of the keys that wrap the keys of identities, made once."""
        file = self.path / "identity-keys.json"
        LocalKeys.made(file)
        return file

    def write_addresses(self, addresses: Mapping[str, str]) -> None:
        """Write `addresses.json` for the command line, tests and scripts; it holds the database password."""
        _write(self.addresses_file, json.dumps(addresses, indent=2) + "\n", mode=0o600)


@contextmanager
def full_disk_as_sentence(folder: Path) -> Iterator[None]:
    """Turn "no space left on device" into a sentence for people."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise LocalError(f"The disk of {folder} is full; make room and start again.") from error


def _write(file: Path, text: str, mode: int) -> None:
    """Write a whole file or nothing."""
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as handle:
        handle.write(text)
    fresh.replace(file)
