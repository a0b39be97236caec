"""What stands beside a question, over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from services.planning.fields import Shown
from services.planning.spreadsheets.schemas import FindingOut
from services.planning.wording.domain import Loaded, Wording, options
from services.planning.wording.usecases import Loading
from shared.instruments.lke import Question, lke_instrument, usual_documents


class WordingOut(BaseModel):
    """The official texts of one item."""

    question: str
    criteria: str = Field(description="Empty where the sheet has none")
    options: dict[str, str] = Field(description="Criteria by letter; empty unless they split beyond doubt")

    @classmethod
    def of_item(cls, code: str, wording: Wording) -> Self:
        criteria = wording.criteria
        return cls(question=wording.question, criteria=criteria, options=dict(options(code, criteria)))


class EditionWordingOut(WordingOut):
    edition: str


class ItemWordingOut(WordingOut):
    item_code: str


class DocumentOut(Shown):
    """A document that units usually show: a hint, never a condition."""

    key: str = Field(description="Kind of the evidence that is one", examples=["sk_tim_zi"])
    text: str
    source: str = Field(description="Requirement rows, or praktik umum")


class QuestionOut(BaseModel):
    """One question of the LKE with what stands beside it, the same for every unit."""

    item_code: str
    parent: str = Field(description="Name of the indicator, or of the part that a result belongs to")
    text: str = Field(description="Our own short paraphrase")
    allowed: str
    documents: list[DocumentOut]
    wording: list[EditionWordingOut] = Field(description="Official texts, of each edition that has any")

    @classmethod
    def of_question(cls, question: Question, wordings: Mapping[str, Wording]) -> Self:
        """Show a question; `wordings` by edition."""
        code = question.code
        return cls(
            item_code=code,
            parent=lke_instrument().nodes[question.parent].name,
            text=question.text,
            allowed=question.allowed,
            documents=[DocumentOut.of(one) for one in usual_documents(code)],
            wording=[
                EditionWordingOut(edition=edition, **WordingOut.of_item(code, wording).model_dump())
                for edition, wording in wordings.items()
            ],
        )


class WordingVersionOut(BaseModel):
    edition: str
    version: int = Field(description="Counts the loadings of the edition; 0: nobody has loaded it")
    sha256: str | None = Field(description="Of the workbook the texts came from")
    loaded_at: datetime | None


class EditionOut(WordingVersionOut):
    """The official texts of an edition; none before somebody has loaded them."""

    items: list[ItemWordingOut]

    @classmethod
    def of_texts(cls, edition: str, loaded: Loaded | None, texts: Mapping[str, Wording]) -> Self:
        return cls(
            **_version(edition, loaded),
            items=[
                ItemWordingOut(item_code=code, **WordingOut.of_item(code, texts[code]).model_dump())
                for code in lke_instrument().questions
                if code in texts
            ],
        )


class LoadingOut(WordingVersionOut):
    """What a workbook would change (`is_written` false) or has changed; `version` is what counts after it."""

    is_accepted: bool
    is_written: bool
    questions: int = Field(description="Items with an official question")
    criteria: int = Field(description="Items with official criteria")
    split: int = Field(description="Items whose criteria split by letter")
    changed: list[str] = Field(description="Items whose texts are new or other ones")
    findings: list[FindingOut]

    @classmethod
    def of_loading(cls, done: Loading) -> Self:
        texts = done.texts
        return cls(
            **_version(done.edition, done.loaded),
            is_accepted=done.is_accepted,
            is_written=done.is_written,
            questions=sum(1 for one in texts.values() if one.question),
            criteria=sum(1 for one in texts.values() if one.criteria),
            split=sum(1 for code, one in texts.items() if options(code, one.criteria)),
            changed=list(done.changed),
            findings=[FindingOut.of(finding) for finding in done.findings],
        )


def _version(edition: str, loaded: Loaded | None) -> dict[str, object]:
    if loaded is None:
        return {"edition": edition, "version": 0, "sha256": None, "loaded_at": None}
    return {
        "edition": edition, "version": loaded.version, "sha256": loaded.sha256, "loaded_at": loaded.loaded_at,
    }  # fmt: skip
