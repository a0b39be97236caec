"""Ways to the log-in and back."""

from urllib.parse import quote, urlencode

from fastapi import Request, Response
from starlette.responses import RedirectResponse

AUTH_PATHS = "/auth/"
LOGIN_PATH = f"{AUTH_PATHS}login"
CALLBACK_PATH = f"{AUTH_PATHS}callback"
LOGOUT_PATH = f"{AUTH_PATHS}logout"
LEFT_PATH = f"{AUTH_PATHS}left"
SEE_OTHER = 303
_MAX_PATH = 2000


def login_url(following: str) -> str:
    """Return the path that logs in and comes back to `following`."""
    return f"{LOGIN_PATH}?{urlencode({'next': following}, quote_via=quote)}"


def to_login(request: Request) -> Response:
    """Send a browser that needs to log in there, and afterwards back to the page it asked for."""
    following = "/"
    if request.method == "GET":
        following = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(login_url(local_path(following)), status_code=SEE_OTHER)


def local_path(text_: str) -> str:
    """Return the text when it is a path on this host, else `/`: a log-in leads to no other, nor to itself."""
    is_local = text_.startswith("/") and not text_.startswith(("//", AUTH_PATHS)) and "\\" not in text_
    return text_ if is_local and text_.isprintable() and len(text_) <= _MAX_PATH else "/"
