"""The frame all pages of planning stand in."""

from pathlib import Path

from shared.http.pages.rendering import Pages

PAGES = Pages(title="Perencanaan", folder=Path(__file__).parents[1])
