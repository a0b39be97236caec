"""The stages of the sample's assessments: who assesses, until when, and the acts that lead on."""

import asyncio

from deploy.local.demo.agency import AGENCY_ID
from deploy.local.demo.api import Actor, Api, actor

TEAM = "contoh-tpi-1"
WINDOWS = ("pengisian", "penilaian_tpi", "pengusulan", "pra_evaluasi", "desk", "lapangan")
"""All last to the end of the year, so that the sample is open on any day."""
ORGANISATION = "Inspektorat"
OTHER_ASSESSOR = Actor(f"dev-tpi-{AGENCY_ID}", {"role": "tpi", "agency": AGENCY_ID})
"""Whom `zi token --role tpi --agency contoh` speaks for."""
FINDING = {
    "item_code": "A.I.1.i.a",
    "text": "SK tim kerja belum terlihat. Lampirkan SK yang berlaku tahun ini.",
}
REASON = "Jawab temuan pada A.I.1.i.a, lalu serahkan kembali."


async def prepare(api: Api, year: int, *, key: str) -> None:
    """Announce the windows and enter the agency's assessors."""
    admin = actor("admin", "")
    team = {"team_id": TEAM, "layer": "tpi", "name": "Tim Penilai Internal 1", "agency_id": AGENCY_ID}
    await asyncio.gather(
        api.post("planning", "/assessor-teams", admin, team, key=f"{key}-team"),
        *(
            api.command(
                "PUT",
                "planning",
                f"/windows/{year}/{window}",
                admin,
                {"closes_on": f"{year}-12-31"},
                key=f"{key}-window-{window}",
                if_match="*",
                params={"agency_id": AGENCY_ID},
            )
            for window in WINDOWS
        ),
    )
    for subject, role in ((actor("tpi", "").subject, "pengendali_teknis"), (OTHER_ASSESSOR.subject, "ketua")):
        person = {"team_id": TEAM, "subject": subject, "organisation": ORGANISATION, "role": role}
        await api.post("planning", "/assessors", admin, person, key=f"{key}-assessor-{role}")


async def hand_in(api: Api, unit: str, year: int, *, key: str) -> None:
    """Hand a worksheet in and give it to the assessors."""
    path = f"/units/{unit}/stages/{year}"
    await api.command(
        "PUT",
        "planning",
        f"{path}/team",
        actor("admin", unit),
        {"team_id": TEAM},
        key=f"{key}-team",
        if_match="*",
    )
    await _act(api, unit, year, "submit", actor("unit_leader", unit), key=key)


async def give_back(api: Api, unit: str, year: int, *, key: str) -> None:
    """Give a worksheet back with a finding that its unit has to answer."""
    tpi = actor("tpi", unit)
    await api.post("planning", f"/units/{unit}/stages/{year}/findings", tpi, FINDING, key=f"{key}-finding")
    await _act(api, unit, year, "return", tpi, reason=REASON, key=key)


async def end_rounds(api: Api, unit: str, year: int, *, key: str) -> None:
    """End both rounds of the assessors."""
    for number in (1, 2):
        await _act(api, unit, year, "finish_round", actor("tpi", unit), key=f"{key}-{number}")


async def accept(api: Api, unit: str, year: int, *, key: str) -> None:
    """Let a proposed unit pass to the desk of the national team."""
    await _act(api, unit, year, "accept", actor("tpn", unit), key=key)


async def _act(api: Api, unit: str, year: int, name: str, by: Actor, *, key: str, reason: str = "") -> None:
    path = f"/units/{unit}/stages/{year}/acts/{name}"
    body = {"reason": reason} if reason else {}
    await api.post("planning", path, by, body, key=f"{key}-{name}", if_match="*")
