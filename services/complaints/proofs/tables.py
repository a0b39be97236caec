"""The public keys with which proofs of filing were ever signed."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from services.complaints.tables import Table, moment


class ProofKeyRow(Table, table=True):
    """A public key; it stays when the secret behind it is changed, for what was signed with it is genuine."""

    __tablename__ = "proof_key"

    key_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    public_key: bytes = Field(sa_type=LargeBinary)
    first_used_at: datetime = moment(has_default=True)


PROOF_KEY = ProofKeyRow.__table__
