"""A file from somebody else as a browser keeps it: never shown, never run in our name."""

from urllib.parse import quote


def attachment(name: str, size_bytes: int) -> dict[str, str]:
    """Return the headers of an answer that is such a file."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size_bytes),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
