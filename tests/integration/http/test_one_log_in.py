"""Several services behind one issuer: log in once, enter the others unasked, log out of all at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from sqlalchemy import text

from deploy.local.process import free_ports
from shared.db import Database
from tests.support.database import DatabaseMaker
from tests.support.edge import listening
from tests.support.forms import filled
from tests.support.logging_in import OWN, Browser, app_of


@pytest.fixture
async def house(provider: str, make_database: DatabaseMaker) -> AsyncIterator["House"]:
    found = House(provider, make_database)
    async with found.service("scoring") as one, found.service("survey") as other:
        found.browsers = [one, other]
        yield found


class House:
    """Services on sockets of their own, as the issuer reaches them, each with the same person's browser."""

    def __init__(self, provider: str, make_database: DatabaseMaker) -> None:
        self._provider = provider
        self._make = make_database
        self.browsers: list[Browser] = []
        self.databases: dict[str, Database] = {}

    @asynccontextmanager
    async def service(self, name: str, *, is_up: bool = True) -> AsyncIterator[Browser]:
        """Run a service; one that is not up answers this browser, and nobody else."""
        (port,) = free_ports(1)
        base = f"http://127.0.0.1:{port}"
        db = Database((await self._make("planning")).app_url)
        app = app_of(self._provider, db, name, public_url=base)
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url=base) as client,
        ):
            browser = Browser(client, name, base)
            self.databases[name] = db
            if not is_up:
                yield browser
                return
            async with listening(app, port=port, lifespan="off"):
                yield browser


async def enter(browser: Browser, before: Browser) -> None:
    """Open a page in a service that this person has not been in, as the browser of another one."""
    browser.provider_cookies = before.provider_cookies
    back = await browser.reach(await browser.start())
    assert back is not None, "the issuer asks nobody"
    assert (await browser.request("GET", back)).headers["location"] == "/mine"


async def is_in(browser: Browser) -> bool:
    return (await browser.request("GET", "/mine")).status_code == 200


async def test_who_is_logged_in_at_one_service_enters_the_others_unasked(house: House) -> None:
    one, other = house.browsers
    await one.log_in()
    await enter(other, one)
    assert "Dimas Pratama" in (await other.request("GET", "/mine")).text


async def test_who_leaves_one_service_has_left_all_when_the_browser_comes_back(house: House) -> None:
    one, other = house.browsers
    await one.log_in()
    await enter(other, one)
    back = await other.reach((await other.log_out()).headers["location"])
    assert back is not None
    assert [await is_in(browser) for browser in (one, other)] == [False, False]
    one.provider_cookies = other.provider_cookies
    assert await one.reach(await one.start()) is None, "the issuer asks who is there"


async def test_the_same_person_elsewhere_stays(house: House) -> None:
    one, other = house.browsers
    await one.log_in()
    await other.log_in()  # at another computer: the issuer has another session of theirs
    await other.reach((await other.log_out()).headers["location"])
    assert await is_in(one)


async def test_a_service_that_was_down_ends_the_session_when_it_asks_again(house: House) -> None:
    one, _ = house.browsers
    async with house.service("complaints", is_up=False) as deaf:
        await one.log_in()
        await enter(deaf, one)
        await one.reach((await one.log_out()).headers["location"])
        assert await is_in(deaf)
        async with house.databases["complaints"].transaction() as session:
            await session.execute(text("UPDATE page_session SET checked_at = now() - interval '1 hour'"))
        assert not await is_in(deaf)


async def test_what_was_typed_when_the_session_ended_is_there_after_the_log_in(house: House) -> None:
    """It is sent from the page that gave it back, while the log-in happens in another tab."""
    one, _ = house.browsers
    await one.log_in()
    sent = {"csrf": await one.csrf(), "text": 'Rapat "besar" & <panjang>'}
    elsewhere = dict(one.cookies)
    await one.reach((await one.log_out()).headers["location"])
    one.cookies = elsewhere  # the form stands in a tab that knows nothing of the log-out
    page = await one.request("POST", "/mine", data=sent, headers=OWN)
    assert page.status_code == 401
    assert "Masuk lagi" in page.text
    form = filled(page.text, "/mine")
    assert form is not None
    assert form["text"] == sent["text"]
    await one.log_in()
    assert (await one.request("POST", "/mine", data=form, headers=OWN)).status_code == 303, "by one press"
