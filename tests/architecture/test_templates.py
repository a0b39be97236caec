"""Rules of all templates: forms carry their token, and the end of a time is written as an end."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    [*ROOT.glob("services/*/templates/*.html"), *ROOT.glob("shared/http/pages/templates/*.html")]
)
FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)

END = re.compile(r"\b(?:due|closes|expires|ends)_at\b")
AS_INSTANT = re.compile(r"part\.when\([^)]*|\{\{[^}]*\|\s*moment[^}]*")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_the_end_of_a_time_is_never_written_as_00_00_of_the_next_day(template: Path) -> None:
    told = AS_INSTANT.findall(template.read_text())
    assert not [text for text in told if END.search(text)], "write it with part.until"


def test_there_are_ends_to_look_at() -> None:
    texts = [template.read_text() for template in TEMPLATES]
    assert sum(len(re.findall(r"part\.until\(", text)) for text in texts) >= 4


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_every_post_form_carries_the_token(template: Path) -> None:
    for form in FORM.findall(template.read_text()):
        assert any(way in form for way in ("{{ part.token(csrf) }}", "{{ bound(csrf, ", 'name="csrf"'))


def test_there_are_forms_to_look_at() -> None:
    assert sum(len(FORM.findall(template.read_text())) for template in TEMPLATES) >= 8
