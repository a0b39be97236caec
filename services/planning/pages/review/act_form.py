"""What people send with an act on an assessment, and where its refusals stand."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from services.planning.fields import Line, Text
from services.planning.stages.domain.assessment import CLEARERS, Clearer, Given
from services.planning.stages.domain.decrees import Decree
from services.planning.stages.domain.refusals import ActIncompleteError
from shared.http.fields import Body, Day, Digits


class ActForm(Body):
    """What comes with an act: why, the SK, and for a decision whether it awards and who cleared the unit."""

    version: Digits
    reason: Text | None = None
    is_awarded: Literal["ya", "tidak"] | None = None
    cleared: list[Clearer] = Field(default_factory=list, max_length=len(CLEARERS))
    decree_number: Line | None = None
    decree_on: Day | None = None
    decree_signatory: Line | None = None
    decree_document: UUID | None = None

    def given(self) -> Given:
        """Return what was given; raises `ActIncompleteError` for an SK of which a part is missing."""
        awarded = None if self.is_awarded is None else self.is_awarded == "ya"
        return Given(self.reason or None, awarded, frozenset(self.cleared), self._decree())

    def _decree(self) -> Decree | None:
        number, dated_on, signatory = self.decree_number, self.decree_on, self.decree_signatory
        if number is None and dated_on is None and signatory is None:
            return None
        if not number:
            raise ActIncompleteError("decree_number", "Isi nomor SK.")
        if dated_on is None:
            raise ActIncompleteError("decree_on", "Isi tanggal SK.")
        if not signatory:
            raise ActIncompleteError("decree_signatory", "Isi penanda tangan SK.")
        return Decree(number, dated_on, signatory, self.decree_document)


AT = {
    "decree": "decree_number",
    "decree.number": "decree_number",
    "decree.dated_on": "decree_on",
    "decree.document_id": "decree_document",
}
"""Where this form has what refusals name otherwise."""
