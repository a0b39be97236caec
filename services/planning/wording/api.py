"""The questions of the LKE and what stands beside them, whatever unit answers."""

from fastapi import APIRouter

from services.planning.parameters import ItemPath
from services.planning.wording.schemas import QuestionOut
from shared.http.api.openapi import refusals
from shared.instruments.lke import lke_instrument
from shared.kernel import NotFoundError

router = APIRouter(tags=["instrument"])


@router.get("/instruments/lke/items/{item_code}", operation_id="show_lke_item", responses=refusals(404))
async def show_lke_item(item_code: ItemPath) -> QuestionOut:
    question = lke_instrument().questions.get(item_code)
    if question is None:
        raise NotFoundError("Butir ini tidak ada di LKE.")
    return QuestionOut.of(question)
