"""Settings of the complaints service."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `ZI_COMPLAINTS_*`."""

    model_config = SettingsConfigDict(env_prefix="ZI_COMPLAINTS_", frozen=True, extra="ignore")

    port: int = Field(default=8002, ge=1, le=65535, description="Port of API and pages")
    ops_port: int = Field(default=8102, ge=1, le=65535, description="Port of probes and metrics")
    agency_names: dict[str, str] = Field(
        default_factory=dict,
        description='Names of agencies by id, for people: {"contoh": "Badan Contoh"}; else the id stands',
    )
    policy_profiles: dict[str, str] = Field(
        default_factory=dict,
        description='Shipped deadline profiles that agencies count by, by agency id: {"ma": "peradilan"}',
    )
    policy_dir: Path | None = Field(
        default=None,
        description="Folder of an agency's own deadline policies, e.g. its standard for light complaints",
    )
