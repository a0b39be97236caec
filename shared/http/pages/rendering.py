"""Pages: Jinja2 over the shared layout, with Indonesian numbers, dates and times.

    pages = Pages(title="Pengaduan", folder=Path(__file__).parent)
    return pages.page(request, "inbox.html", rows=rows, status=200)

Templates extend `layout.html` (blocks: title, answer, main, script) and import `parts.html` for forms, badges
and bars. Escaping is always on, and a name that a template does not get is an error.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from shared import indonesian
from shared.http import addresses
from shared.http.crosssite import shown_token
from shared.http.pages.kept import fields_of, kept_beside
from shared.http.pages.menu import landing, menu_of, public_menu, role_words
from shared.http.paths import local_path
from shared.http.problem import given_back
from shared.http.state import state_of
from shared.http.typed import Typed
from shared.kernel import Zone

if TYPE_CHECKING:
    from shared.http.login.sessions import PageSession

SHARED_TEMPLATES = Path(__file__).parent / "templates"
FORGET = {"Clear-Site-Data": '"cache"'}
"""For leaving a shared computer: browsers drop what they hold of our pages, also those behind Back."""
SHARED_STATIC = Path(__file__).parent / "static"
_REFUSED = 400
_WHEN_OPEN = "Salin yang masih diperlukan, atau kirim lagi dari sini setelah halaman ini menerimanya kembali."
_UNAUTHENTICATED = 401


class Pages:
    """Renders the pages of one service. `folder` holds `templates/`.

    `labels` names the fields that people type text into: a refusal shows them with what was typed.
    `cookies` stand for a person without a log-in, the first that is there: their forms carry its token.
    `own_page` (label and address) is where such a person starts, for the way on from a refusal.
    `carried` names the fields that our pages fill in: a form of nothing else is not offered to be sent again.
    Files for browsers are the shared ones only: behind the front door any service serves `/static/` for all.
    """

    def __init__(
        self,
        *,
        title: str,
        folder: Path,
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
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder / "templates"), FileSystemLoader(SHARED_TEMPLATES)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(indonesian.FILTERS)
        self._environment.globals.update(
            service_title=title, Zone=Zone, addresses=addresses, form_key=partial(token_urlsafe, 24)
        )

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
        text = self.text(request, template, is_refused=status >= _REFUSED, **context)
        if status >= _REFUSED and (typed := given_back(request)) is not None:
            text = self._with_kept(request, text, typed)
        return HTMLResponse(text, status, headers=dict(headers or {}))

    def text(self, request: Request, template: str, /, **context: Any) -> str:
        """Render a template to text; also for the fragments that live pages send.

        The title of a page that refuses (`is_refused`) says so first, for whom a screen reader reads it out.
        A template gets `session` (None without log-in), `csrf`, `path`, `logout_path`; and, unless `context`
        has its own, `is_public`, `menu`, `role_words`, `home` (where this reader's work begins), `login_url`.
        """
        session: PageSession | None = getattr(request.state, "page_session", None)
        path, login = request.url.path, state_of(request.app).login
        is_public = context.get("is_public", session is None or _is_for_everybody(request))
        given: dict[str, Any] = {
            "is_refused": False,
            "login_url": login.url(local_path(path)),
            "is_public": is_public,
            "menu": public_menu(path) if is_public or session is None else menu_of(session.principal, path),
            "role_words": "" if session is None else role_words(session.principal),
            "home": addresses.START if session is None else landing(session.principal),
        }
        return self._environment.get_template(template).render(
            given | context,
            session=session,
            csrf=shown_token(getattr(request.state, "form_token", None)),
            path=path,
            logout_path=login.logout,
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
        is_outdated: bool = False,
    ) -> HTMLResponse:
        """Render the error page: what happened, and the next step; `typed` comes back to be sent again.

        `is_outdated` says that this page's own form is right where the one that was sent was not.

        A way on never leads back here: whom the page of their own unit fails gets the scoreboard. No log-in
        is offered where only a token would help: only what is a page has looked for a session.
        """
        session: PageSession | None = getattr(request.state, "page_session", None)
        home = addresses.START if session is None else landing(session.principal)
        return self.page(
            request,
            "error.html",
            status=status,
            headers=headers,
            code=status,
            heading=title,
            detail=detail,
            typed=typed,
            fields=() if typed is None else fields_of(typed, self._label_of),
            action=_sent_to(request),
            is_outdated=is_outdated,
            is_sent=request.method == "POST",
            own_page=self._way_on(request),
            is_public=session is None,
            home=addresses.SCOREBOARD if home == request.url.path else home,
            is_for_programs=status == _UNAUTHENTICATED and not hasattr(request.state, "page_session"),
            login_url=state_of(request.app).login.url(_speaking_path(request)),
        )

    def _label_of(self, name: str) -> str:
        """Return the words before a field, "" for one that no person fills in.

        Where a page has a field of each of many things, like `note:A.I.1`, it goes by `note:` and the rest.
        """
        if name in self.carried:
            return ""
        part, mark, rest = re.split(r"([:-])", f"{name}:", maxsplit=1)
        label = self._labels.get(name) or self._labels.get(f"{part}{mark}", "")
        return f"{label} {rest.removesuffix(':')}".rstrip() if label else ""

    def _with_kept(self, request: Request, text: str, typed: Typed) -> str:
        """Return a page that refuses with what was typed and it has no field for, at its end."""
        kept = kept_beside(text, request.url.path, typed, self._label_of) if typed.is_kept else None
        if kept is None:
            return text
        parts: Any = self._environment.get_template("kept.html").module
        shown = (
            parts.again(kept.fields, typed.files, typed.token, _sent_to(request), _WHEN_OPEN)
            if kept.is_whole
            else parts.beside(kept.fields)
        )
        before, end, after = text.rpartition("</main>")
        return f"{before}{shown}{end}{after}"

    def _way_on(self, request: Request) -> tuple[str, str] | None:
        """Return where a person without a log-in goes on, unless that is where they were refused just now."""
        own = self._own_page
        is_known = any(name in request.cookies for name in self.cookies)
        is_here = own is not None and (request.method, request.url.path) == ("GET", own[1])
        return own if is_known and not is_here else None


def _is_for_everybody(request: Request) -> bool:
    """Tell whether the page needs no log-in: it then looks the same to all."""
    operation: str | None = getattr(request.scope.get("route"), "operation_id", None)
    matrix = state_of(request.app).matrix
    return operation is not None and operation in matrix and matrix[operation].scope == "public"


def _sent_to(request: Request) -> str:
    """Return where the form was sent to, to be sent there again."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _speaking_path(request: Request) -> str:
    """Return where a log-in leads back to from an error: no path that may hold what somebody typed."""
    is_plain = "route" in request.scope and not request.path_params
    return local_path(request.url.path) if is_plain and request.method == "GET" else "/"
