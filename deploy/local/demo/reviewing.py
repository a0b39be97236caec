"""The stages of the sample's assessments: who assesses, until when, and the acts that lead on."""

import asyncio

from deploy.local.demo.agency import AGENCY_ID
from deploy.local.demo.api import Actor, Api, actor

TEAM, NATIONAL_TEAM = "contoh-tpi-1", "contoh-tpn-1"
WINDOWS = ("pengisian", "penilaian_tpi", "pengusulan", "pra_evaluasi", "desk", "lapangan")
"""All last to the end of the year, so that the sample is open on any day."""
NATIONAL_ADMIN = Actor("dev-admin", {"role": "admin"})
"""Whom `zi token --role admin` speaks for: the days of national stages and the national team are theirs."""
ORGANISATION = "Inspektorat"
OTHER_ASSESSOR = Actor(f"dev-tpi-{AGENCY_ID}", {"role": "tpi", "agency": AGENCY_ID})
"""Whom `zi token --role tpi --agency contoh` speaks for."""
FINDING = {
    "item_code": "A.I.1.i.a",
    "text": "SK tim kerja belum terlihat. Lampirkan SK yang berlaku tahun ini.",
}
REASON = "Jawab temuan pada A.I.1.i.a, lalu serahkan kembali."


async def prepare(api: Api, year: int, *, key: str) -> None:
    """Announce the windows and enter the assessors of agency and nation."""
    admin = actor("admin", "")
    team = {"team_id": TEAM, "layer": "tpi", "name": "Tim Penilai Internal 1", "agency_id": AGENCY_ID}
    national = {"team_id": NATIONAL_TEAM, "layer": "tpn", "name": "Tim Penilai Nasional 1"}
    await asyncio.gather(
        api.post("planning", "/assessor-teams", admin, team, key=f"{key}-team"),
        api.post("planning", "/assessor-teams", NATIONAL_ADMIN, national, key=f"{key}-national-team"),
        *(
            api.command(
                "PUT",
                "planning",
                f"/windows/{year}/{window}",
                NATIONAL_ADMIN,
                {"closes_on": f"{year}-12-31"},
                key=f"{key}-window-{window}",
                if_match="*",
                params={"agency_id": AGENCY_ID},
            )
            for window in WINDOWS
        ),
    )
    for team_id, subject, organisation, role, by in (
        (TEAM, actor("tpi", "").subject, ORGANISATION, "pengendali_teknis", admin),
        (TEAM, OTHER_ASSESSOR.subject, ORGANISATION, "ketua", admin),
        (NATIONAL_TEAM, actor("tpn", "").subject, "Kementerian PANRB", "ketua", NATIONAL_ADMIN),
    ):
        person = {"team_id": team_id, "subject": subject, "organisation": organisation, "role": role}
        await api.post("planning", "/assessors", by, person, key=f"{key}-assessor-{team_id}-{role}")


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
    """Let a proposed unit pass to the desk, and give it to the national team."""
    await _act(api, unit, year, "accept", actor("tpn", unit), key=key)
    await api.command(
        "PUT",
        "planning",
        f"/units/{unit}/stages/{year}/team",
        NATIONAL_ADMIN,
        {"team_id": NATIONAL_TEAM},
        key=f"{key}-national-team",
        if_match="*",
    )


async def _act(api: Api, unit: str, year: int, name: str, by: Actor, *, key: str, reason: str = "") -> None:
    path = f"/units/{unit}/stages/{year}/acts/{name}"
    body = {"reason": reason} if reason else {}
    await api.post("planning", path, by, body, key=f"{key}-{name}", if_match="*")
