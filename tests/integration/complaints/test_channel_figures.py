"""What working channels and fast answers say for A.II.6.ii.a, by the API and in metrics."""

import pytest
from prometheus_client import REGISTRY

from services.complaints.jobs import Figures
from tests.integration.complaints.acting import Acting
from tests.integration.complaints.conftest import Filer, MovedClock
from tests.integration.complaints.test_channels import COUNTER, PHONE, Register

PERIOD = {"period": "2026", "unit": "u-1"}
VERIFY = {"unit_id": "u-1", "stream": "pelayanan", "case_class": "normatif"}


async def responsive(acting: Acting, **narrow: str) -> dict[str, object]:
    headers = acting.headers("complaint_supervisor")
    found = await acting.client.get("/reports/handling", params=PERIOD | narrow, headers=headers)
    assert found.status_code == 200, found.text
    return dict(found.json()["responsive"])


async def follow_up(acting: Acting, clock: MovedClock, *, hours: float) -> None:
    """Take in a service complaint and follow it up after so many hours."""
    made = await acting.enter(stream="pelayanan")
    await acting.client.get("/cases", headers=acting.headers("case_handler"))
    await acting.act("complaint_officer", made["id"], "verify", 1, **VERIFY)
    await acting.act("complaint_supervisor", made["id"], "dispose", 2, handler="test-case_handler")
    await clock.forward(hours=hours)
    done = await acting.act(
        "case_handler", made["id"], "follow-up", 3, text="Loket ditinjau.", evidence=["BA-6"]
    )
    assert done.status_code == 200, done.text


async def test_r165_two_open_channels_and_the_median_response_are_told_by_api_and_metric(
    acting_of: Acting, clock: MovedClock, filer: Filer
) -> None:
    register = Register(acting_of)
    await register.open(**COUNTER)
    phone = await register.open(**PHONE)
    await register.open(**PHONE | {"label": "Telepon kedua"})
    before = await responsive(acting_of)
    assert (before["working_channels"], before["is_many"], before["is_fast"]) == (1, False, None)
    await register.act(phone, "tests", is_ok=True, note="Diangkat dalam 20 detik.")
    for hours in (2.0, 4.0, 12.0):
        await follow_up(acting_of, clock, hours=hours)
    found = await responsive(acting_of)
    assert (found["working_channels"], found["working_kinds"]) == (2, ["loket", "telepon"])
    assert found["median_first_response_seconds"] == 4 * 3600
    assert found["first_in_time"] == {"part": 3, "whole": 3, "share": "1.0000"}
    assert (found["is_many"], found["is_fast"], found["answer"], found["is_confirmed"]) == (
        True,
        True,
        "A",
        False,
    )
    await Figures(filer.db, filer.engine).count()
    counted = REGISTRY.get_sample_value("zi_complaints_first_response_seconds_count", {"kind": "pengaduan"})
    assert counted == 3
    await register.act(phone, "close", reason="Nomor dihentikan.")
    assert (await responsive(acting_of))["answer"] is None, "one kind alone is not several"


async def test_a_report_without_service_complaints_says_nothing_of_channels(acting_of: Acting) -> None:
    headers = acting_of.headers("complaint_supervisor")
    asked = PERIOD | {"stream": "masyarakat"}
    found = (await acting_of.client.get("/reports/handling", params=asked, headers=headers)).json()
    assert found["responsive"] is None
    assert "A.II.6.ii.a" not in {one["item"] for one in found["proofs"]}


@pytest.mark.usefixtures("clock")
async def test_the_proofs_of_a_unit_name_what_its_channels_lack(acting_of: Acting) -> None:
    headers = acting_of.headers("complaint_supervisor")
    found = (await acting_of.client.get("/reports/handling", params=PERIOD, headers=headers)).json()
    [said] = [one for one in found["proofs"] if one["item"] == "A.II.6.ii.a"]
    assert said["is_met"] is False
    assert said["words"].startswith("0 saluran dari 0 jenis bekerja hari ini, perlu 2 jenis")
