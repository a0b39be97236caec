"""What bodies about cases say in words, and their sizes."""

from typing import Annotated

from pydantic import StringConstraints

from services.complaints.cases.domain.case import SUBJECT
from shared.http.text import FreeText

Text = Annotated[str, FreeText(5, 5000)]
Reason = Annotated[str, FreeText(5, 500)]
Reference = Annotated[str, FreeText(1, 200)]
Subject = Annotated[str, StringConstraints(pattern=SUBJECT)]
