"""HTTP: one application factory, and what every route has in common.

A service imports from here:

    from shared.http import Caller, Commands, IfMatch, Page, PageById, PageCaller, Pages, create_app
"""

from shared.http.app import create_app
from shared.http.command import Command, Commands
from shared.http.guard import Caller, PageCaller
from shared.http.limits import limited
from shared.http.paging import Page, PageById, PageParameters, paged
from shared.http.rendering import MenuEntry, Pages
from shared.http.versions import IfMatch, etag

__all__ = [
    "Caller",
    "Command",
    "Commands",
    "IfMatch",
    "MenuEntry",
    "Page",
    "PageById",
    "PageCaller",
    "PageParameters",
    "Pages",
    "create_app",
    "etag",
    "limited",
    "paged",
]
