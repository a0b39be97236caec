"""Reports and evaluations on the command line say what the API says."""

import json

import pytest

from tests.integration.complaints.acting import Acting
from tests.integration.complaints.test_handling_units import served
from tests.support.terminal import zi
from tests.support.tokens import TestIssuer

__all__ = ["served"]
KP = "complaint_supervisor"
SAID = (
    *("--conclusion", "Penanganan tepat waktu.", "--findings", "Tidak ada temuan."),
    *("--follow-up", "Tidak diperlukan.", "--evidence", "Notulen 3/2026"),
)
ONE = ("--unit", "u-1", "--period", "2026")


@pytest.mark.usefixtures("clock")
async def test_a_supervisor_reports_evaluates_and_reads_evaluations(
    served: str, issuer: TestIssuer, acting_of: Acting
) -> None:
    await acting_of.answered()
    token = issuer.token(roles=[KP], level="agency", agencies=["a-1"])
    environment = {"ZI_COMPLAINTS_URL": served, "ZI_TOKEN": token, "COLUMNS": "250"}

    async def run(*words: str) -> str:
        code, out, err = await zi("complaint", *words, environment=environment)
        assert code == 0, err
        return out

    shown = await run("report", *ONE)
    assert "masyarakat" in shown
    assert "A.I.6.iii.b" in shown, "of one unit it says what that proves"
    asked = await acting_of.client.get(
        "/reports/handling?period=2026&unit=u-1&by=unit", headers={"Authorization": f"Bearer {token}"}
    )
    told = json.loads(await run("report", *ONE, "--json"))
    assert told | {"at": ""} == asked.json() | {"at": ""}
    made = json.loads(await run("evaluate", *ONE, "--stream", "masyarakat", *SAID, "--json"))
    assert (made["version"], made["evidence"]) == (1, ["Notulen 3/2026"])
    again = ("evaluate", *ONE, "--stream", "masyarakat", *SAID)
    code, _, err = await zi("complaint", *again, environment=environment)
    assert (code, "sudah dievaluasi" in err) == (1, True)
    await run(*again, "--based-on", "1")
    held = json.loads(await run("evaluations", *ONE, "--json"))["items"]
    every = json.loads(await run("evaluations", *ONE, "--with-replaced", "--json"))["items"]
    assert ([one["version"] for one in held], [one["version"] for one in every]) == ([2], [2, 1])
    assert "Penanganan tepat waktu." in await run("evaluations", *ONE)
