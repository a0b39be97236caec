"""Proposals on the real stages: a frozen package moves its units, and no act goes past a proposal."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.support import nominating, stages
from tests.support.planning import YEAR, Planning


@dataclass(frozen=True)
class Case:
    """A unit whose proposal is handed in and not frozen yet."""

    planning: Planning
    agency: str
    unit: str
    nomination: str

    async def send(
        self, method: str, path: str, role: str, version: str = "*", **body: Any
    ) -> httpx2.Response:
        headers = self.planning.headers(role, self.unit, agency=self.agency) | {"If-Match": version}
        sent: dict[str, Any] = {"json": body} if method == "POST" else {}
        return await self.planning.client.request(method, path, headers=headers, **sent)

    async def act(self, name: str, role: str, **body: Any) -> httpx2.Response:
        return await self.send("POST", f"/units/{self.unit}/stages/{YEAR}/acts/{name}", role, **body)

    async def nominate(self, act: str, version: int, **body: Any) -> httpx2.Response:
        path = f"/nominations/{self.nomination}/{act}"
        return await self.send("POST", path, "agency_head", f'"{version}"', **body)

    async def stage(self) -> str:
        found = await self.send("GET", f"/units/{self.unit}/stages/{YEAR}", "agency_head")
        return str(found.json()["stage"])

    async def close_window(self) -> None:
        made = await self.planning.client.put(
            f"/windows/{YEAR}/pengusulan",
            params={"agency_id": self.agency},
            json={"closes_on": "2020-01-01", "reason": "uji"},
            headers=self.planning.issuer.headers("admin", level="national") | {"If-Match": "*"},
        )
        assert made.status_code == 200, made.text

    async def wait(self, stage: str = "pengusulan") -> None:
        """Let the assessment stand at a stage, with the window of proposals open."""
        await stages.lead_to(self.planning, self.unit, stage, agency=self.agency)
        await stages.let_propose(self.planning, self.agency)


@pytest.fixture
async def proposed(planning: Planning) -> Case:
    agency = f"a-{uuid4().hex[:8]}"
    unit = await planning.programme(agency=agency)
    made = await nominating.everything(planning.client, planning.issuer, agency, unit, YEAR)
    head = planning.headers("agency_head", unit, agency=agency)
    sptjm = (await nominating.paper(planning.client, head, agency, "sptjm"))["document_id"]
    case = Case(planning, agency, unit, made["nomination_id"])
    handed_in = await case.nominate("submit", 1, letter_id=made["document_id"], sptjm_id=sptjm)
    assert handed_in.status_code == 200, handed_in.text
    return case


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_frozen_package_moves_its_unit_and_a_withdrawal_ends_it(proposed: Case) -> None:
    await proposed.wait()
    frozen = await proposed.nominate("packages", 2)
    assert frozen.status_code == 200, frozen.text
    assert await proposed.stage() == "pra_evaluasi"
    again = await proposed.nominate("packages", 3, reason="Nama dibetulkan.")
    assert (again.status_code, await proposed.stage()) == (200, "pra_evaluasi")
    gone = await proposed.nominate("withdraw", 4, reason="Ditunda.")
    assert (gone.status_code, await proposed.stage()) == (200, "ditarik")


async def test_after_the_window_what_was_frozen_is_no_other_thing(proposed: Case) -> None:
    await proposed.wait()
    assert (await proposed.nominate("packages", 2)).status_code == 200
    await proposed.close_window()
    path, head = (
        f"/nominations/{proposed.nomination}",
        proposed.planning.headers("agency_head", proposed.unit, agency=proposed.agency),
    )
    body = {"units": [{"unit_id": proposed.unit, "category": "WBBM"}]}
    softer = await proposed.planning.client.put(path, json=body, headers=head | {"If-Match": '"3"'})
    assert refused(softer) == (409, "nomination_state")


async def test_a_proposal_is_withdrawn_past_a_unit_that_was_refused(proposed: Case) -> None:
    await proposed.wait()
    assert (await proposed.nominate("packages", 2)).status_code == 200
    await proposed.wait("ditolak")
    gone = await proposed.nominate("withdraw", 3, reason="Ditunda.")
    assert (gone.status_code, await proposed.stage()) == (200, "ditolak")


@pytest.mark.parametrize("stage", ["ditetapkan", "dicabut"])
async def test_what_was_decided_is_not_taken_back(proposed: Case, stage: str) -> None:
    await proposed.wait()
    assert (await proposed.nominate("packages", 2)).status_code == 200
    await proposed.wait(stage)
    gone = await proposed.nominate("withdraw", 3, reason="Ditunda.")
    assert (*refused(gone), await proposed.stage()) == (409, "nomination_state", stage)


async def test_past_pre_evaluation_a_unit_is_proposed_for_nothing_else(proposed: Case) -> None:
    await proposed.wait()
    assert (await proposed.nominate("packages", 2)).status_code == 200
    await proposed.wait("desk")
    path = f"/nominations/{proposed.nomination}"
    headers = proposed.planning.headers("agency_head", proposed.unit, agency=proposed.agency)

    async def put(version: int, category: str) -> httpx2.Response:
        body = {"units": [{"unit_id": proposed.unit, "category": category}]}
        return await proposed.planning.client.put(
            path, json=body, headers=headers | {"If-Match": f'"{version}"'}
        )

    assert refused(await put(3, "WBBM")) == (409, "nomination_state")
    same = await put(3, "WBK")
    assert (same.status_code, same.json()["state"], same.json()["version"]) == (200, "frozen", 3), "no change"


async def test_before_the_review_is_over_or_outside_the_window_nothing_is_frozen(proposed: Case) -> None:
    await proposed.wait("penilaian_tpi")
    early = await proposed.nominate("packages", 2)
    assert [error["code"] for error in early.json()["errors"]] == ["illegal_transition"]
    await proposed.wait()
    await proposed.close_window()
    late = await proposed.nominate("packages", 2)
    assert [error["code"] for error in late.json()["errors"]] == ["closed_window"]
    assert await proposed.stage() == "pengusulan"


async def test_no_act_goes_past_the_proposal(proposed: Case) -> None:
    await proposed.wait()
    assert refused(await proposed.act("propose", "agency_head")) == (409, "nomination_state")
    assert (await proposed.nominate("packages", 2)).status_code == 200
    alone = await proposed.act("withdraw", "agency_head", reason="Ditunda.")
    assert refused(alone) == (409, "nomination_state")


async def test_a_unit_that_fails_pre_evaluation_is_not_accepted(proposed: Case) -> None:
    await proposed.wait()
    assert (await proposed.nominate("packages", 2)).status_code == 200
    answer = await proposed.act("accept", "tpn")
    assert refused(answer) == (409, "gates_failed")
    assert len(answer.json()["gates"]) == 12
    assert await proposed.stage() == "pra_evaluasi"
