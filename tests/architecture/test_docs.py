"""The documents point at things that exist, and decisions are complete and listed."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"`make ([a-z]+)")


@cache
def words_of_the_code() -> frozenset[str]:
    """Return every identifier-like word of code, data and templates, in lower case too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "services", "shared"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: set[str] = set()
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".json", ".html") and path.is_file():
            found.update(re.findall(r"\w+", path.read_text()))
    return frozenset(found | {word.lower() for word in found})


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as Markdown readers make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for groups in LINK.findall(document.read_text()):
        target, _, anchor = "".join(groups).partition("#")
        place = document.parent / target if target else document
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), f"{target}#{anchor}"


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_command_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(MAKE.findall(document.read_text())) <= targets


def test_decisions_are_numbered_without_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_its_parts_and_one_page(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.split()) < 500


def test_the_index_lists_every_decision_by_its_title() -> None:
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", (ROOT / "docs/adr/README.md").read_text(), re.MULTILINE
    )
    titles = [(path.name[:4], path.name, path.read_text().splitlines()[0][7:]) for path in DECISIONS]
    assert rows == titles


def test_every_word_of_the_glossary_stands_in_the_code() -> None:
    rows = [line for line in (ROOT / "docs/glossary.md").read_text().splitlines() if line.startswith("| ")]
    named = [word for line in rows for word in re.findall(r"`(\w+)`", line.rsplit("|", 2)[1])]
    assert len(named) > 50
    assert set(named) - words_of_the_code() == set()
