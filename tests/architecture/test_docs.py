"""The documents point at things that exist, and decisions are complete and listed."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.contracts.settings_page import settings_page
from tests.support.guides import GUIDES, commands_in, faults_of, paths_in, settings_in

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


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_of_zi_exists(document: Path) -> None:
    assert [fault for command in commands_in(document) for fault in faults_of(command)] == []


def test_there_are_commands_to_look_at() -> None:
    told = [command for document in PAGES for command in commands_in(document)]
    assert len(told) > 100
    assert faults_of("outbox reconcyle") == ["no command reconcyle in outbox"]
    assert faults_of("dlq list --servise x") == ["no option --servise in dlq list --servise x"]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_setting_exists(document: Path) -> None:
    assert settings_in(document) - known_settings() == set()


@cache
def known_settings() -> frozenset[str]:
    """Return the variables of the services, and those that anything outside the documents reads."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.splitlines() if not name.startswith(("docs/", "tests/"))]
    kinds = (".py", ".yml", ".example", "")
    read = (path.read_text() for path in files if path.suffix in kinds and path.is_file())
    mentioned = {name for text in read for name in re.findall(r"\bZI_[A-Z0-9_]+\b", text)}
    return frozenset(mentioned | set(re.findall(r"`(ZI_[A-Z0-9_]+)`", settings_page())))


@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.stem)
def test_every_file_that_a_guide_names_exists(document: Path) -> None:
    assert [name for name in sorted(paths_in(document)) if not any(ROOT.glob(name))] == []


@pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.stem)
def test_the_readme_lists_every_guide(document: Path) -> None:
    assert f"(docs/{document.name})" in (ROOT / "README.md").read_text()


METRIC = re.compile(r"\bzi_[a-z_]+[a-z]\b")


def known_metrics() -> set[str]:
    """Return the names of all series, those of histograms by their buckets too."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    return {name for name, _ in rows} | {f"{name}_bucket" for name, kind in rows if kind == "histogram"}


def test_every_metric_that_the_guide_of_prometheus_names_exists() -> None:
    named = set(METRIC.findall((ROOT / "docs/prometheus.md").read_text()))
    assert len(named) > 30
    assert named - known_metrics() == set()


def test_every_alert_asks_a_metric_that_exists_and_names_what_to_do() -> None:
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    alerts = [rule for group in groups for rule in group["rules"]]
    assert len({rule["alert"] for rule in alerts}) == len(alerts) > 15
    for rule in alerts:
        named = set(METRIC.findall(rule["expr"])) or {"up"} & set(re.findall(r"\w+", rule["expr"]))
        assert named, rule["alert"]
        assert named <= known_metrics() | {"up"}, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        page, _, anchor = rule["annotations"]["doc"].partition("#")
        assert anchor in anchors(ROOT / page), rule["alert"]


def test_prometheus_loads_the_alerts_and_compose_brings_them() -> None:
    configured = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    assert configured["rule_files"] == ["alerts.yml"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert "./deploy/prometheus:/etc/prometheus:ro" in compose["services"]["prometheus"]["volumes"]


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
