"""The frame all pages of scoring stand in."""

from pathlib import Path

from services.scoring.access import READERS
from shared.http.addresses import SCOREBOARD
from shared.http.pages.rendering import MenuEntry, Pages

PAGES = Pages(
    title="Papan nilai",
    folder=Path(__file__).parents[1],
    menu=(MenuEntry("Semua unit", SCOREBOARD, READERS),),
)
