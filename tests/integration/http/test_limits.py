import pytest

from shared.db import Database
from shared.http.bursts import RateLimitedError
from shared.http.limits import within_quota

DAY = 86_400


async def test_a_quota_counts_over_all_processes_by_source_and_rule(db: Database) -> None:
    for _ in range(2):
        await within_quota(db, "intake", b"one", 2, DAY)
    with pytest.raises(RateLimitedError) as refused:
        await within_quota(db, "intake", b"one", 2, DAY)
    assert 1 <= int(refused.value.details["headers"]["Retry-After"]) <= DAY
    await within_quota(db, "intake", b"two", 2, DAY)
    await within_quota(db, "receipt", b"one", 2, DAY)
