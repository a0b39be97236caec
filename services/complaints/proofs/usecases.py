"""Make the proof of a filing, and tell whether a code is one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.complaints import units
from services.complaints.proofs import store
from services.complaints.proofs.domain import Filing, body_of, code_of, hash_of, signed_text, taken_apart
from shared.kernel import Zone
from shared.security.signing import Signer, is_signed


@dataclass(frozen=True, slots=True)
class Proof:
    """A code and what it says; `unit_name` as the unit is called now, None where nobody knows it."""

    code: str
    filing: Filing
    unit_name: str | None


async def proof_of(session: AsyncSession, signer: Signer, case_id: UUID) -> Proof:
    """Return the proof that a case was filed: the same each time, until it goes to another unit.

    Keeps the public key of this signer, for codes live longer than secrets.
    """
    row = await store.filed(session, case_id)
    content_hash = hash_of(row["tracking_id"], row["content"])
    filing = Filing(content_hash)
    if not row["is_content_secret"]:
        filing = Filing(
            content_hash,
            row["tracking_id"],
            row["unit_id"],
            Zone(row["zone"] or Zone.WIB),
            row["received_at"].replace(microsecond=0),
            row["channel_kind"],
        )
    body = body_of(filing, signer.key_id)
    await store.keep_key(session, signer.key_id, signer.public_key)
    return Proof(code_of(body, signer.sign(signed_text(body))), filing, await _name(session, filing))


async def check(session: AsyncSession, signer: Signer, typed: str) -> Proof | None:
    """Return the proof behind what somebody typed, None for everything else; no case is looked up."""
    found = taken_apart(typed)
    if found is None:
        return None
    public_key = (
        signer.public_key if found.key_id == signer.key_id else await store.key(session, found.key_id)
    )
    if public_key is None or not is_signed(public_key, found.signed, found.signature):
        return None
    filing = found.filing()
    return Proof("".join(typed.split()).rpartition("/")[2], filing, await _name(session, filing))


async def _name(session: AsyncSession, filing: Filing) -> str | None:
    unit = await units.get(session, filing.unit_id) if filing.unit_id else None
    return None if unit is None else unit.name
