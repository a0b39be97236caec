"""What the Dockerfile puts into a service's image is enough to start it, and no more.

Without a Docker daemon: the files its COPY lines name are copied, the wheel is built as its RUN line does,
and the installed tree is asked what a service asks of it.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICE = "survey"
OTHERS = ("planning", "complaints", "scoring")


def copied() -> list[str]:
    """Return the sources of the COPY lines that go into the build folder, for one service."""
    text = (ROOT / "deploy/Dockerfile").read_text().partition("WORKDIR /build")[2].partition("\nFROM")[0]
    lines = re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
    return [source.replace("${SERVICE}", SERVICE) for line in lines for source in line.split()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that the image's wheel was installed into."""
    build, target = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("image")
    for source in map(Path, copied()):
        place = build / source
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=build, check=True)
    (wheel,) = (build / "dist").glob("*.whl")
    uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*uv, str(target), str(wheel)], check=True)
    return target


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code on the installed tree, with the libraries of this environment but not with this project."""
    hide = (
        "import sys; sys.path[:] = [p for p in sys.path if p != {root!r}]; sys.path.insert(0, {folder!r}); "
    )
    given = hide.format(root=str(ROOT), folder=str(folder)) + code
    return subprocess.run(
        [sys.executable, "-I", "-c", given], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_service_of_the_image_knows_its_version_and_asks_for_its_settings(installed: Path) -> None:
    done = run(
        installed,
        f"import runpy, shared; assert shared.__file__.startswith({str(installed)!r}), shared.__file__;"
        f" sys.argv = ['main']; runpy.run_module('services.{SERVICE}.main', run_name='__main__')",
    )
    assert done.stderr.startswith("refusing to start: ZI_SURVEY_"), done.stderr
    assert (installed / "shared/http/pages/static").is_dir()
    (metadata,) = installed.glob("zona_integritas-*.dist-info")
    assert "zi = shared.cli.main:main" in (metadata / "entry_points.txt").read_text()


def test_the_image_holds_no_other_service(installed: Path) -> None:
    assert (installed / "services" / SERVICE / "migrations/versions").is_dir()
    assert not [name for name in OTHERS if (installed / "services" / name).exists()]


def test_everything_that_is_copied_is_let_through_to_docker() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert {Path(source).parts[0] for source in copied()} <= allowed
