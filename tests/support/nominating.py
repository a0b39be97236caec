"""What tests of nomination share: a unit that may be proposed, the papers of its agency, and proposals."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx2

from tests.support.planning import PDF
from tests.support.tokens import TestIssuer

AGENCY_FACTS = {
    "opini_bpk": "WTP", "spip": "3", "sakip_instansi": "BB",
    "indeks_rb": "BB", "kkn": "tidak",
}  # fmt: skip
UNIT_FACTS = {
    "sakip_unit": "BB", "layanan_inti": "ya", "dampak_publik": "ya", "tlhp": "100", "lhkpn_lhkasn": "100",
    "lama_zi": "2",
}  # fmt: skip
PAPER = {"number": "800/12/2026", "dated_on": "2026-05-18", "signatory": "Kepala Daerah"}
DECREE = {"number": "SK-77", "dated_on": "2024-12-10", "signatory": "Menteri PANRB"}


async def tell(
    client: httpx2.AsyncClient, headers: Mapping[str, str], path: str, facts: Mapping[str, Any]
) -> httpx2.Response:
    """Tell facts of the agency or unit whose preconditions are at `path`, on what stands there now."""
    present = await client.get(path, headers=headers)
    assert present.status_code == 200, present.text
    sent = [{"code": code, "value": value} for code, value in facts.items()]
    return await client.post(
        path, json={"facts": sent}, headers={**headers, "If-Match": present.headers["etag"]}
    )


async def local_government(client: httpx2.AsyncClient, headers: Mapping[str, str], agency: str) -> None:
    """Say that an agency is a district's government."""
    body = {"agency_type": "pemda_kabupaten_kota"}
    said = await client.put(f"/agencies/{agency}", json=body, headers={**headers, "If-Match": "*"})
    assert said.status_code == 200, said.text


async def paper(
    client: httpx2.AsyncClient,
    headers: Mapping[str, str],
    agency: str,
    kind: str,
    content: bytes = PDF,
    **about: str,
) -> dict[str, Any]:
    """Bring a paper of an agency and return it."""
    made = await client.post(
        f"/agencies/{agency}/documents",
        params={"kind": kind, **(about or PAPER)},
        files={"file": (f"{kind}.pdf", content, "application/pdf")},
        headers=headers,
    )
    assert made.status_code == 201, made.text
    return dict(made.json())


async def everything(
    client: httpx2.AsyncClient, issuer: TestIssuer, agency: str, unit: str, year: int
) -> dict[str, str]:
    """Let a unit with a programme be awarded, proposed and handed in; return the ids by parameter."""
    admin = issuer.headers("admin", level="agency", agencies=[agency])
    head = issuer.headers("agency_head", level="agency", agencies=[agency])
    await local_government(client, admin, agency)
    for path, facts in (
        (f"/agencies/{agency}/preconditions/{year}", AGENCY_FACTS),
        (f"/units/{unit}/preconditions/{year}", UNIT_FACTS),
    ):
        told = await tell(client, admin, path, facts)
        assert told.status_code == 200, told.text
    body = {"predicate": "WBK", "decree": DECREE}
    awarded = await client.post(f"/units/{unit}/predicates", json=body, headers=admin)
    assert awarded.status_code == 201, awarded.text
    proposed = await client.post(
        "/nominations",
        json={"agency_id": agency, "year": year, "units": [{"unit_id": unit, "category": "WBK"}]},
        headers=head,
    )
    assert proposed.status_code == 201, proposed.text
    letter = await paper(client, head, agency, "letter")
    return {
        "agency_id": agency,
        "document_id": letter["document_id"],
        "predicate_id": awarded.json()["predicate_id"],
        "nomination_id": proposed.json()["nomination_id"],
        "version": "1",
    }


async def frozen(
    client: httpx2.AsyncClient,
    issuer: TestIssuer,
    agency: str,
    unit: str,
    year: int,
    *,
    lead: Callable[[], Awaitable[object]],
) -> dict[str, str]:
    """Let a unit's proposal be handed in and frozen too; return the ids by parameter.

    `lead` brings its assessment to where it may be proposed.
    """
    made = await everything(client, issuer, agency, unit, year)
    await lead()
    head = issuer.headers("agency_head", level="agency", agencies=[agency])
    sptjm = (await paper(client, head, agency, "sptjm"))["document_id"]
    papers = {"letter_id": made["document_id"], "sptjm_id": sptjm}
    for version, (act, body) in enumerate((("submit", papers), ("packages", {})), 1):
        path = f"/nominations/{made['nomination_id']}/{act}"
        done = await client.post(path, json=body, headers=head | {"If-Match": f'"{version}"'})
        assert done.status_code == 200, done.text
    return made | {"sptjm_id": sptjm}
