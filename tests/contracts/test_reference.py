"""The pages of descriptions tell all that the documents hold, lightly, with links that lead somewhere."""

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest

from shared.contracts.asyncapi import asyncapi_document
from shared.contracts.topics import TOPICS
from shared.db.roles import SERVICES
from shared.http import addresses
from shared.http.pages.rendering import Pages
from shared.http.reference import paths
from shared.http.state import state_of
from tests.contracts.applications import application, openapi_document

BUDGET_BYTES = 60_000
"""Of a page as it arrives: the front door compresses."""


class Marks(HTMLParser):
    """Collects what a page can be jumped to, where its links lead, its scripts and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")

    def handle_data(self, data: str) -> None:
        self.text += data


async def page_of(service: str, path: str) -> str:
    transport = httpx2.ASGITransport(application(service))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def marks_of(service: str, path: str) -> Marks:
    return Marks(await page_of(service, path))


def operations_of(service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi_document(service)["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


@pytest.mark.parametrize("service", SERVICES)
async def test_every_operation_stands_on_the_page_with_all_it_takes_answers_and_refuses(service: str) -> None:
    page = await page_of(service, paths.OPERATIONS)
    sections = re.findall(r'<section class="operation".*?</section>', page, re.DOTALL)
    told = {Marks(section).ids[0]: Marks(section) for section in sections}
    documented = list(operations_of(service))
    assert set(told) == {operation["operationId"] for _, _, operation in documented}
    for method, path, operation in documented:
        section = told[operation["operationId"]]
        wanted = [f"{method.upper()} {path}", *operation.get("x-roles", ["everybody, without log-in"])]
        wanted += [parameter["name"] for parameter in operation.get("parameters", ())]
        wanted += [*operation["responses"], *operation.get("requestBody", {}).get("content", ())]
        assert [text for text in wanted if text not in section.text] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_kind_is_told_with_all_its_fields(service: str) -> None:
    page = await page_of(service, paths.OPERATIONS)
    for name, schema in openapi_document(service)["components"]["schemas"].items():
        found = re.search(rf'<div id="kind-{re.escape(name)}">.*?</details>', page, re.DOTALL)
        assert found is not None, name
        text = Marks(found[0]).text
        wanted = [*schema.get("properties", ()), *map(str, schema.get("enum", ()))]
        assert [word for word in wanted if word not in text] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_code_that_an_operation_may_refuse_with_is_told(service: str) -> None:
    text = (await marks_of(service, paths.OPERATIONS)).text
    statuses = {
        int(status) for _, _, operation in operations_of(service) for status in operation["responses"]
    }
    codes = state_of(application(service)).error_status
    assert [code for code, status in codes.items() if status in statuses and code not in text] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_topic_and_event_stands_on_the_page_with_fields_and_an_example(service: str) -> None:
    marks = await marks_of(service, paths.EVENTS)
    document = asyncapi_document(service)
    for operation in document["operations"].values():
        channel = document["channels"][operation["channel"]["$ref"].removeprefix("#/channels/")]
        assert f"{operation['action']}-{channel['address']}" in marks.ids
        for name in channel["messages"]:
            assert f"{operation['action']}-{channel['address']}-{name}" in marks.ids
    for message in document["components"]["messages"].values():
        assert message["summary"].replace("`", "") in marks.text
        wanted = [*message["payload"]["properties"], *message["headers"]["properties"]]
        assert [name for name in wanted if name not in marks.text] == []
        assert all(f'"{name}"' in marks.text for name in message["examples"][0]["payload"])


@pytest.mark.parametrize("path", [paths.OPERATIONS, paths.EVENTS])
@pytest.mark.parametrize("service", SERVICES)
async def test_a_page_is_light_runs_nothing_of_its_own_and_its_anchors_exist_once(
    service: str, path: str
) -> None:
    page = await page_of(service, path)
    marks = Marks(page)
    assert len(gzip.compress(page.encode())) <= BUDGET_BYTES
    assert marks.inline == []
    assert len(marks.ids) == len(set(marks.ids))
    assert {link[1:] for link in marks.links if link.startswith("#")} <= set(marks.ids)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_page_is_rendered_once_per_process(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await page_of(service, paths.OPERATIONS)
    monkeypatch.delattr(Pages, "text")
    assert await page_of(service, paths.OPERATIONS) == first


@pytest.mark.parametrize("service", SERVICES)
async def test_links_between_the_documents_hold_at_the_service_and_behind_the_front_door(
    service: str,
) -> None:
    for path in (paths.OPERATIONS, paths.EVENTS):
        links = (await marks_of(service, path)).links
        relative = {link for link in links if not link.startswith(("/", "#"))}
        assert relative
        assert {f"/{link}" for link in relative} <= paths.PATHS


@pytest.mark.parametrize("service", SERVICES)
def test_a_program_finds_the_paths_at_the_door_first_and_at_the_service_s_own_port(service: str) -> None:
    assert [server["url"] for server in openapi_document(service)["servers"]] == [
        addresses.api_of(service),
        "/",
    ]


async def test_the_list_names_every_service_and_topic_and_its_links_lead_to_them() -> None:
    page = await page_of("scoring", addresses.APIS)
    links = [link for link in Marks(page).links if link.startswith(f"{addresses.APIS}/")]
    assert len(gzip.compress(page.encode())) <= BUDGET_BYTES
    assert len(links) == len(SERVICES) * len(paths.PATHS) + len(TOPICS)
    assert {link.split("/")[2] for link in links} == set(SERVICES)
    ids = {service: (await marks_of(service, paths.EVENTS)).ids for service in SERVICES}
    for link in links:
        _, _, service, document = link.split("/")
        path, _, anchor = document.partition("#")
        assert f"/{path}" in paths.PATHS
        assert not anchor or anchor in ids[service]
    for topic in TOPICS:
        assert f"{addresses.api_of(topic.producer)}{paths.EVENTS}#send-{topic.name}" in links
