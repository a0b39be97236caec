"""Settings of the complaints service."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from services.complaints.channels.probes.mail import Mailbox
from shared.files.scanning import scanner_fault
from shared.notices.settings import MailSettings
from shared.process.settings import bucket, checked
from shared.security import production
from shared.security.keys.opening import keys_fault


class Settings(MailSettings):
    """Read from `ZI_COMPLAINTS_*`."""

    model_config = SettingsConfigDict(env_prefix="ZI_COMPLAINTS_", frozen=True, extra="ignore")

    port: int = Field(default=8002, ge=1, le=65535, description="Port of API and pages")
    ops_port: int = Field(default=8102, ge=1, le=65535, description="Port of probes and metrics")
    oidc_scope: str = Field(
        default="openid profile email",
        description="Asked for at page log-in; without email nobody can be told by mail",
    )
    agency_names: dict[str, str] = Field(
        default_factory=dict,
        description='Names of agencies by id, for people: {"contoh": "Badan Contoh"}; else the id stands',
    )
    data_dir: Path = Field(default=Path(".local/data/complaints"), description="Folder of the cases' files")
    evidence_url: str = Field(
        default="", description="s3://bucket/prefix in place of the folder; credentials from AWS_*"
    )
    scanner: str = Field(
        default="",
        description="ClamAV's daemon, tcp://host:3310 or unix:///path; empty: files are served unscanned",
    )
    scanner_seconds: float = Field(default=30.0, gt=0, le=300, description="Longest time for one scan")
    proof_secret: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 characters; signs proofs of filing; empty: made of SECRET_KEY. Proofs stay"
        " genuine when it changes",
    )
    mailboxes: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Accounts that read the mailboxes of channels, for their probe, by address:"
        ' {"pengaduan@contoh.go.id": "imaps://user:password@host:993/INBOX"}',
    )
    probes_loopback: bool = Field(
        default=False, description="Lets links of channels lead to this machine; for tests, not in production"
    )
    keys_token_file: Path | None = Field(
        default=None, description="File with the token of the key service, read anew each time"
    )
    keys: str = Field(
        default="",
        description="Keys that wrap the keys of identities: https://host:8200/MOUNT/KEY with the protocol of"
        " Vault's transit engine, or file:///path/keys.json; empty, in development: keys.json in DATA_DIR",
    )
    policy_profiles: dict[str, str] = Field(
        default_factory=dict,
        description='Shipped deadline profiles that agencies count by, by agency id: {"ma": "peradilan"}',
    )
    policy_dir: Path | None = Field(
        default=None,
        description="Folder of an agency's own deadline policies, e.g. its standard for light complaints",
    )

    @field_validator("evidence_url")
    @classmethod
    def _good_bucket(cls, value: str, info: ValidationInfo) -> str:
        return bucket(cls, value, info)

    @field_validator("proof_secret")
    @classmethod
    def _good_proof_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        return checked(value, info, production.key_fault(secret) if secret else None)

    @field_validator("mailboxes")
    @classmethod
    def _good_mailboxes(cls, value: dict[str, SecretStr], info: ValidationInfo) -> dict[str, SecretStr]:
        for one in value.values():
            url = one.get_secret_value()
            if not Mailbox.of(url).is_wrapped and info.data.get("environment") != "development":
                raise ValueError("holds a mailbox that is read without TLS; use imaps://")
            checked(one, info, production.password_fault(url))
        return value

    @field_validator("probes_loopback")
    @classmethod
    def _public_hosts_alone(cls, value: bool, info: ValidationInfo) -> bool:
        return checked(value, info, "lets links lead to this machine" if value else None)

    @field_validator("keys")
    @classmethod
    def _good_keys(cls, value: str, info: ValidationInfo) -> str:
        if value and (fault := keys_fault(value, info.data.get("keys_token_file"))):
            raise ValueError(fault)
        plain = "is reached without TLS" if urlsplit(value).scheme == "http" else None
        return checked(value, info, plain if value else production.UNSET)

    @property
    def keys_address(self) -> str:
        """Where the keys are kept that wrap the keys of identities."""
        return self.keys or (self.data_dir / "keys.json").resolve().as_uri()

    @field_validator("scanner")
    @classmethod
    def _good_scanner(cls, value: str) -> str:
        if value and (fault := scanner_fault(value)):
            raise ValueError(fault)
        return value
