"""Settings of the survey service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `ZI_SURVEY_*`."""

    model_config = SettingsConfigDict(env_prefix="ZI_SURVEY_", frozen=True, extra="ignore")

    port: int = Field(default=8003, ge=1, le=65535, description="Port of API and pages")
    ops_port: int = Field(default=8103, ge=1, le=65535, description="Port of probes and metrics")
    upkeep_seconds: float = Field(default=10, gt=0, description="Pause between two rounds of upkeep")
