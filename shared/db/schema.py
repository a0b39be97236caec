"""Which schema a process needs: read from the migrations, without the weight of Alembic at each start."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)


def scripts(service: str) -> Traversable:
    """Return the folder of a service's migrations; their names begin with a number, in order."""
    return files(f"services.{service}") / "migrations" / "versions"


def revisions(service: str) -> list[str]:
    """Return a service's revisions from oldest to newest."""
    found = sorted((file.name, file) for file in scripts(service).iterdir() if file.name.endswith(".py"))
    return [revision for _, file in found for revision in _REVISION.findall(file.read_text())]


class SchemaCheck:
    """Compares the database's revision with this code's; the files are read once."""

    def __init__(self, service: str) -> None:
        *older, _newest = revisions(service)
        self._older = frozenset(older)

    async def is_current(self, session: AsyncSession) -> bool:
        """Tell whether the schema is at least ours: an older one is refused, a newer one accepted."""
        found = await session.scalar(text("SELECT version_num FROM alembic_version"))
        return found is not None and found not in self._older
