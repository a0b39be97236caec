"""Settings every service has; a service adds its own fields and its prefix `ZI_<SERVICE>_`."""

import os
from ipaddress import IPv6Address
from typing import Literal, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.security import production

Environment = Literal["development", "production"]
Plaintext = Literal["kafka", "public_url", "evidence", "mail"]
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
Role = Literal["api", "worker", "relay", "all"]


class ServiceSettings(BaseSettings):
    """Read from the environment once, at the composition root, and handed down as values."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=True)

    environment: Environment = Field(
        validation_alias="ZI_ENVIRONMENT", description="The same for all services; there is no default"
    )
    plaintext_accepted: str = Field(
        default="",
        description="What may go without TLS in production, by comma: kafka, public_url, evidence, mail",
    )
    host: str = Field(default="127.0.0.1", description="Where the service listens")
    port: int = Field(ge=1, le=65535, description="Port of API and pages")
    ops_host: str = Field(default="127.0.0.1", description="Where probes and metrics are answered")
    ops_port: int = Field(ge=1, le=65535, description="Port of probes and metrics")
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses or networks, by comma, whose X-Forwarded-For and -Proto are believed",
    )
    public_url: str = Field(default="", description="Address browsers use; empty: http://host:port")
    database_url: SecretStr = Field(description="Application role, postgresql://user:password@host:port/db")
    kafka_bootstrap: str = Field(description="host:port[,host:port]")
    issuer: str = Field(description="OpenID Connect issuer URL")
    audience: str = Field(default="zona-integritas", description="What tokens must be made for (aud)")
    oidc_client_id: str = Field(default="", description="Public client for page log-in; empty: zi-<service>")
    oidc_scope: str = Field(
        default="openid profile",
        description="Asked for at page log-in; some issuers give refresh tokens for offline_access only",
    )
    second_factor_acr: str = Field(
        default="",
        description="Values of acr, by space, that say that a second factor was used; amr says it too",
    )
    session_check_seconds: int = Field(
        default=300, ge=10, le=3600, description="A page session asks the issuer again after this time"
    )
    session_grace_seconds: int = Field(
        default=900, ge=0, le=14400, description="It goes on for so long past that when the issuer is away"
    )
    secret_key: SecretStr = Field(description="At least 32 characters; keys of HMACs and page sessions")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    pool_size: int = Field(default=10, ge=2, le=100, description="Connections for requests")
    worker_pool_size: int = Field(
        default=8, ge=4, le=100, description="Connections for consumer and timers, out of reach of requests"
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024, description="Largest body but for files")
    requests_at_once: int = Field(
        default=8, ge=1, le=100, description="Requests at work at a time; two fewer than pool_size"
    )
    files_at_once: int = Field(default=4, ge=1, le=32, description="Uploads and downloads at work at a time")
    requests_waiting: int = Field(default=100, ge=0, le=1000, description="Requests in line; others get 503")
    waiting_seconds: float = Field(default=5.0, gt=0, le=30, description="Longest wait in line")
    request_seconds: float = Field(default=10.0, gt=0, le=300, description="Longest time at work")
    file_seconds: float = Field(
        default=120.0, gt=0, le=3600, description="Longest time at work with a file: upload, import"
    )
    head_seconds: float = Field(default=10.0, gt=0, le=60, description="Longest time until a head is whole")
    idle_seconds: int = Field(
        default=30,
        ge=15,
        le=300,
        description="Longest silence of a client: in a body, between requests, while it reads",
    )
    streams_at_once: int = Field(default=500, ge=1, le=5000, description="Live pages open at a time")
    streams_per_person: int = Field(
        default=12, ge=1, le=1000, description="Live pages of one person; the oldest gives way to a newer one"
    )
    connections_at_once: int = Field(
        default=1000, ge=10, le=50_000, description="Open connections; further ones get 503"
    )
    connections_per_source: int = Field(
        default=200,
        ge=1,
        le=50_000,
        description="Of one IPv4 address or IPv6 /64, twice of a /48, no trusted proxy; further ones get 503",
    )

    @property
    def base_url(self) -> str:
        """Return the address this service is reached at by people."""
        return self.public_url or f"http://{self.host}:{self.port}"

    def accepts_plaintext(self, what: Plaintext) -> bool:
        """Tell whether this way may go without TLS."""
        return self.environment == "development" or what in _names(self.plaintext_accepted)

    @field_validator("environment")
    @classmethod
    def _no_crash_points(cls, value: Environment) -> Environment:
        if value == "production" and os.environ.get("ZI_CRASH_AT"):
            raise ValueError("is production, and ZI_CRASH_AT is set")
        return value

    @field_validator("plaintext_accepted")
    @classmethod
    def _known_ways(cls, value: str) -> str:
        if not _names(value) <= set(get_args(Plaintext)):
            raise ValueError(f"may name {', '.join(get_args(Plaintext))} only")
        return value

    @field_validator("secret_key")
    @classmethod
    def _good_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return checked(value, info, production.key_fault(value.get_secret_value()))

    @field_validator("database_url")
    @classmethod
    def _good_password(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return checked(value, info, production.password_fault(value.get_secret_value()))

    @field_validator("issuer")
    @classmethod
    def _real_issuer(cls, value: str, info: ValidationInfo) -> str:
        return checked(value, info, production.issuer_fault(value))

    @field_validator("trusted_proxies")
    @classmethod
    def _few_proxies(cls, value: str, info: ValidationInfo) -> str:
        return checked(value, info, production.proxies_fault(value))

    @field_validator("public_url")
    @classmethod
    def _public_tls(cls, value: str, info: ValidationInfo) -> str:
        address = plain_address(value) if value else ""
        if address.startswith("https://"):
            return address
        fault = plaintext(cls, info, "public_url")
        if fault is None:
            fault = production.public_fault(address or f"http://{info.data.get('host', '')}")
        return checked(address, info, fault)

    @field_validator("kafka_bootstrap")
    @classmethod
    def _kafka_tls(cls, value: str, info: ValidationInfo) -> str:
        return checked(value, info, plaintext(cls, info, "kafka"))


ValueT = TypeVar("ValueT")


def checked(value: ValueT, info: ValidationInfo, fault: str | None) -> ValueT:
    """Return the value; raise `ValueError` with its fault unless this is development."""
    if fault is not None and info.data.get("environment") != "development":
        raise ValueError(fault)
    return value


def plaintext(settings: type[ServiceSettings], info: ValidationInfo, what: Plaintext) -> str | None:
    """Return the fault of a way without TLS, None when it is accepted by name."""
    if what in _names(info.data.get("plaintext_accepted", "")):
        return None
    setting = f"{settings.model_config['env_prefix']}PLAINTEXT_ACCEPTED"
    return f"goes without TLS, and {setting} does not name {what}"


def bucket(settings: type[ServiceSettings], value: str, info: ValidationInfo) -> str:
    """Return the address of a bucket for files, empty for none; raises `ValueError` with what is wrong."""
    if not value:
        return value
    scheme = value.partition("://")[0].lower() if "://" in value else "s3"
    if scheme in ("http", "https"):
        return checked(value, info, "is a web address: name s3://bucket/prefix, and AWS_ENDPOINT_URL apart")
    if scheme != "s3":
        return checked(value, info, "is no address like s3://bucket/prefix")
    weak = [name for name in _CREDENTIALS if production.word_fault(os.environ.get(name, ""))]
    faults = [f"is reached with development secrets ({', '.join(weak)})"] if weak else []
    if any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS) and (
        fault := plaintext(settings, info, "evidence")
    ):
        faults.append(fault)
    return checked(value, info, production.together(faults))


def plain_address(url: str) -> str:
    """Return an http(s) address as browsers name it: lower case, without the port that goes without saying.

    A host beyond ASCII is named by its `xn--` form. Raises `ValueError` for what is no address.
    """
    try:
        parts = urlsplit(url.strip())
        is_plain = parts.port != 0 and "@" not in parts.netloc and not parts.query and not parts.fragment
        host = _sent_host(parts.hostname or "")
    except ValueError:  # its words would show the value
        is_plain, host = False, ""
    if not is_plain or parts.scheme not in _PORTS or not host:
        raise ValueError("is no address like https://host or https://host:port")
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path}".rstrip("/")


def _sent_host(host: str) -> str:
    """Return a host as browsers send it; raises `ValueError` for one that we cannot spell as they do."""
    if ":" in host:
        return f"[{IPv6Address(host)}]"
    sent = host if host.isascii() else host.encode("idna").decode()
    if sent != host and sent.encode().decode("idna") != host:
        raise ValueError  # letters that the older rules of our library replace and browsers keep
    return sent


def plain_host(host: str, scheme: str) -> str:
    """Return host and port, as `Host` holds them, in the form of `plain_address`."""
    return host.lower().removesuffix(f":{_PORTS[scheme]}")


_PORTS = {"http": 80, "https": 443}


def _names(listed: str) -> set[str]:
    return {one for part in listed.split(",") if (one := part.strip())}


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def read_settings(settings: type[SettingsT]) -> SettingsT:
    """Read settings from the environment; raises `SystemExit` naming all that is wrong, never a value."""
    prefix = settings.model_config["env_prefix"]
    try:
        return settings()
    except ValidationError as error:
        faults = [_told(prefix, fault["loc"], fault["type"], fault["msg"]) for fault in error.errors()]
        raise SystemExit(f"refusing to start: {'; '.join(faults)}") from None


def _told(prefix: str, place: tuple[int | str, ...], kind: str, message: str) -> str:
    name = "_".join(map(str, place)).upper()
    variable = name if name.startswith("ZI_") else f"{prefix}{name}"
    if kind == "missing":
        return f"{variable} {production.UNSET}"
    if kind == "value_error":
        return f"{variable} {message.removeprefix('Value error, ')}"
    return f"{variable}: {message}"
