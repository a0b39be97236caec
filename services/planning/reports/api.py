"""Reports over HTTP: a file that is written when it is asked for, its tag naming these very bytes."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from services.planning.layers import Layer
from services.planning.parameters import Db, UnitPath, YearPath
from services.planning.reports.kinds import ReportFormat, ReportKind
from services.planning.reports.usecases import read_facts
from services.planning.reports.writing import MEDIA_TYPES, Report, ReportWriter, check_layer
from shared.http.api.openapi import refusals
from shared.http.attachment import attachment
from shared.http.authorization import Caller

LayerQuery = Annotated[
    Layer | None, Query(description="One layer of a worksheet; without it all, side by side")
]


def router(writer: ReportWriter) -> APIRouter:
    """Return the route; `writer` bounds how many reports are written side by side."""
    routes = APIRouter(tags=["worksheets"])

    @routes.get(
        "/units/{unit_id}/worksheets/{year}/report",
        operation_id="download_report",
        responses={
            200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}}
                              for kind in MEDIA_TYPES.values()}},
            304: {"description": "The caller has these bytes"},
            **refusals(404, 422),
        },
        response_class=Response,
    )  # fmt: skip
    async def download_report(
        unit_id: UnitPath,
        year: YearPath,
        caller: Caller,
        db: Db,
        kind: Annotated[ReportKind, Query()] = ReportKind.LHE,
        form: Annotated[ReportFormat, Query(alias="format")] = ReportFormat.PDF,
        layer: LayerQuery = None,
        if_none_match: Annotated[
            str | None, Header(alias="If-None-Match", description="Tag of the bytes that the caller has")
        ] = None,
    ) -> Response:
        check_layer(kind, layer)
        async with db.reading() as session:
            facts = await read_facts(session, caller, unit_id, year)
        return answer(await writer.write(facts, kind, layer, form), if_none_match)

    return routes


def answer(report: Report, known: str | None = None) -> Response:
    """Return a report as a download, or 304 to who has the same bytes by the tags `known`."""
    tag = f'"{report.tag}"'
    if known is not None and tag in {one.strip().removeprefix("W/") for one in known.split(",")}:
        return Response(status_code=304, headers={"ETag": tag})
    headers = attachment(report.file_name, len(report.content)) | {"ETag": tag}
    return Response(report.content, media_type=report.media_type, headers=headers)
