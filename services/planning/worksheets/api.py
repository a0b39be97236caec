"""Worksheets: written answer by answer, read with their layers side by side."""

from fastapi import APIRouter, Response

from services.planning.layers import Layer
from services.planning.parameters import NEWEST, Db, ItemPath, PageByVersion, Seen, UnitPath, YearPath
from services.planning.worksheets import usecases as worksheets
from services.planning.worksheets.schemas import AnswerOut, AnswersIn, WorksheetOut, WrittenOut
from shared.http.api.command import Commands
from shared.http.api.paging import Page
from shared.http.api.versions import etag
from shared.http.authorization import Caller

router = APIRouter(tags=["worksheets"])


@router.get("/units/{unit_id}/worksheets/{year}", operation_id="show_worksheet")
async def show_worksheet(
    unit_id: UnitPath, year: YearPath, caller: Caller, db: Db, response: Response
) -> WorksheetOut:
    async with db.reading() as session:
        worksheet, answers = await worksheets.read_worksheet(session, caller, unit_id, year)
    etag(response, worksheet.version)
    return WorksheetOut.of_answers(worksheet, answers)


@router.post(
    "/units/{unit_id}/worksheets/{year}/answers",
    operation_id="answer_worksheet",
    response_model=WrittenOut,
)
async def answer_worksheet(
    unit_id: UnitPath, year: YearPath, body: AnswersIn, seen: Seen, cmd: Commands
) -> Response:
    sent = [answer.sent() for answer in body.answers]
    return await cmd.run(
        lambda session: worksheets.answer_items(
            session, cmd.actor, unit_id=unit_id, year=year, layer=body.layer, sent=sent, seen=seen
        ),
        reply=WrittenOut.of_written,
    )


@router.get(
    "/units/{unit_id}/worksheets/{year}/answers/{layer}/{item_code}", operation_id="list_answer_versions"
)
async def list_answer_versions(
    unit_id: UnitPath,
    year: YearPath,
    layer: Layer,
    item_code: ItemPath,
    caller: Caller,
    db: Db,
    page: PageByVersion,
) -> Page[AnswerOut]:
    async with db.reading() as session:
        rows = await worksheets.read_history(
            session,
            caller,
            unit_id=unit_id,
            year=year,
            layer=layer,
            item_code=item_code,
            before=page.after[0] if page.after else NEWEST,
            limit=page.limit + 1,
        )
    return Page[AnswerOut].of(rows, page.limit, key=lambda row: (row.version,), item=AnswerOut.of)
