"""The kinds of field that requests are made of."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.http.text import PLAIN

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Evidence kind, e.g. notulen")]
ItemCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{1,20}$", description="LKE item, e.g. A.I.1.i.a")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), PLAIN]
UnitType = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", description="Kind of unit, e.g. kantor_pelayanan"),
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), PLAIN]
