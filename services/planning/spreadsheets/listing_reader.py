"""Read a file of things, xlsx or csv, in a process of its own."""

from dataclasses import asdict

from services.planning.spreadsheets.grid_reader import read_by
from services.planning.spreadsheets.limits import Limits
from services.planning.spreadsheets.listing import Layout, Listing, of_refusal, read_listing
from shared.files.inspection.package import RefusedPackageError

_CHILD = "services.planning.spreadsheets.listing_child"


def read_listing_file(content: bytes, limits: Limits, layout: Layout) -> Listing:
    """Return what a file says. Never raises for what is in the file; blocks, so use a thread."""
    try:
        grid = read_by(_CHILD, content, {"limits": asdict(limits)}, limits)
    except RefusedPackageError as refused:
        return of_refusal(refused)
    return read_listing(grid, layout)
