"""Settings of the planning service."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from shared.notices.settings import MailSettings
from shared.process.settings import bucket


class Settings(MailSettings):
    """Read from `ZI_PLANNING_*`."""

    model_config = SettingsConfigDict(env_prefix="ZI_PLANNING_", frozen=True, extra="ignore")

    port: int = Field(default=8001, ge=1, le=65535, description="Port of API and pages")
    ops_port: int = Field(default=8101, ge=1, le=65535, description="Port of probes and metrics")
    oidc_scope: str = Field(
        default="openid profile email",
        description="Asked for at page log-in; without email nobody can be told by mail",
    )
    data_dir: Path = Field(default=Path(".local/data/planning"), description="Folder of the evidence files")
    evidence_url: str = Field(
        default="", description="s3://bucket/prefix in place of the folder; credentials from AWS_*"
    )
    evidence_max_mib: int = Field(default=25, ge=1, le=2048, description="Largest evidence file")
    evidence_at_once: int = Field(default=4, ge=1, le=32, description="Evidence files checked side by side")
    workbook_max_mib: int = Field(default=10, ge=1, le=100, description="Largest workbook, packed")
    workbook_seconds: int = Field(
        default=30, ge=1, le=300, description="Longest time to read or fill a workbook"
    )
    workbooks_at_once: int = Field(
        default=2, ge=1, le=32, description="Workbooks read, and written, side by side"
    )
    reports_at_once: int = Field(default=2, ge=1, le=32, description="Reports written side by side")
    default_agency_id: str = Field(
        default="instansi", description="Agency of a new unit when neither request nor scope names one"
    )

    @field_validator("evidence_url")
    @classmethod
    def _good_bucket(cls, value: str, info: ValidationInfo) -> str:
        return bucket(cls, value, info)
