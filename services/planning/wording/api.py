"""The questions of the LKE and what stands beside them, whatever unit answers."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, UploadFile

from services.planning.parameters import BESIDE_FILE_BYTES, MIB, Db, ItemPath
from services.planning.settings import Settings
from services.planning.spreadsheets.limits import Limits
from services.planning.wording import usecases
from services.planning.wording.reading import read_texts
from services.planning.wording.schemas import EditionOut, LoadingOut, QuestionOut
from shared.held import in_thread
from shared.http.api.command import Commands
from shared.http.api.openapi import refusals
from shared.http.api.versions import etag
from shared.instruments.lke import lke_instrument
from shared.kernel import NotFoundError

EditionPath = Annotated[str, Path(pattern=r"^[0-9]{4}$", description="Edition of the LKE, e.g. 2021")]


def router(settings: Settings) -> APIRouter:
    """Return the routes; workbooks with official texts have the limits of those with answers."""
    routes = APIRouter(tags=["instrument"])
    limit = settings.workbook_max_mib * MIB
    limits = Limits(packed_bytes=limit, seconds=settings.workbook_seconds)
    gate = asyncio.Semaphore(settings.workbooks_at_once)

    @routes.get("/instruments/lke/items/{item_code}", operation_id="show_lke_item", responses=refusals(404))
    async def show_lke_item(item_code: ItemPath, db: Db) -> QuestionOut:
        question = lke_instrument().questions.get(item_code)
        if question is None:
            raise NotFoundError("Butir ini tidak ada di LKE.")
        async with db.reading() as session:
            texts = {
                edition: await usecases.wording_of(session, edition) for edition in lke_instrument().editions
            }
        return QuestionOut.of_question(
            question, {edition: found[item_code] for edition, found in texts.items() if item_code in found}
        )

    @routes.get("/instruments/lke/{edition}/wording", operation_id="show_wording", responses=refusals(404))
    async def show_wording(edition: EditionPath, db: Db, response: Response) -> EditionOut:
        usecases.check_edition(edition)
        async with db.reading() as session:
            loaded, texts = await usecases.read_wording(session, edition)
        if loaded is not None:
            etag(response, loaded.version)
        return EditionOut.of_texts(edition, loaded, texts)

    @routes.post(
        "/instruments/lke/{edition}/wording",
        operation_id="load_wording",
        response_model=LoadingOut,
        responses=refusals(404),
        max_body_size=limit + BESIDE_FILE_BYTES,
    )
    async def load_wording(
        edition: EditionPath,
        file: UploadFile,
        cmd: Commands,
        db: Db,
        dry_run: Annotated[bool, Query(description="Only tell what would change")] = False,
    ) -> Response | LoadingOut:
        usecases.check_edition(edition)
        content = await file.read()
        async with gate:
            reading = await in_thread(read_texts, content, edition, limits)
        if dry_run:
            async with db.reading() as session:
                return LoadingOut.of_loading(await usecases.check_texts(session, edition, reading))
        digest = hashlib.sha256(content)
        return await cmd.run(
            lambda session: usecases.load_texts(session, cmd.actor, edition, reading, digest.hexdigest()),
            reply=LoadingOut.of_loading,
            fingerprint=digest.digest(),
        )

    return routes
