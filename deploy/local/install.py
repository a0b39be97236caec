"""Sets up `.venv` from hashed locks; runs on the system's Python with nothing but its standard library.

`python3 deploy/local/install.py run` (or `dev`) installs what `make run` (or the tests) need; `... chromium`
installs the browser of the page tests, `... libreoffice` what judges the workbooks. Every obstacle ends in
one sentence. A Python older than 3.11 must be able to read this file.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCKS = {"run": ROOT / "deploy/local/requirements.lock", "dev": ROOT / "requirements-dev.lock"}
NEEDED_BYTES = 2 << 30
SHELL = "chromium-headless-shell"
"""Debian's Chromium without its windows: the same pages for three quarters of the work."""
OFFICE = "soffice"
BROWSERS = (SHELL, "chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Do what the one argument names."""
    what = sys.argv[1]
    if what == "chromium":
        install_chromium()
    elif what == "libreoffice":
        install_libreoffice()
    else:
        create_environment()
        install_packages(LOCKS[what])
        (VENV / f".installed-{what}").touch()


def create_environment() -> None:
    """Create the virtual environment with uv in it, which installs ten times as fast as pip."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this is where we refuse them)
        version = ".".join(str(part) for part in sys.version_info[:2])
        stop(f"Python {version} is too old; Python 3.11 or newer is needed (make PYTHON=python3.12 ...).")
    if (VENV / "bin/uv").exists():
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        stop(f"Less than {NEEDED_BYTES >> 30} GiB is free on the disk of {ROOT}; make room first.")
    print("Creating .venv ...", flush=True)
    try:
        import ensurepip  # noqa: F401, PLC0415 (Debian splits it off into python3-venv)
        import venv  # noqa: PLC0415
    except ImportError:
        stop("This Python cannot make virtual environments; install python3-venv (Debian's package) first.")
    venv.create(VENV, with_pip=True, clear=True)
    pip = [str(VENV / "bin/pip"), "--disable-pip-version-check", "--retries", "1", "install", "--no-deps"]
    uv = subprocess.run(
        [*pip, "--require-hashes", "-r", str(ROOT / "deploy/local/bootstrap.lock")],
        capture_output=True,
        text=True,
        check=False,
    )
    if uv.returncode != 0:
        stop(f"uv could not be installed; is there a network? pip says: {uv.stderr.strip().splitlines()[-1]}")


def install_packages(lock: Path) -> None:
    """Install the locked packages and this project itself, editable; compiled, so that starts are quick."""
    print(f"Installing the packages of {lock.relative_to(ROOT)} ...", flush=True)
    uv = [str(VENV / "bin/uv"), "pip", "install", "--python", str(VENV / "bin/python")]
    run([*uv, "--compile-bytecode", "--require-hashes", "-r", str(lock)])
    run([*uv, "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)])


def install_chromium() -> None:
    """Install Debian's Chromium where there is no browser, without its windows if that can be had.

    A browser that is there stays as it is: the one without windows comes beside it where apt foresees no
    change to anything, and where it cannot be fetched the tests take the one that is there.
    """
    is_there = any(shutil.which(name) for name in BROWSERS)
    has_apt = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if shutil.which(SHELL) or (is_there and not has_apt):
        return
    if not has_apt:
        stop(
            "The page tests need Chromium: install it (Debian: sudo apt-get install chromium) and run again."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "--no-remove"]
    with_shell = [*apt, SHELL, "fonts-dejavu-core"]
    if not is_there:
        print("Installing Chromium ...", flush=True)
        run(["apt-get", "update", "-qq"], environment)
        foreseen = foresee(with_shell, environment)
        run(with_shell if foreseen is not None else [*apt, "chromium", "fonts-dejavu-core"], environment)
    elif foresee(with_shell, environment) == []:
        print("Installing Chromium without its windows ...", flush=True)
        subprocess.run(with_shell, env=environment, check=False)


def install_libreoffice() -> None:
    """Install Debian's LibreOffice Calc without windows where there is none; what is there stays as it is."""
    if shutil.which(OFFICE):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        stop(
            "The workbook tests need LibreOffice: install it "
            "(Debian: sudo apt-get install libreoffice-calc-nogui) and run again."
        )
    print("Installing LibreOffice Calc ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], environment)
    apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "--no-remove"]
    run([*apt, "libreoffice-calc-nogui"], environment)


def foresee(command: "list[str]", environment: "dict[str, str]") -> "list[str] | None":
    """Return what apt would change of what is there, None where it could not do as told."""
    told = subprocess.run(
        [*command, "--simulate"], env=environment, capture_output=True, text=True, check=False
    )
    if told.returncode != 0:
        return None
    # `Inst name (new)` is a package that comes, `Inst name [old] (new)` one that changes.
    return [line for line in told.stdout.splitlines() if " [" in line.partition("(")[0]]


def run(command: "list[str]", environment: "dict[str, str] | None" = None) -> None:
    """Run a command of the set-up that shows its own progress; one sentence follows its failure."""
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        tool = Path(command[0]).name
        stop(f"The set-up failed: {tool} says why above; mostly there is no network or the disk is full.")


def stop(sentence: str) -> NoReturn:
    """End with one sentence."""
    sys.exit(sentence)


if __name__ == "__main__":
    main()
