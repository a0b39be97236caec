"""Proofs of filing over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from services.complaints.proofs.usecases import Proof


class ProofOut(BaseModel):
    """Whether a code is a proof of ours, and what it says: nothing but that, of a secret report."""

    is_genuine: bool
    tracking_id: str | None = None
    unit_id: str | None = None
    unit_name: str | None = Field(default=None, description="As the unit is called now")
    received_at: datetime | None = None
    channel: str | None = None
    content_sha256: str | None = Field(
        default=None, description="SHA-256 of tracking id, line feed and the text that was filed, in UTF-8"
    )

    @classmethod
    def of(cls, found: Proof | None) -> Self:
        if found is None:
            return cls(is_genuine=False)
        filing = found.filing
        if filing.is_secret:
            return cls(is_genuine=True)
        return cls(
            is_genuine=True,
            tracking_id=filing.tracking_id,
            unit_id=filing.unit_id,
            unit_name=found.unit_name,
            received_at=filing.received_at,
            channel=filing.channel,
            content_sha256=filing.content_hash,
        )


class MyProofOut(ProofOut):
    """The proof of the own filing; anybody may check it at `url`."""

    code: str
    url: str
