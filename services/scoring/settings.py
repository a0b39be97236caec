"""Settings of the scoring service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.process.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `ZI_SCORING_*`."""

    model_config = SettingsConfigDict(env_prefix="ZI_SCORING_", frozen=True, extra="ignore")

    port: int = Field(default=8004, ge=1, le=65535, description="Port of API and pages")
    ops_port: int = Field(default=8104, ge=1, le=65535, description="Port of probes and metrics")
    privacy_controller: str = Field(
        default="", description="Name of the agency that answers for personal data, as the notice tells it"
    )
    privacy_contact: str = Field(
        default="",
        description="Where people turn to about their data: address, mail, telephone; never invented",
    )
    changes_kept: int = Field(
        default=200, ge=10, description="Newest lines about gates and surveys kept per unit"
    )
    drift_every_seconds: float = Field(default=30, gt=0, description="Pause between two drift probes")
    drift_sample: int = Field(default=50, ge=1, description="Unit years recomputed by one drift probe")
