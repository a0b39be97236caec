"""What is written about a case and brought to it, over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.complaints.conversation.data import conversation_rules
from services.complaints.conversation.domain import Attachment, Message, SameFile, Scan, Waiting
from services.complaints.conversation.usecases import Conversation
from shared.http.fields import Body, Flag
from shared.http.text import FreeText

MessageText = Annotated[str, FreeText(1, conversation_rules().text_max)]


class MyMessageIn(Body):
    """What the reporter writes."""

    text: MessageText


class MessageIn(MyMessageIn):
    """What an officer writes."""

    is_internal: Flag = Field(default=False, description="A note that no reporter ever sees")


class AttachmentOut(BaseModel):
    """A file; what its bringer called it is kept nowhere."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    scan: Scan = Field(description="Served when `clean` or `unscanned`")

    @classmethod
    def of(cls, found: Attachment) -> Self:
        file = found.file
        return cls(
            id=found.id,
            name=found.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            scan=file.scan,
        )


class MyMessageOut(BaseModel):
    """A message as its reporter sees it: no officer's account."""

    id: UUID
    is_mine: bool
    text: str | None
    sent_at: datetime
    attachments: list[AttachmentOut]

    @classmethod
    def of(cls, found: Message) -> Self:
        return cls(
            id=found.id,
            is_mine=found.author is None,
            text=found.content,
            sent_at=found.sent_at,
            attachments=[AttachmentOut.of(one) for one in found.attachments],
        )


class MyMessagesOut(BaseModel):
    items: list[MyMessageOut]

    @classmethod
    def of(cls, found: Sequence[Message]) -> Self:
        return cls(items=[MyMessageOut.of(one) for one in found])


class MessageOut(BaseModel):
    """A message; `author` null is the reporter."""

    id: UUID
    author: str | None
    is_internal: bool
    text: str | None
    sent_at: datetime
    attachments: list[AttachmentOut]

    @classmethod
    def of(cls, found: Message) -> Self:
        return cls(
            id=found.id,
            author=found.author,
            is_internal=found.is_internal,
            text=found.content,
            sent_at=found.sent_at,
            attachments=[AttachmentOut.of(one) for one in found.attachments],
        )


class SameFileOut(BaseModel):
    """A file of this case that came with another case in the caller's sight too."""

    number: int = Field(description="Of `lampiran-3` 3, of `internal-3` -3")
    case_id: UUID
    tracking_id: str

    @classmethod
    def of(cls, found: SameFile) -> Self:
        return cls(number=found.number, case_id=found.case_id, tracking_id=found.tracking_id)


class ConversationOut(BaseModel):
    items: list[MessageOut]
    unanswered: int = Field(description="The reporter's messages since the office last wrote or acted")
    same_files: list[SameFileOut] = Field(description="At most 20: perhaps one matter twice")

    @classmethod
    def of(cls, found: Conversation) -> Self:
        return cls(
            items=[MessageOut.of(one) for one in found.messages],
            unanswered=found.unanswered,
            same_files=[SameFileOut.of(one) for one in found.same_files],
        )


class WaitingOut(BaseModel):
    """A case whose reporter wrote since the office last wrote or acted."""

    case_id: UUID
    tracking_id: str
    unit_id: str | None
    unit_name: str | None
    since: datetime

    @classmethod
    def of(cls, found: Waiting) -> Self:
        return cls(
            case_id=found.case_id,
            tracking_id=found.tracking_id,
            unit_id=found.unit_id,
            unit_name=found.unit_name,
            since=found.since,
        )
