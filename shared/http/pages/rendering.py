"""Pages: Jinja2 over the shared layout, with Indonesian numbers, dates and times.

    pages = Pages(title="Pengaduan", folder=Path(__file__).parent, menu=(("Kotak masuk", "/"),))
    return pages.page(request, "inbox.html", rows=rows, status=200)

Templates extend `layout.html` (blocks: title, answer, main, script) and import `parts.html` for forms, badges
and bars. Escaping is always on, and a name that a template does not get is an error.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from shared import indonesian
from shared.http.paths import local_path, login_url
from shared.http.typed import Typed
from shared.kernel import Zone

SHARED_TEMPLATES = Path(__file__).parent / "templates"
FORGET = {"Clear-Site-Data": '"cache"'}
"""For leaving a shared computer: browsers drop what they hold of our pages, also those behind Back."""
SHARED_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One link of the main menu; shown to everybody, or only to holders of one of `roles`."""

    label: str
    href: str
    roles: frozenset[str] = frozenset()


class Pages:
    """Renders the pages of one service. `folder` holds `templates/`.

    `labels` names the fields that people type text into: a refusal shows them with what was typed.
    `cookies` stand for a person without a log-in, the first that is there: their forms carry its token.
    `own_page` (label and address) is where such a person starts, for the way on from a refusal.
    `carried` names the fields that our pages fill in: a form of nothing else is not offered to be sent again.
    Files for browsers are the shared ones only: behind the front door one service serves `/static/` for all.
    """

    def __init__(
        self,
        *,
        title: str,
        folder: Path,
        menu: Sequence[MenuEntry] = (),
        cookies: Sequence[str] = (),
        own_page: tuple[str, str] | None = None,
        carried: Collection[str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.title = title
        self._labels = dict(labels or {})
        self.cookies = tuple(cookies)
        self.carried = frozenset(carried)
        self._own_page = own_page
        self._menu = tuple(menu)
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder / "templates"), FileSystemLoader(SHARED_TEMPLATES)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(indonesian.FILTERS)
        self._environment.globals.update(service_title=title, Zone=Zone)

    def page(
        self,
        request: Request,
        template: str,
        /,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """Render a template to a response."""
        return HTMLResponse(self.text(request, template, **context), status, headers=dict(headers or {}))

    def text(self, request: Request, template: str, /, **context: Any) -> str:
        """Render a template to text; also for the fragments that live pages send."""
        session = getattr(request.state, "page_session", None)
        roles = frozenset() if session is None else session.principal.roles
        path = request.url.path
        given: dict[str, Any] = {"login_url": login_url(local_path(path))} | context
        return self._environment.get_template(template).render(
            given,
            session=session,
            csrf=getattr(request.state, "form_token", None),
            menu=[entry for entry in self._menu if not entry.roles or entry.roles & roles],
            path=path,
        )

    def error(
        self,
        request: Request,
        *,
        status: int,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        typed: Typed | None = None,
    ) -> HTMLResponse:
        """Render the error page: what happened, and the next step; `typed` comes back to be sent again."""
        return self.page(
            request,
            "error.html",
            status=status,
            headers=headers,
            code=status,
            heading=title,
            detail=detail,
            typed=typed,
            labels=self._labels,
            own_page=self._own_page if any(name in request.cookies for name in self.cookies) else None,
            login_url=login_url(_speaking_path(request)),
        )


def _speaking_path(request: Request) -> str:
    """Return where a log-in leads back to from an error: no path that may hold what somebody typed."""
    is_plain = "route" in request.scope and not request.path_params
    return local_path(request.url.path) if is_plain and request.method == "GET" else "/"
