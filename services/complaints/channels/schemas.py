"""What is sent and received about channels."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.complaints.channels.data import kinds
from services.complaints.channels.domain import Place
from services.complaints.channels.store import Registered
from services.complaints.channels.usecases.listing import Listed
from services.complaints.channels.usecases.register import Published, Said
from shared.http.fields import Body, Day, Flag, UnitId
from shared.http.text import FreeText

MOST_PLACES = 20
KindName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$", description=", ".join(kinds()))]
PlaceKind = Literal["poster", "situs", "loket", "media_sosial", "brosur", "lainnya"]
Label = Annotated[str, FreeText(2, 100)]
Address = Annotated[str, FreeText(3, 500)]
Mark = Annotated[str, FreeText(3, 100)]
PlaceText = Annotated[str, FreeText(3, 200)]
Picture = Annotated[str, FreeText(1, 200)]
Reason = Annotated[str, FreeText(5, 500)]
Note = Annotated[str, FreeText(3, 1000)]


class PlaceIn(Body):
    """Where a channel is made known."""

    kind: PlaceKind
    place: PlaceText = Field(description="Where it hangs, lies or stands")
    published_on: Day | None = Field(default=None, description="Default: today")
    picture: Picture | None = Field(default=None, description="Reference of a picture of it")

    def said(self) -> Published:
        """Return what the use case takes."""
        return Published(self.kind, self.place, self.published_on, self.picture)


class ChangeIn(Body):
    """What a channel says from now on."""

    label: Label
    address: Address = Field(description="Link (https), mailbox, number or place, as the kind asks")
    mark: Mark | None = Field(
        default=None, description="Of a link, required: a word that stands on its page; else null"
    )

    def said(self) -> Said:
        """Return what the use case takes."""
        return Said(self.label, self.address, self.mark)


class OpenIn(ChangeIn):
    """A channel of `unit_id`, or, where only `agency_id` is named, of all units of an agency."""

    unit_id: UnitId | None = None
    agency_id: UnitId | None = None
    kind: KindName
    opened_on: Day | None = Field(default=None, description="First day, today at the latest; default: today")
    places: list[PlaceIn] = Field(default_factory=list, max_length=MOST_PLACES)


class CloseIn(Body):
    """Why a channel is closed, and from when on it takes no case."""

    reason: Reason
    closed_on: Day | None = Field(default=None, description="First day without it; default: today")


class ChannelTestIn(Body):
    """What a person found who called, wrote, or emptied the box."""

    is_ok: Flag = Field(description="It was answered, or the box was emptied")
    note: Note = Field(description="What was found; no names and nothing of a complaint")


class PlaceOut(BaseModel):
    """Where a channel is made known."""

    id: UUID
    kind: str
    place: str
    published_on: date
    picture: str | None


class CheckOut(BaseModel):
    """A test of a channel; `actor` is null for a probe of ours."""

    at: datetime
    is_ok: bool
    reason: str | None
    actor: str | None
    note: str | None


class FindingOut(BaseModel):
    """An outage; `closed_at` is null while it lasts."""

    id: UUID
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None


class ChannelOut(BaseModel):
    """A channel with what tests say of it."""

    id: UUID
    version: int
    unit_id: str | None = Field(description="Null: all units of the agency")
    unit_name: str | None
    agency_id: str
    kind: str
    label: str
    address: str
    mark: str | None
    opened_on: date
    closed_on: date | None = Field(description="First day without it")
    close_reason: str | None
    state: Literal["open", "down", "closed"]
    probe: str | None = Field(description="How it is tested: link, mail, record, import; null: not at all")
    failures: int = Field(description="Tests in a row that failed")
    down_since: datetime | None
    last_tested_at: datetime | None
    last_ok_at: datetime | None
    last_reason: str | None = Field(description="Why the last test failed")
    place_count: int

    @classmethod
    def of(cls, one: Registered) -> Self:
        """Return a channel as it is answered."""
        return cls(**told_of(one))


class ChannelDetail(ChannelOut):
    """A channel with its places, its newest tests and outages."""

    places: list[PlaceOut]
    checks: list[CheckOut]
    findings: list[FindingOut]

    @classmethod
    def whole(
        cls,
        one: Registered,
        places: Sequence[Place],
        checks: Sequence[RowMapping],
        findings: Sequence[RowMapping],
    ) -> Self:
        """Return a channel with what belongs to it."""
        return cls(
            **told_of(one),
            places=[PlaceOut.model_validate(each, from_attributes=True) for each in places],
            checks=[CheckOut.model_validate(dict(each)) for each in checks],
            findings=[FindingOut.model_validate(dict(each)) for each in findings],
        )


class PublicPlaceOut(BaseModel):
    """Where a channel is made known."""

    kind: str
    place: str
    published_on: date


class PublicChannelOut(BaseModel):
    """A channel that is open today."""

    kind: str
    label: str
    is_public: bool = Field(description="Whether a report is entered there by its reporter")
    address: str | None = Field(default=None, description="Null: not registered")
    opened_on: date | None = Field(default=None, description="Since when it is open, where that is known")
    is_down: bool = Field(default=False, description="It cannot be reached just now")
    is_tested: bool = Field(default=False, description="It answered when it was last tested")
    places: list[PublicPlaceOut] = []

    @classmethod
    def of(cls, one: Listed) -> Self:
        """Return a channel as anybody may know it."""
        found = one.registered
        return cls(
            kind=one.kind.kind,
            label=one.kind.label if found is None else found.channel.label,
            is_public=one.kind.entered_by == "public",
            address=None if found is None else found.channel.address,
            opened_on=None if found is None else found.channel.opened_on,
            is_down=one.standing == "down",
            is_tested=one.standing == "working",
            places=[PublicPlaceOut.model_validate(each, from_attributes=True) for each in one.places],
        )


def state_of_channel(one: Registered) -> Literal["open", "down", "closed"]:
    """Return how a channel stands: closed, out of order, or open."""
    if one.channel.closed_on is not None:
        return "closed"
    return "open" if one.watch.down_since is None else "down"


def told_of(one: Registered) -> dict[str, Any]:
    """Return what the API tells of a channel."""
    channel, watch = one.channel, one.watch
    return {
        "id": channel.id,
        "version": channel.version,
        "unit_id": channel.unit_id,
        "unit_name": one.unit_name,
        "agency_id": channel.agency_id,
        "kind": channel.kind,
        "label": channel.label,
        "address": channel.address,
        "mark": channel.mark,
        "opened_on": channel.opened_on,
        "closed_on": channel.closed_on,
        "close_reason": channel.close_reason,
        "state": state_of_channel(one),
        "probe": kinds()[channel.kind].probe,
        "failures": watch.failures,
        "down_since": watch.down_since,
        "last_tested_at": watch.last_at,
        "last_ok_at": watch.last_ok_at,
        "last_reason": watch.last_reason,
        "place_count": one.places,
    }
