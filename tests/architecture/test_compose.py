"""docker-compose.yml says what the settings, the tests and .env.example say."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.ports import DEFAULTS
from deploy.local.state import SERVICES
from shared.settings import ServiceSettings
from tests.support.infra import KAFKA_IMAGE, POSTGRES_IMAGE

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text())
PARTS: dict[str, Any] = COMPOSE["services"]


def settings_of(service: str) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return settings


def test_it_is_valid_by_the_compose_specification() -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE_FILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_of_a_service_is_one_of_its_settings_and_none_is_missing(service: str) -> None:
    settings = settings_of(service)
    prefix = settings.model_config["env_prefix"]
    given = set(PARTS[service]["environment"])
    known = {f"{prefix}{name.upper()}": field for name, field in settings.model_fields.items()}
    assert given <= known.keys()
    assert {name for name, field in known.items() if field.is_required()} <= given


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_it_is_published_and_scraped(service: str) -> None:
    port = PARTS[service]["environment"][f"ZI_{service.upper()}_PORT"]
    assert port == DEFAULTS[service]
    assert PARTS[service]["ports"] == [f"127.0.0.1:{port}:{port}"]
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    assert {"targets": [f"{service}:{port}"], "labels": {"service": service}} in scraped["static_configs"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_its_schema_and_the_topics(service: str) -> None:
    needed = PARTS[service]["depends_on"]
    assert needed.keys() == {f"{service}-schema", "topics"}
    assert {need["condition"] for need in needed.values()} == {"service_completed_successfully"}
    assert PARTS[f"{service}-schema"]["command"] == ["shared.db", "migrate", service]


def test_no_service_holds_the_rights_of_an_owner() -> None:
    for service in SERVICES:
        assert "owner" not in str(PARTS[service]["environment"]).lower()


def test_everything_of_ours_is_read_only_without_capabilities() -> None:
    ours = [part for part in PARTS.values() if part["image"].startswith("zona-integritas/")]
    assert len(ours) == 2 * len(SERVICES) + 2
    for part in ours:
        assert (part["read_only"], part["cap_drop"]) == (True, ["ALL"])


def test_the_images_are_those_the_tests_run_on() -> None:
    assert (PARTS["postgres"]["image"], PARTS["kafka"]["image"]) == (POSTGRES_IMAGE, KAFKA_IMAGE)


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for part in PARTS.values() for port in part.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_variable_is_required_and_in_the_example_and_nothing_else_is() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)[^}]*}", COMPOSE_FILE.read_text()))
    without_default = set(re.findall(r"\$\{([A-Z_]+):\?}", COMPOSE_FILE.read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used == without_default == example


def test_a_fresh_copy_of_the_example_leaves_no_variable_empty() -> None:
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    needed = re.findall(r"\$\{([A-Z_]+):\?}", COMPOSE_FILE.read_text())
    assert [name for name in needed if not example.get(name, "").strip()] == []


def test_the_readme_starts_it_with_the_example_and_no_profile_it_lacks() -> None:
    readme = (ROOT / "README.md").read_text()
    copying, starting = readme.index("cp .env.example .env"), readme.index("docker compose up")
    assert copying < starting
    profiles = {name for part in PARTS.values() for name in part.get("profiles", [])}
    assert set(re.findall(r"--profile[ =](\w+)", readme)) <= profiles


def test_every_secret_of_the_example_is_refused_in_production() -> None:
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    secrets = {name: value for name, value in example.items() if name.endswith(("PASSWORD", "SECRET_KEY"))}
    assert len(secrets) == 3 * len(SERVICES) + 1
    assert all("development" in value for value in secrets.values())
    assert all(len(value) >= 32 for name, value in secrets.items() if name.endswith("SECRET_KEY"))
