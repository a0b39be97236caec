"""Every form that changes something carries the token that a logged-in person's forms need."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted([*ROOT.glob("services/*/templates/*.html"), *ROOT.glob("shared/http/templates/*.html")])
FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_every_post_form_carries_the_token(template: Path) -> None:
    for form in FORM.findall(template.read_text()):
        assert "{{ part.token(csrf) }}" in form or 'name="csrf"' in form


def test_there_are_forms_to_look_at() -> None:
    assert sum(len(FORM.findall(template.read_text())) for template in TEMPLATES) >= 8
