"""What reporters and officers do with a complaint, through the public API."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from deploy.local.demo.api import Api, RefusedError, actor
from deploy.local.demo.complaints import Complaint, Story, texts

PRIVACY_NOTICE = "1"
TEAM = {
    "name": "Tim Penanganan Pengaduan",
    "decree_number": "SK-04/2025",
    "decreed_on": "2025-01-02",
    "valid_from": "2025-01-02",
    "streams": ["masyarakat", "pelayanan"],
}
"""The decree by which each unit of the sample appoints its handler."""
LATE_ENTRY = timedelta(days=1)
ROLES = {
    "request_completion": "complaint_officer",
    "complete": "complaint_officer",
    "verify": "complaint_officer",
    "dispose": "complaint_supervisor",
    "follow_up": "case_handler",
    "respond": "case_handler",
    "approve": "case_approver",
}


@dataclass(frozen=True)
class Case:
    """A complaint that was entered; `receipt` is what its reporter holds."""

    id: str
    unit: str
    story: Story
    receipt: str
    version: int


async def enter_handlers(api: Api, units: Iterable[str], *, key: str | None = None) -> None:
    """Let the supervisor enter each unit's handler and appoint them, so that they can be given complaints."""
    for unit in units:
        body = {"unit_id": unit, "handler": actor("case_handler", unit).subject}
        own_key = None if key is None else f"{key}-{unit}-handler"
        supervisor = actor("complaint_supervisor", unit)
        await api.post("complaints", "/handlers", supervisor, body, key=own_key)
        if key is None and await _has_team(api, unit):
            continue
        team = TEAM | {"unit_ids": [unit], "members": [{"subject": body["handler"], "role": "ketua"}]}
        own_key = None if key is None else f"{key}-{unit}-team"
        await api.post("complaints", "/handling-units", supervisor, team, key=own_key)


async def _has_team(api: Api, unit: str) -> bool:
    supervisor = actor("complaint_supervisor", unit)
    served = [one async for one in api.pages("complaints", "/handling-units", supervisor, unit=unit)]
    return any(found["standing"] == "in_force" for found in served)


async def enter(
    api: Api, unit: str, complaint: Complaint, received_at: datetime, *, key: str | None = None
) -> Case:
    """Enter a complaint as the unit's officer."""
    body = {
        "unit_id": unit,
        "text": complaint.story.text,
        "stream": complaint.story.stream,
        "privacy_notice": PRIVACY_NOTICE,
        "channel": complaint.channel,
        "received_at": received_at.isoformat(),
    }
    if complaint.age > LATE_ENTRY:
        body["backdate_reason"] = "Surat baru diteruskan dari kantor lama."
    made = (await api.post("complaints", "/cases", actor("complaint_officer", unit), body, key=key)).body
    return Case(made["id"], unit, complaint.story, made["receipt"], made["version"])


async def act(api: Api, case: Case, name: str, rng: random.Random, *, key: str | None = None) -> Case:
    """Let the right person do one act on the case."""
    if name == "accept":
        return await _accept(api, case)
    done = await api.post(
        "complaints",
        f"/cases/{case.id}/{name.replace('_', '-')}",
        actor(ROLES[name], case.unit),
        _body(case, name, rng),
        key=key,
        if_match=f'"{case.version}"',
    )
    return replace(case, version=done.body["version"])


def _body(case: Case, name: str, rng: random.Random) -> Mapping[str, Any]:
    words, story = texts(), case.story
    outcome, answer = rng.choice(words["answers"])
    is_breach = None if story.stream == "masyarakat" else outcome == "terbukti"
    bodies: dict[str, Mapping[str, Any]] = {
        "request_completion": {"missing": rng.choice(words["missing_facts"])},
        "complete": {"text": words["completion"]},
        "verify": {"stream": story.stream, "case_class": story.case_class, "unit_id": case.unit},
        "dispose": {"handler": actor("case_handler", case.unit).subject},
        "follow_up": {
            "text": rng.choice(words["follow_up"]),
            "no_evidence_reason": words["no_evidence_reason"],
        },
        "respond": {
            "text": answer,
            "outcome": outcome,
            "evidence": ["Berita acara"],
            "is_standard_breach": is_breach,
        },
        "approve": {},
    }
    return bodies[name]


async def _accept(api: Api, case: Case) -> Case:
    """Let the reporter accept the answer; accepting twice is as good as once."""
    async with api.receipts:
        session = await api.post("complaints", "/public/receipt-sessions", None, {"receipt": case.receipt})
    headers = {"X-Receipt-Session": session.body["token"]}
    try:
        done = await api.send("POST", "complaints", "/public/my-case/accept", None, headers=headers)
    except RefusedError as refused:
        if refused.code != "illegal_transition":
            raise
        return case
    return replace(case, version=done.body["version"])
