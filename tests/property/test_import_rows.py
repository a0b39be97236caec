"""Any order of any rows of the same cases leaves the same newest states."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.complaints.imports.domain.deciding import Known, after, decide
from services.complaints.imports.domain.rows import Row

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
ROWS = st.builds(
    lambda ref, hours, is_closed: Row(
        external_ref=ref,
        kind="pengaduan",
        stream="masyarakat",
        case_class="normatif",
        unit_id=None,
        content="isi",
        event_on=None,
        forwarded_at=BEGAN,
        source_updated_at=BEGAN + timedelta(hours=hours),
        foreign_state=f"{hours}{is_closed}",
        foreign_class=None,
        is_closed=is_closed,
        closed_at=None,
        is_name_hidden=False,
        is_content_secret=False,
    ),
    st.sampled_from(["7001", "7002"]),
    st.integers(0, 20),
    st.booleans(),
)


def taken(rows: list[Row]) -> dict[str, tuple[datetime, bool, str | None]]:
    """Return what is told last of each case once all rows were taken in."""
    known: dict[str, Known] = {}
    told: dict[str, tuple[datetime, bool, str | None]] = {}
    for row in rows:
        before = known.get(row.external_ref)
        if decide(row, before) in ("new", "updated", "closed"):
            known[row.external_ref] = after(row, before, "a-1")
            told[row.external_ref] = (row.source_updated_at, row.is_closed, row.foreign_state)
    return told


@given(st.lists(ROWS, max_size=12).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_any_order_of_any_rows_leaves_the_same_newest_states(orders: tuple[list[Row], list[Row]]) -> None:
    first, second = orders
    assert taken(first) == taken(second)
    assert taken([*first, *second]) == taken(first)


@given(st.lists(ROWS, max_size=12))
def test_a_case_that_is_ours_or_ended_never_waits_again(rows: list[Row]) -> None:
    known: Known | None = None
    for row in rows:
        had_left = known is not None and not known.is_waiting
        if decide(row, known) in ("new", "updated", "closed"):
            known = after(row, known, "a-1")
        assert not (had_left and known is not None and known.is_waiting)
