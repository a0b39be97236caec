"""A service's texts are checked when they are loaded, and links of mails lead nowhere but to us."""

from collections.abc import Callable
from copy import deepcopy
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.notices.catalogue import Catalogue, CatalogueError, UnrenderableError
from tests.support.noticing import TEXTS, write_texts


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    texts = deepcopy(TEXTS)
    change(texts)
    return texts


def test_rhythms_are_data_of_the_templates(catalogue: Catalogue) -> None:
    assert catalogue.rhythm_of("quiet").quiet == (time(20), time(6))
    assert catalogue.rhythm_of("news").gather == timedelta(hours=1)
    assert (catalogue.rhythm_of("summary").weekday, catalogue.rhythm_of("summary").hour) == (1, time(8))
    assert sorted(catalogue.templates) == ["news", "quiet", "summary", "told"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda texts: texts["templates"]["told"].pop("todo"), "templates.told.todo"),
        (lambda texts: texts["templates"]["told"].update(rhythm="never"), "templates.told.rhythm is none of"),
        (lambda texts: texts["rhythms"]["weekly"].update(weekday=8), "rhythms.weekly.weekday"),
        (lambda texts: texts["rhythms"]["weekly"].update(weekday=None), "an hour needs a weekday"),
        (lambda texts: texts["rhythms"]["night"].update(quiet=["20:00", "20:00"]), "would never end"),
        (lambda texts: texts["rhythms"]["night"].update(quite=[]), "rhythms.night.quite"),
        (lambda texts: texts.update(sender=""), "sender"),
        (lambda texts: texts["templates"]["told"].update(todo="{{ what"), "unexpected end of template"),
    ],
)
def test_unsound_texts_are_refused_by_the_name_of_what_is_wrong(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(CatalogueError, match=said):
        Catalogue.load(write_texts(tmp_path, changed(change)))


def test_texts_that_are_no_json_are_refused(tmp_path: Path) -> None:
    (write_texts(tmp_path) / "notices.json").write_text("{")
    with pytest.raises(CatalogueError, match=r"notices\.json: file: "):
        Catalogue.load(tmp_path)


def test_what_data_say_is_text_everywhere(catalogue: Catalogue) -> None:
    letter = catalogue.letter([("told", {"what": "<script>{{ 7 * 7 }}"})], base_url="https://zi.test/")
    assert letter.subject == "Kabar <script>{{ 7 * 7 }}"
    assert letter.html is not None
    assert "&lt;script&gt;{{ 7 * 7 }}" in letter.html
    assert "<script>" not in letter.html
    assert "https://zi.test/lihat/%3Cscript%3E" in letter.text


def test_a_service_without_a_frame_in_html_sends_text_alone(tmp_path: Path) -> None:
    (write_texts(tmp_path) / "mail.html").unlink()
    assert Catalogue.load(tmp_path).letter([("told", {"what": "x"})], base_url="https://zi.test").html is None


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.test/",
        "//evil.test/",
        "lihat",
        "/lihat/../keluar",
        "/lihat x",
        "/@evil.test",
        "{{ what }}",
        "/lihat\\evil",
    ],
)
def test_a_link_that_would_leave_our_address_is_not_made(tmp_path: Path, path: str) -> None:
    texts = changed(lambda given: given["templates"]["told"].update(path=path))
    catalogue = Catalogue.load(write_texts(tmp_path, texts))
    with pytest.raises(UnrenderableError, match="told"):
        catalogue.letter([("told", {"what": "//evil.test"})], base_url="https://zi.test")


@pytest.mark.parametrize(("template", "data"), [("told", {}), ("unknown", {"what": "x"})])
def test_a_notice_that_does_not_fit_names_its_template_alone(
    catalogue: Catalogue, template: str, data: dict[str, str]
) -> None:
    with pytest.raises(UnrenderableError) as refused:
        catalogue.letter([(template, data)], base_url="https://zi.test")
    assert str(refused.value) == template


def test_no_sentence_breaks_its_line_and_a_long_subject_is_cut(catalogue: Catalogue) -> None:
    letter = catalogue.letter(
        [("told", {"what": "a\r\nBcc: x\u2028\0b" + "c" * 300})], base_url="https://zi.test"
    )
    assert letter.subject.startswith("Kabar a Bcc: x b")
    assert len(letter.subject) == 150
