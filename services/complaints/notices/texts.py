"""The desk's words, rhythms and frame of a mail."""

from functools import cache
from pathlib import Path

from shared.notices.catalogue import Catalogue


@cache
def catalogue() -> Catalogue:
    """Return the texts below `texts/`, read once; raises `CatalogueError`."""
    return Catalogue.load(Path(__file__).parent / "texts")
