"""What a production start refuses, for every service alike: all of it in one sentence without any value."""

import secrets
from importlib import import_module
from typing import Any

import pytest

from deploy.local.state import SERVICES
from shared.process.settings import ServiceSettings, read_settings
from shared.security import production

GOOD_KEY = "g7Qw0pZxLr2Vt9Yb4Nc8Hd1Kf6Mj3SaEuToRiXyWqBk="

KEYS = {
    "ZI_COMPLAINTS_KEYS": "https://vault.zi.go.id:8200/transit/zona",
    "ZI_COMPLAINTS_KEYS_TOKEN_FILE": "/run/token",
}


def good(service: str) -> dict[str, str]:
    prefix = f"ZI_{service.upper()}_"
    return {
        "ZI_ENVIRONMENT": "production",
        f"{prefix}DATABASE_URL": f"postgresql://zi_{service}_app:Vt9Yb4Nc8Hd1@db.zi.go.id:5432/zi_{service}",
        f"{prefix}KAFKA_BOOTSTRAP": "kafka.zi.go.id:9092",
        f"{prefix}PLAINTEXT_ACCEPTED": "kafka",
        f"{prefix}ISSUER": "https://sso.zi.go.id/realms/zi",
        f"{prefix}SECRET_KEY": GOOD_KEY,
        f"{prefix}PUBLIC_URL": f"https://{service}.zi.go.id",
        **(KEYS if service == "complaints" else {}),
    }


