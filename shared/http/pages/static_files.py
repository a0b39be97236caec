"""Own files for browsers: style sheet, few lines of script."""

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

MAX_AGE_SECONDS = 300


class CachedStaticFiles(StaticFiles):
    """Files that a browser may keep for some minutes and then asks about by ETag."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
        return response
