"""What stands beside a question, over HTTP."""

from typing import Self

from pydantic import BaseModel, Field

from services.planning.fields import Shown
from shared.instruments.lke import Question, lke_instrument, usual_documents


class DocumentOut(Shown):
    """A document that units usually show: a hint, never a condition."""

    key: str = Field(description="Kind of the evidence that is one", examples=["sk_tim_zi"])
    text: str
    source: str = Field(description="Requirement rows, or praktik umum")


class QuestionOut(BaseModel):
    """One question of the LKE with what stands beside it, the same for every unit."""

    item_code: str
    parent: str = Field(description="Name of the indicator, or of the part a result belongs to")
    text: str = Field(description="Our own short paraphrase")
    allowed: str
    documents: list[DocumentOut]

    @classmethod
    def of(cls, question: Question) -> Self:
        return cls(
            item_code=question.code,
            parent=lke_instrument().nodes[question.parent].name,
            text=question.text,
            allowed=question.allowed,
            documents=[DocumentOut.of(one) for one in usual_documents(question.code)],
        )