def settings_of(service: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return found


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each service in turn, with an environment that is fit for production."""
    for name, value in good(request.param).items():
        monkeypatch.setenv(name, value)
    return str(request.param)


def refusal(service: str) -> str:
    """Return the one sentence with which a service refuses to start."""
    with pytest.raises(SystemExit) as refused:
        read_settings(settings_of(service))
    sentence = str(refused.value)
    assert sentence.startswith("refusing to start: ")
    assert "\n" not in sentence
    return sentence


def test_a_fit_environment_is_accepted(service: str) -> None:
    assert read_settings(settings_of(service)).environment == "production"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"KEYS": ""}, "KEYS is not set"),
        ({"KEYS": "http://vault.zi.go.id:8200/transit/zona"}, "KEYS is reached without TLS"),
        ({"KEYS": "HTTP://vault.zi.go.id:8200/transit/zona"}, "KEYS is reached without TLS"),
        ({"KEYS": "keys.json"}, "KEYS is no address like"),
        ({"KEYS_TOKEN_FILE": None}, "KEYS is a key service, and no file with its token is named"),
    ],
)
def test_identities_need_an_address_of_keys_outside_the_database(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], fault: str
) -> None:
    for name, value in (good("complaints") | {f"ZI_COMPLAINTS_{k}": v for k, v in changed.items()}).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert f"ZI_COMPLAINTS_{fault}" in refusal("complaints")


FAULTS: list[tuple[str, str, str]] = [
    ("SECRET_KEY", "g7Qw0pZxLr2Vt9Yb4Nc8Hd1Kf6Mj3Sa", "has fewer than 32 bytes"),
    ("SECRET_KEY", "development-survey-secret-key-000001", "obvious word"),
    ("SECRET_KEY", "x" * 32, "too little variety"),
    ("SECRET_KEY", "g7Qw0pZx" * 4, "too little variety"),
    ("SECRET_KEY", "zyxwvutsrqponmlkjihgfedcba987654", "too little variety"),
    ("SECRET_KEY", "aab" * 20, "too little variety"),
    ("DATABASE_URL", "postgresql://app:development-app@db.zi.go.id/zi", "development password"),
    ("DATABASE_URL", "postgresql://app:kata%2Dsandi@db.zi.go.id/zi", "development password"),
    ("DATABASE_URL", "postgresql://app:APP@db.zi.go.id/zi", "development password"),
    ("DATABASE_URL", "postgresql://app@db.zi.go.id/zi?password=changeme", "development password"),
    ("PLAINTEXT_ACCEPTED", "", "KAFKA_BOOTSTRAP goes without TLS"),
    ("PLAINTEXT_ACCEPTED", "public_url", "KAFKA_BOOTSTRAP goes without TLS"),
    ("PLAINTEXT_ACCEPTED", "kafka,everything", "may name kafka, public_url, evidence, mail only"),
    ("PUBLIC_URL", "http://layanan.zi.go.id", "PUBLIC_URL goes without TLS"),
    ("PUBLIC_URL", "", "PUBLIC_URL goes without TLS"),
    ("ISSUER", "http://sso.zi.go.id", "is not https"),
    ("ISSUER", "https://localhost:8009", "local issuer"),
    ("ISSUER", "https://127.0.0.1:8009", "local issuer"),
    ("ISSUER", "https://[::1]:8009", "local issuer"),
    ("ISSUER", "https://identity.example.test", "local issuer"),
    ("TRUSTED_PROXIES", "*", "believes everybody"),
    ("TRUSTED_PROXIES", "10.0.0.1, *", "believes everybody"),
    ("TRUSTED_PROXIES", "0.0.0.0/0", "wider than /8 (entry 1)"),
    ("TRUSTED_PROXIES", "::/0", "wider than /16 (entry 1)"),
    ("TRUSTED_PROXIES", "0.0.0.0/00", "wider than /8 (entry 1)"),
    ("TRUSTED_PROXIES", "0.0.0.0/0.0.0.0", "wider than /8 (entry 1)"),
    ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "wider than /8 (entry 1)"),
    ("TRUSTED_PROXIES", "2000::/3", "wider than /16 (entry 1)"),
    ("TRUSTED_PROXIES", "::ffff:0:0/96", "wider than /104 (entry 1)"),
    ("TRUSTED_PROXIES", "10.1.2.3/8", "names a network by an address inside it"),
    ("TRUSTED_PROXIES", "proxy.zi.go.id", "neither an address nor a network"),
    ("ISSUER", "https://", "names no host"),
    ("ISSUER", "https://:443/realms/zi", "names no host"),
    ("ISSUER", "https://127.1", "names its host by a number"),
    ("ISSUER", "https://2130706433", "names its host by a number"),
    ("ISSUER", "https://0x7f000001", "names its host by a number"),
    ("ISSUER", "https://10.0.0.4", "names its host by a number"),
    ("ISSUER", "https://[fd00::4]", "names its host by a number"),
    (
        "TRUSTED_PROXIES",
        "*,10.0.0.0/7,foo",
        (
            "believes everybody (entry 1), names a network wider than /8 (entry 2)"
            " and names what is neither an address nor a network (entry 3)"
        ),
    ),
    ("TRUSTED_PROXIES", "10.0.0.0/7,foo", "wider than /8 (entry 1) and names what is neither"),
    ("ISSUER", "https://[::ffff:127.0.0.1]", "local issuer"),
]


@pytest.mark.parametrize(("name", "value", "said"), FAULTS, ids=[f"{n}={v[:24]}" for n, v, _ in FAULTS])
def test_what_belongs_to_development_is_refused_by_name_and_never_shown(
    service: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"ZI_{service.upper()}_{name}", value)
    sentence = refusal(service)
    assert f"ZI_{service.upper()}_{name}" in sentence
    assert said in sentence
    assert sentence.count("; ") == ("everything" in value)
    if name in ("SECRET_KEY", "DATABASE_URL"):
        assert value not in sentence


def test_all_that_is_wrong_is_named_at_once(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worst = {name: value for name, value, _ in reversed(FAULTS)} | {"POOL_SIZE": "seribu"}
    for name, value in worst.items():
        monkeypatch.setenv(f"ZI_{service.upper()}_{name}", value)
    monkeypatch.setenv("ZI_CRASH_AT", "relay_sent:1")
    sentence = refusal(service)
    assert "ZI_ENVIRONMENT is production, and ZI_CRASH_AT is set" in sentence
    assert [name for name in worst if f"ZI_{service.upper()}_{name}" not in sentence] == []
    assert [value for value in ("xxxx", "development-app", "seribu") if value in sentence] == []


def test_an_unset_environment_is_refused_with_all_that_production_would_refuse(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZI_ENVIRONMENT")
    assert refusal(service) == "refusing to start: ZI_ENVIRONMENT is not set"
    monkeypatch.setenv(f"ZI_{service.upper()}_SECRET_KEY", "x" * 32)
    monkeypatch.setenv(f"ZI_{service.upper()}_TRUSTED_PROXIES", "*")
    sentence = refusal(service)
    assert "ZI_ENVIRONMENT is not set" in sentence
    assert "SECRET_KEY is of too little variety" in sentence
    assert "TRUSTED_PROXIES believes everybody" in sentence


@pytest.mark.parametrize("value", ["", "prod", "Development ", "staging"])
def test_an_environment_that_is_none_is_refused(
    service: str, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ZI_ENVIRONMENT", value)
    assert "ZI_ENVIRONMENT: " in refusal(service)


def test_what_was_once_read_per_service_decides_nothing(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZI_ENVIRONMENT")
    monkeypatch.setenv(f"ZI_{service.upper()}_ENVIRONMENT", "development")
    assert refusal(service) == "refusing to start: ZI_ENVIRONMENT is not set"


def test_a_way_without_tls_is_admitted_by_its_name(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ZI_{service.upper()}_PLAINTEXT_ACCEPTED", "kafka, public_url")
    monkeypatch.setenv(f"ZI_{service.upper()}_PUBLIC_URL", "http://127.0.0.1:8001")
    assert read_settings(settings_of(service)).accepts_plaintext("public_url")


@pytest.mark.parametrize(
    "address", ["http://layanan.zi.go.id", "http://10.0.0.4:8001", "http://0.0.0.0:8001"]
)
def test_a_way_without_tls_on_which_no_log_in_could_work_is_refused_by_its_reason(
    service: str, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(f"ZI_{service.upper()}_PLAINTEXT_ACCEPTED", "kafka, public_url")
    monkeypatch.setenv(f"ZI_{service.upper()}_PUBLIC_URL", address)
    assert "over https only" in refusal(service)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Layanan.ZI.go.id", "https://layanan.zi.go.id"),
        ("https://layanan.zi.go.id:443/", "https://layanan.zi.go.id"),
        ("https://layanan.zi.go.id:8443", "https://layanan.zi.go.id:8443"),
        ("https://layanan.zi.go.id/Zi", "https://layanan.zi.go.id/Zi"),
        ("https://layanan.zi.go.id:", "https://layanan.zi.go.id"),
        ("https://layanan.zi.go.id:/Zi/", "https://layanan.zi.go.id/Zi"),
        ("https://layanan.zi.go.id:0443", "https://layanan.zi.go.id"),
        ("https://layanan.zi.go.id:08443", "https://layanan.zi.go.id:8443"),
        ("https://M\u00fcnchen.go.id", "https://xn--mnchen-3ya.go.id"),
        ("https://xn--mnchen-3ya.go.id", "https://xn--mnchen-3ya.go.id"),
        ("https://[FD00::0001]:443", "https://[fd00::1]"),
    ],
)
def test_the_public_address_is_kept_as_browsers_name_it(
    service: str, monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    monkeypatch.setenv(f"ZI_{service.upper()}_PUBLIC_URL", given)
    assert read_settings(settings_of(service)).base_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "layanan.zi.go.id",
        "https://",
        "ftp://a.go.id",
        "https://a@b.go.id",
        "https://a/?b",
        "https://a.go.id:port",
        "https://a.go.id:99999",
        "https://[::1",
        "https://stra\u00dfe.go.id",
    ],
)
def test_what_is_no_public_address_is_refused(
    service: str, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(f"ZI_{service.upper()}_PUBLIC_URL", given)
    assert "PUBLIC_URL is no address like https://host or https://host:port" in refusal(service)


@pytest.mark.parametrize("listed", ["", "127.0.0.1", "10.0.0.0/8, 192.168.1.7", "::1, fd00::/16"])
def test_proxies_that_are_few_are_accepted(listed: str) -> None:
    assert production.proxies_fault(listed) is None


def test_development_takes_what_production_refuses(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZI_ENVIRONMENT", "development")
    for name, value, _ in FAULTS:
        if "everything" not in value:
            monkeypatch.setenv(f"ZI_{service.upper()}_{name}", value)
    assert read_settings(settings_of(service)).environment == "development"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AWS_SECRET_ACCESS_KEY", "minioadmin", "development secrets (AWS_SECRET_ACCESS_KEY)"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "development secrets (AWS_ACCESS_KEY_ID)"),
        ("AWS_ENDPOINT_URL", "http://minio:9000", "goes without TLS"),
        ("AWS_ENDPOINT", "http://minio:9000", "goes without TLS"),
    ],
)
def test_the_bucket_of_evidence_is_held_to_the_same(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    for variable, fit in good("planning").items():
        monkeypatch.setenv(variable, fit)
    monkeypatch.setenv("ZI_PLANNING_EVIDENCE_URL", "s3://bukti/zi")
    monkeypatch.setenv(name, value)
    sentence = refusal("planning")
    assert "ZI_PLANNING_EVIDENCE_URL" in sentence
    assert said in sentence
    assert value not in sentence


def test_keys_as_people_make_them_are_accepted() -> None:
    made: list[Any] = [secrets.token_urlsafe(32), secrets.token_hex(16), secrets.token_hex(32), GOOD_KEY]
    assert [key for key in made if production.key_fault(key) is not None] == []


def test_faults_of_one_setting_read_as_one_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, fit in good("planning").items():
        monkeypatch.setenv(variable, fit)
    monkeypatch.setenv("ZI_PLANNING_EVIDENCE_URL", "s3://bukti/zi")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "minioadmin")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "minioadmin")
    clause = "EVIDENCE_URL is reached with development secrets (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
    assert refusal("planning").endswith(clause)
    monkeypatch.setenv("AWS_ENDPOINT", "http://minio:9000")
    assert f"{clause} and goes without TLS" in refusal("planning")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://minio:9000/bucket", "is a web address"),
        ("HTTPS://minio:9000/bucket", "is a web address"),
        ("memory:///", "is no address like s3://bucket/prefix"),
        ("foo://bucket", "is no address like s3://bucket/prefix"),
    ],
)
def test_evidence_is_kept_in_no_place_but_a_bucket(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    for variable, fit in good("planning").items():
        monkeypatch.setenv(variable, fit)
    monkeypatch.setenv("ZI_PLANNING_EVIDENCE_URL", url)
    assert f"ZI_PLANNING_EVIDENCE_URL {said}" in refusal("planning")
