"""Calls that several commands make."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.cli.client import Client


def every_row(api: Client, path: str, **query: Any) -> Iterator[Any]:
    """Yield the rows of every page of a list."""
    cursor: str | None = None
    while True:
        page = api.get(path, cursor=cursor, limit=200, **query)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def upload_file(
    api: Client, path: str, file: Path, *, if_match: str | None = None, method: str = "POST", **query: Any
) -> Any:
    """Send a file as what its name says it is, and return the answer."""
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with file.open("rb") as content:
        return api.upload(
            path, content, file.name, media_type=media_type, if_match=if_match, method=method, **query
        )
