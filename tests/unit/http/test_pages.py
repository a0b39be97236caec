import re
from html.parser import HTMLParser

import httpx2
import pytest

from shared.http.paths import local_path
from tests.support.http import ORIGIN

HTML = {"Accept": "text/html"}
OWN = {"Sec-Fetch-Site": "same-origin"}


class Labels(HTMLParser):
    """Collects ids, and what labels and descriptions point at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"for", "aria-describedby"}:
                self.targets += (value or "").split()
            if name == "href" and (value or "").startswith("#"):
                self.targets.append((value or "")[1:])
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")


async def test_a_page_escapes_what_it_shows(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/", headers=HTML)).text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text


async def test_a_page_for_everybody_offers_what_everybody_may_do_and_no_log_in(
    client: httpx2.AsyncClient,
) -> None:
    text = (await client.get("/", headers=HTML)).text
    assert 'href="/lapor"' in text
    assert 'href="/lacak"' in text
    assert 'href="/nilai"' not in text
    assert "/masuk" not in text
    assert '<a href="/privasi">Pemberitahuan privasi</a>' in text


async def test_a_page_has_landmarks_language_and_a_skip_link(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/", headers=HTML)).text
    for part in ('<html lang="id">', "<main ", "<header ", "<footer ", '<a class="skip" href="#isi">'):
        assert part in text


async def test_a_page_behind_the_log_in_leads_there_and_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/mine?tab=2", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?next=%2Fmine%3Ftab%3D2")


@pytest.mark.parametrize(
    "text",
    [
        "//evil.test",
        "https://evil.test",
        "/\\evil.test",
        "evil",
        "/a\nb",
        "",
        "/" + "x" * 400,
        "/" + "é" * 200,
    ],
)
def test_a_log_in_never_leads_elsewhere(text: str) -> None:
    assert local_path(text) == "/"
    assert local_path("/mine?tab=2") == "/mine?tab=2"
    assert local_path("/" + "x" * 399) == "/" + "x" * 399


async def test_a_browser_at_an_address_for_programs_is_offered_no_log_in(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/whoami", headers=HTML)
    assert answer.status_code == 401
    assert "/masuk" not in answer.text
    assert "Masuk lagi" not in answer.text
    assert "Alamat ini untuk program" in answer.text


async def test_first_loads_stay_small(client: httpx2.AsyncClient) -> None:
    size = 0
    for path in ("/", "/static/style.css", "/static/live.js", "/static/icon.svg"):
        size += len((await client.get(path)).content)
    assert size <= 60_000


async def test_a_faulty_form_comes_back_whole_with_its_errors(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/form", data={"name": "<x", "count": "", "story": "dua\nbaris"}, headers=OWN)
    assert answer.status_code == 422
    assert "<title>Galat: " in answer.text
    assert 'id="kesalahan" autofocus>' in answer.text
    assert "/static/summary.js" in answer.text
    assert 'value="&lt;x"' in answer.text
    assert '<a href="#f-name">Nama</a>: Minimal 3 karakter.' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "dua\nbaris</textarea>" in answer.text


async def test_labels_and_descriptions_point_at_something(client: httpx2.AsyncClient) -> None:
    labels = Labels((await client.post("/form", data={"name": "x", "kind": "a"}, headers=OWN)).text)
    assert set(labels.targets) <= set(labels.ids)
    assert len(labels.ids) == len(set(labels.ids))
    assert labels.inline == []


async def test_a_good_form_leads_on(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/form", data={"name": "thing", "count": ""}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ({"Origin": ORIGIN}, True),
        ({"Origin": "null"}, True),
        ({}, True),
        ({"Origin": "https://evil.test"}, False),
        ({"Origin": "http://toy.test"}, False),
        ({"Origin": f"{ORIGIN}.evil.test"}, False),
    ],
)
async def test_a_form_from_another_site_is_refused(
    client: httpx2.AsyncClient, headers: dict[str, str], is_taken: bool
) -> None:
    answer = await client.post("/form", data={"name": "thing"}, headers=headers)
    assert answer.status_code == (303 if is_taken else 403)


async def test_the_style_sheet_and_script_name_no_other_host(client: httpx2.AsyncClient) -> None:
    for path in ("/", "/static/style.css", "/static/live.js"):
        found = re.findall(r"(?:https?:)?//[a-z]", (await client.get(path, headers=HTML)).text)
        assert [url for url in found if url != "// "] == []
