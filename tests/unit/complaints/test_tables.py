"""What the tables check is what the domain says: tables import no domain, so a test holds both."""

import re
from typing import get_args

from sqlalchemy import CheckConstraint

from services.complaints.cases.domain.acts import State
from services.complaints.deadlines.domain.policy import DueWork
from services.complaints.deadlines.domain.schedule import Fact, Status
from tests.support.schema import tables_of

CHECKS = {
    str(check.name): set(re.findall(r"'(\w+)'", str(check.sqltext)))
    for table in tables_of("complaints").tables.values()
    for check in table.constraints
    if isinstance(check, CheckConstraint)
}
NEVER_SET = {"superseded"}
"""Allowed by the first migration."""


def test_a_column_of_few_values_takes_those_of_the_domain() -> None:
    assert CHECKS["case_file_state"] == set(State)
    assert CHECKS["deadline_status"] == {*get_args(Status), *NEVER_SET}
    assert CHECKS["deadline_fired_fact"] == set(get_args(Fact))
    assert CHECKS["work_item_kind"] == set(get_args(DueWork))
