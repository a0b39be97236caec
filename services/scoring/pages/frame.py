"""The frame all pages of scoring stand in."""

from pathlib import Path

from shared.http.pages.rendering import Pages

PAGES = Pages(title="Papan nilai", folder=Path(__file__).parents[1])
UNPROCESSABLE = 422
