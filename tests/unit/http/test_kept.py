"""What was typed and a page that refuses has no field for stands below it."""

import pytest

from shared.http.pages.kept import Field, Kept, fields_of, kept_beside
from shared.http.typed import Typed

LABELS = {"answer": "Jawaban", "note": "Catatan", "kind": "Jenis", "paper": "Berkas"}
ANSWER = Typed((("id", "7"), ("answer", "Sudah\r\ndilampirkan."), ("kind", "sk")))


def label_of(name: str) -> str:
    return LABELS.get(name, "")


def page(*forms: str) -> str:
    return "<main><h1>Temuan</h1>" + "".join(forms) + "</main>"


def form(fields: str, action: str = "/temuan?tahun=2026", method: str = "post") -> str:
    return f'<form class="long" method="{method}" action="{action}">{fields}</form>'


KIND = '<select name="kind"><option value="sk" selected>SK</option></select>'
FULL = (
    f'<input type="hidden" name="id" value="7"><textarea name="answer">\nSudah\ndilampirkan.</textarea>{KIND}'
)


def test_nothing_is_shown_twice_that_the_form_of_the_page_holds() -> None:
    assert kept_beside(page(form(FULL)), "/temuan", ANSWER, label_of) is None


@pytest.mark.parametrize(
    "others",
    [(), (form(FULL, action="/lain"),), (form(FULL, method="get"),)],
    ids=["none", "another", "search"],
)
def test_without_its_form_all_of_it_can_be_sent_again(others: tuple[str, ...]) -> None:
    kept = kept_beside(page(*others), "/temuan", ANSWER, label_of)
    assert kept == Kept(fields_of(ANSWER, label_of), is_whole=True)
    assert [one.label for one in kept.fields] == ["", "Jawaban", "Jenis"]


def test_of_several_forms_the_one_that_holds_most_is_meant() -> None:
    empty = form('<textarea name="answer"></textarea>')
    assert kept_beside(page(empty, form(FULL), empty), "/temuan", ANSWER, label_of) is None


def test_a_text_that_the_form_has_no_field_for_can_be_copied() -> None:
    kept = kept_beside(page(form(KIND)), "/temuan", ANSWER, label_of)
    assert kept == Kept((Field("answer", "Jawaban", "Sudah\r\ndilampirkan."),), is_whole=False)


def test_a_choice_that_is_offered_otherwise_by_now_is_no_text_to_copy() -> None:
    typed = Typed((("kind", "tidak_ada_lagi"),))
    assert kept_beside(page(form(KIND)), "/temuan", typed, label_of) is None


def test_what_nobody_filled_in_is_not_given_back() -> None:
    typed = Typed((("id", "7"), ("answer", " "), ("paper", "01890000-0000-7000-8000-000000000000")))
    assert kept_beside(page(), "/temuan", typed, label_of) is None
    assert [one.label for one in fields_of(typed, label_of)] == ["", "Jawaban", ""]


def test_a_form_at_an_address_with_other_letters_is_the_pages_own() -> None:
    typed = Typed((("answer", "Ya"),))
    own = form('<textarea name="answer">Ya</textarea>', action="/unit/Kantor%20%C3%89")
    assert kept_beside(page(own), "/unit/Kantor É", typed, label_of) is None
