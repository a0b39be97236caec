"""The pages of survey."""

import re

from shared.http.addresses import (
    CAMPAIGNS,
)
from tests.support.every_service import Service
from tests.support.page_visits.visit import UNIT, Person, Visit, logged_in


async def survey_visits(service: Service) -> list[Visit]:
    """An invitation from consent to thanks and back, and a campaign that is over."""
    operator = service.issuer.headers("survey_operator", agencies=["a-1"], units=["u-1"])
    leader = service.issuer.headers("unit_leader", agencies=["a-1"], units=["u-1"])

    async def campaign(regime_id: str, period: str, people: int) -> tuple[str, list[Person]]:
        body = {"unit_id": "u-1", "regime": regime_id, "period": period}
        made = await service.client.post("/campaigns", json=body, headers=operator)
        place = made.headers["location"]
        opened = await service.client.post(
            f"{place}/open", headers=operator | {"If-Match": made.headers["etag"]}
        )
        assert opened.status_code == 200, opened.text
        invited = await service.client.post(f"{place}/invitations", json={"count": people}, headers=operator)
        found = []
        for one in invited.json()["items"]:
            person = Person(service)
            await person.client.get(f"/s/{one['token']}")
            found.append(person)
        return opened.headers["etag"], found

    async def decide(person: Person, decision: str) -> None:
        await person.send("/s", "/s/persetujuan", decision=decision)

    _, (new, refusing, asked, done, left) = await campaign("mandiri.2023", "2025", 5)
    await decide(refusing, "refused")
    for person in (asked, done, left):
        await decide(person, "willing")
    page = (await done.client.get("/s")).text
    answers = dict.fromkeys(re.findall(r'type="radio" name="([^"]+)"', page), "5")
    await done.send("/s", "/s/jawaban", **answers)
    await left.send("/s/tarik-diri")
    one_missing = await asked.form("/s", "/s/jawaban", **dict(list(answers.items())[1:]))
    nothing = await new.form("/s", "/s/persetujuan")
    etag, (late,) = await campaign("mandiri.2023", "2024", 1)
    listed = await service.client.get("/campaigns", headers=operator)
    over = next(one for one in listed.json()["items"] if one["period"] == "2024")
    ended = await service.client.post(
        f"/campaigns/{over['campaign_id']}/close", headers=leader | {"If-Match": etag}
    )
    assert ended.status_code == 200, ended.text
    return [
        Visit("home", "/"),
        Visit("desk", CAMPAIGNS, await logged_in(service, "survey_operator", UNIT, "Bima Saputra")),
        Visit("results", "/hasil"),
        Visit("consent-text", f"/survei/persetujuan/{nothing['text_version']}"),
        Visit("consent", "/s", new.cookies),
        Visit("consent-refused", "/s/persetujuan", new.cookies, nothing, 422),
        Visit("refused", "/s", refusing.cookies),
        Visit("questions", "/s", asked.cookies),
        Visit("questions-refused", "/s/jawaban", asked.cookies, one_missing, 422),
        Visit("thanks", "/s", done.cookies),
        Visit("withdraw", "/s/tarik-diri", done.cookies),
        Visit("withdrawn", "/s", left.cookies),
        Visit("closed", "/s", late.cookies),
        Visit("unknown-invitation", "/s/" + "x" * 22, status=404),
        Visit("other-invitation", "/s/persetujuan", new.cookies, nothing | {"invitation": "x"}, 409),
    ]
