"""What operators and invited people do with a survey, through the public API."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence

from deploy.local.demo.api import Api, RefusedError, Reply, actor
from deploy.local.demo.situations import Survey


async def create(api: Api, unit: str, period: str, survey: Survey, *, key: str) -> Reply | None:
    """Create the unit's campaign; None while survey has not heard of the unit yet."""
    body = {"unit_id": unit, "regime": survey.regime, "period": period}
    try:
        return await api.post("survey", "/campaigns", actor("survey_operator", unit), body, key=key)
    except RefusedError as refused:
        if refused.code != "unit_not_found":
            raise
        return None


async def run(
    api: Api, unit: str, made: Reply, survey: Survey, scores: Sequence[Mapping[str, int]], *, key: str
) -> str | None:
    """Open the unit's campaign that was made, let people decide and answer, and close it where it is over.

    Returns the link of an invitation that nobody has used, None when the campaign is closed.
    """
    operator = actor("survey_operator", unit)
    path = f"/campaigns/{made.body['campaign_id']}"
    await api.post("survey", f"{path}/open", operator, key=f"{key}-open", if_match=made.etag)
    invitations = await invite(api, unit, made.body["campaign_id"], survey.invited, key=f"{key}-invite")
    tokens = [invitation["token"] for invitation in invitations]
    refusing, willing = tokens[: survey.refused], tokens[survey.refused : survey.refused + survey.willing]
    version = await text_version(api, tokens[0])
    await asyncio.gather(
        *(decide(api, token, "refused", version) for token in refusing),
        *(decide(api, token, "willing", version) for token in willing),
    )
    await asyncio.gather(*(answer(api, token, given) for token, given in zip(willing, scores, strict=False)))
    if not survey.is_closed:
        return invitations[-1]["link"]
    await close(api, unit, path, key=f"{key}-close")
    return None


async def invite(
    api: Api, unit: str, campaign_id: str, count: int, *, key: str | None = None
) -> list[dict[str, str]]:
    """Invite people without name or contact; return token and link of each."""
    path = f"/campaigns/{campaign_id}/invitations"
    made = await api.post("survey", path, actor("survey_operator", unit), {"count": count}, key=key)
    items: list[dict[str, str]] = made.body["items"]
    return items


async def text_version(api: Api, token: str) -> str:
    """Return the version of the consent text that the holder of a token reads."""
    sheet = await api.post("survey", "/respondent/sheet", None, {"token": token})
    return str(sheet.body["text_version"])


async def decide(api: Api, token: str, decision: str, version: str) -> None:
    """Agree to take part, or refuse; deciding the same again changes nothing."""
    body = {"token": token, "decision": decision, "text_version": version}
    await api.post("survey", "/respondent/consent", None, body)


async def answer(api: Api, token: str, scores: Mapping[str, int]) -> None:
    """Hand in the answers; the same ones again change nothing."""
    body = {"token": token, "response_id": str(uuid.uuid5(uuid.NAMESPACE_OID, token)), "scores": scores}
    await api.post("survey", "/respondent/responses", None, body)


async def withdraw(api: Api, token: str) -> None:
    """Take part no longer."""
    await api.post("survey", "/respondent/withdrawal", None, {"token": token})


async def close(api: Api, unit: str, path: str, *, key: str) -> Reply:
    """Close a campaign as the unit's leader."""
    leader = actor("unit_leader", unit)
    standing = await api.get("survey", path, leader)
    return await api.post("survey", f"{path}/close", leader, key=key, if_match=standing.etag)
