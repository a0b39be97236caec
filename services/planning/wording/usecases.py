"""Load an edition's official texts from a workbook, and read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.spreadsheets.findings import Finding, refuse_errors
from services.planning.wording import store
from services.planning.wording.domain import Loaded, Wording, changed
from services.planning.wording.reading import WordingReading
from shared import audit
from shared.instruments.lke import lke_instrument
from shared.kernel import NotFoundError
from shared.security import Principal

NOTHING: Mapping[str, Wording] = MappingProxyType({})
_KEPT: dict[str, tuple[Loaded, Mapping[str, Wording]]] = {}
"""The newest texts of each edition that this process has read."""


@dataclass(frozen=True, slots=True)
class Loading:
    """What a workbook would change or has changed; `loaded` is what counts then, None for nothing yet.

    `changed` names items whose texts are new or other ones, `is_written` says whether they stand now.
    """

    edition: str
    loaded: Loaded | None
    texts: Mapping[str, Wording]
    changed: Sequence[str]
    findings: Sequence[Finding]
    is_accepted: bool
    is_written: bool


def check_edition(edition: str) -> None:
    """Raise `NotFoundError` for an edition that the LKE does not have."""
    if edition not in lke_instrument().editions:
        raise NotFoundError("Edisi LKE ini tidak dikenal.")


async def wording_of(session: AsyncSession, edition: str) -> Mapping[str, Wording]:
    """Return the official texts of an edition by item, none where nobody loaded them.

    One small statement when this process has read the newest ones before.
    """
    return (await read_wording(session, edition))[1]


async def read_wording(session: AsyncSession, edition: str) -> tuple[Loaded | None, Mapping[str, Wording]]:
    """Return where an edition's texts came from, and the texts; as `wording_of`."""
    loaded = await store.newest(session, edition)
    if loaded is None:
        return None, NOTHING
    kept = _KEPT.get(edition)
    if kept is None or kept[0] != loaded:
        kept = _KEPT[edition] = loaded, MappingProxyType(dict(await store.texts(session, loaded)))
    return kept


async def check_texts(session: AsyncSession, edition: str, reading: WordingReading) -> Loading:
    """Return what a workbook would change, nothing when it has an error; nothing is written."""
    loaded, before = await read_wording(session, edition)
    new = [] if reading.errors else changed(before, reading.texts)
    return _loading(edition, loaded, reading, new, is_written=False)


async def load_texts(
    session: AsyncSession, actor: Principal, edition: str, reading: WordingReading, sha256: str
) -> Loading:
    """Make the texts of a workbook those of its edition; what was before is kept under its version.

    The same texts once more change nothing. Raises `WorkbookRefusedError` with every error.
    """
    refuse_errors(reading.errors)
    await store.lock(session, edition)
    before = await store.newest(session, edition)
    new = changed(NOTHING if before is None else await store.texts(session, before), reading.texts)
    if not new:
        return _loading(edition, before, reading, new, is_written=False)
    version = 1 if before is None else before.version + 1
    loaded = Loaded(edition, version, sha256, actor.subject, datetime.now(UTC))
    await store.insert(session, loaded, reading.texts)
    await audit.record(
        session,
        actor=actor,
        operation="load_wording",
        entity="wording",
        entity_id=edition,
        version=version,
        changes={"sha256": sha256, "items": len(reading.texts), "changed": list(new)},
    )
    return _loading(edition, loaded, reading, new, is_written=True)


def _loading(
    edition: str, loaded: Loaded | None, reading: WordingReading, new: Sequence[str], *, is_written: bool
) -> Loading:
    is_accepted = not reading.errors
    return Loading(edition, loaded, reading.texts, new, reading.findings, is_accepted, is_written)
