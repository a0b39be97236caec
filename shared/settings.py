"""Settings every service has; a service adds its own fields and its prefix `ZI_<SERVICE>_`."""

from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "worker", "relay", "all"]


class ServiceSettings(BaseSettings):
    """Read from the environment once, at the composition root, and handed down as values."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(ge=1, le=65535)
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses or networks, by comma, whose X-Forwarded-For and -Proto are believed",
    )
    public_url: str = Field(default="", description="Address browsers use; empty: http://host:port")
    database_url: SecretStr = Field(description="Application role, postgresql://user:password@host:port/db")
    kafka_bootstrap: str = Field(description="host:port[,host:port]")
    issuer: str = Field(description="OpenID Connect issuer URL")
    audience: str = "zona-integritas"
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
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    pool_size: int = Field(default=10, ge=2, le=100, description="Connections for requests")
    worker_pool_size: int = Field(
        default=8, ge=4, le=100, description="Connections for consumer and timers, out of reach of requests"
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
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
    streams_at_once: int = Field(default=500, ge=1, le=5000, description="Live pages open at a time")

    @property
    def base_url(self) -> str:
        """Return the address this service is reached at by people."""
        return self.public_url or f"http://{self.host}:{self.port}"


SettingsT = TypeVar("SettingsT", bound=ServiceSettings)


def read_settings(settings: type[SettingsT]) -> SettingsT:
    """Read settings from the environment; raises `SystemExit` naming each wrong variable, never a value."""
    prefix = settings.model_config["env_prefix"]
    try:
        return settings()
    except ValidationError as error:
        faults = [
            f"{prefix}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()
        ]
        raise SystemExit(f"refusing to start: {'; '.join(faults)}") from None
