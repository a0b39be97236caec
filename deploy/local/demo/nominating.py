"""What the sample agency proposes: its preconditions, an earlier predicate, and a frozen package."""

import asyncio
from collections.abc import Mapping
from datetime import date

from deploy.local.demo.agency import AGENCY_ID, AGENCY_NAME
from deploy.local.demo.api import Api, actor
from deploy.local.demo.evidence import pdf
from shared.instruments.lke import Predicate

AGENCY_TYPE = "lembaga"
AGENCY_FACTS = {"opini_bpk": "WTP", "spip": "3", "sakip_instansi": "BB", "indeks_rb": "BB", "kkn": "tidak"}
UNIT_FACTS = {
    "sakip_unit": "BB",
    "layanan_inti": "ya",
    "dampak_publik": "ya",
    "tlhp": "100",
    "lhkpn_lhkasn": "100",
    "lama_zi": "3",
}
SIGNATORY = "Kepala Badan"
FIRST = '"1"'
"""The version of what nobody has told yet."""


async def prepare(api: Api, year: int, *, key: str) -> None:
    """Say what kind of agency it is, and how its preconditions stand."""
    admin = actor("admin", "")
    body = {"agency_type": AGENCY_TYPE}
    path = f"/agencies/{AGENCY_ID}"
    await api.command("PUT", "planning", path, admin, body, key=f"{key}-agency-type", if_match="*")
    await _tell(api, f"{path}/preconditions/{year}", AGENCY_FACTS, key=f"{key}-agency-facts")


async def propose(api: Api, unit: str, year: int, category: Predicate, on: date, *, key: str) -> None:
    """Put a unit forward with letter and SPTJM of a day, and freeze the package, which moves its stage.

    Who aims at WBBM has had WBK for two years.
    """
    head = actor("agency_head", "")
    await _tell(api, f"/units/{unit}/preconditions/{year}", UNIT_FACTS, key=f"{key}-facts")
    if category == "WBBM":
        decree = {"number": "SK-77", "dated_on": f"{year - 2}-12-10", "signatory": "Menteri PANRB"}
        body = {"predicate": "WBK", "decree": decree}
        await api.post("planning", f"/units/{unit}/predicates", actor("admin", unit), body, key=f"{key}-wbk")
    letter, sptjm = await asyncio.gather(
        *(_paper(api, kind, on, key=f"{key}-{kind}") for kind in ("letter", "sptjm"))
    )
    units = [{"unit_id": unit, "category": category}]
    made = await api.post(
        "planning",
        "/nominations",
        head,
        {"agency_id": AGENCY_ID, "year": year, "units": units},
        key=f"{key}-proposal",
    )
    path = f"/nominations/{made.body['nomination_id']}"
    papers = {"letter_id": letter, "sptjm_id": sptjm}
    handed_in = await api.post(
        "planning", f"{path}/submit", head, papers, key=f"{key}-submit", if_match=made.etag
    )
    await api.post("planning", f"{path}/packages", head, {}, key=f"{key}-package", if_match=handed_in.etag)


async def _tell(api: Api, path: str, facts: Mapping[str, str], *, key: str) -> None:
    sent = [{"code": code, "value": value} for code, value in facts.items()]
    await api.post("planning", path, actor("admin", ""), {"facts": sent}, key=key, if_match=FIRST)


async def _paper(api: Api, kind: str, on: date, *, key: str) -> str:
    """Bring a paper of the agency and return its id."""
    about = {"number": f"{kind.upper()}-1/{on.year}", "dated_on": on.isoformat(), "signatory": SIGNATORY}
    made = await api.post(
        "planning",
        f"/agencies/{AGENCY_ID}/documents",
        actor("agency_head", ""),
        key=key,
        params={"kind": kind, **about},
        files={"file": (f"{kind}.pdf", pdf(AGENCY_NAME, kind, *about.values()), "application/pdf")},
    )
    return str(made.body["document_id"])
