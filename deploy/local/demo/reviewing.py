"""The stages of the sample's assessments: who assesses, and the acts that lead to each layer."""

from deploy.local.demo.agency import AGENCY_ID
from deploy.local.demo.api import Api, actor

TEAM = "contoh-tpi-1"
ACTS = {
    "tpi": (("submit", "unit_leader"),),
    "tpn": (
        ("finish_round", "tpi"),
        ("finish_round", "tpi"),
        ("propose", "agency_head"),
        ("accept", "tpn"),
    ),
}
"""What happens before a layer is written, by whom."""


async def prepare(api: Api, year: int, *, key: str) -> None:
    """Announce the time of proposals and enter the agency's assessors."""
    admin = actor("admin", "")
    await api.command(
        "PUT",
        "planning",
        f"/windows/{year}/pengusulan",
        admin,
        {"closes_on": f"{year}-12-31"},  # so that the sample can be entered on any day
        key=f"{key}-window",
        if_match="*",
        params={"agency_id": AGENCY_ID},
    )
    team = {"team_id": TEAM, "layer": "tpi", "name": "Tim Penilai Internal 1", "agency_id": AGENCY_ID}
    await api.post("planning", "/assessor-teams", admin, team, key=f"{key}-team")
    person = {
        "team_id": TEAM,
        "subject": actor("tpi", "").subject,
        "organisation": "Inspektorat",
        "role": "pengendali_teknis",
    }
    await api.post("planning", "/assessors", admin, person, key=f"{key}-assessor")


async def lead_to(api: Api, unit: str, year: int, layer: str, *, key: str) -> None:
    """Lead an assessment from the layer below to where this one is written."""
    path = f"/units/{unit}/stages/{year}"
    if layer == "tpi":
        admin = actor("admin", unit)
        await api.command(
            "PUT", "planning", f"{path}/team", admin, {"team_id": TEAM}, key=f"{key}-team", if_match="*"
        )
    for number, (act, role) in enumerate(ACTS[layer]):
        by = actor(role, "" if role == "agency_head" else unit)  # the head acts for all of the agency
        await api.post("planning", f"{path}/acts/{act}", by, {}, key=f"{key}-{number}", if_match="*")
