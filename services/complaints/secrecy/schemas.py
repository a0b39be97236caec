"""Bodies of identity requests, of the log of openings, and of the register of custodians."""

import base64
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.complaints.cases.schemas.fields import Reason
from services.complaints.secrecy.domain import Custodian, Reading
from shared.http.fields import Body, Day, UnitId
from shared.http.text import FreeText
from shared.security.custody import fingerprint

CustodianName = Annotated[str, FreeText(2, 200)]
PublicKey = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{43}=?$", description="X25519 public key: 32 bytes in base64url"),
]


class IdentityIn(Body):
    """Why somebody opens the identity behind a case."""

    reason: Reason


class IdentityOut(BaseModel):
    """Who reported, as far as they told."""

    name: str | None
    contact: str | None


class ReadingOut(BaseModel):
    """Somebody opened an identity."""

    position: int
    at: datetime
    reader: str
    roles: str
    reason: str

    @classmethod
    def of(cls, one: Reading) -> "ReadingOut":
        return cls(position=one.position, at=one.at, reader=one.reader, roles=one.roles, reason=one.reason)


class ReadingsOut(BaseModel):
    """Who opened the identity behind a case, the newest first."""

    items: list[ReadingOut]


class LogRow(BaseModel):
    """A row of the log with its hash; of another agency's the hash alone, for the chain can be checked so."""

    position: int
    hash: str = Field(description="SHA-256 over the hash before and this row, hexadecimal")
    at: datetime | None = None
    reader: str | None = None
    roles: str | None = None
    entity: str | None = None
    ref: UUID | None = None
    agency_id: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, position: int, reading: Reading | None, hashed: bytes) -> "LogRow":
        told: dict[str, Any] = {}
        if reading is not None:
            told = {name: getattr(reading, name) for name in Reading.__dataclass_fields__}
        return cls(**{**told, "position": position, "hash": hashed.hex()})


class CustodianIn(Body):
    """Somebody to whom identities are sealed from a day on."""

    agency_id: UnitId
    name: CustodianName
    public_key: PublicKey
    valid_from: Day
    valid_to: Day | None = None

    @property
    def key(self) -> bytes:
        return base64.urlsafe_b64decode(self.public_key.rstrip("=") + "=")


class CustodianEndIn(Body):
    """The last day on which anything is sealed to a custodian."""

    valid_to: Day


class CustodianOut(BaseModel):
    """A custodian with the public key."""

    id: UUID
    agency_id: str
    name: str
    public_key: str
    fingerprint: str
    valid_from: date
    valid_to: date | None
    version: int

    @classmethod
    def of(cls, one: Custodian) -> "CustodianOut":
        return cls(
            id=one.id,
            agency_id=one.agency_id,
            name=one.name,
            public_key=base64.urlsafe_b64encode(one.public_key).decode(),
            fingerprint=fingerprint(one.public_key),
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            version=one.version,
        )


class CustodiansOut(BaseModel):
    """Custodians within reach, by agency and name."""

    items: list[CustodianOut]
