"""Where the refusal of a use case stands in a form: at the fields it names, else above."""

from pydantic import BaseModel

from shared.http.pages.forms import Form, filled_in
from shared.kernel import DomainError, StaleVersionError


class Typed(BaseModel):
    name: str
    chosen: list[str] = []
    decree_number: str = ""


def filled() -> Form[Typed]:
    return filled_in({"name": "Kantor"}, Typed)


def entry(field: str, said: str, code: str = "wrong") -> dict[str, str]:
    return {"field": field, "code": code, "message": said}


def test_one_field_that_the_refusal_names_is_where_it_stands() -> None:
    form = filled()
    form.refuse(DomainError("Nama ini sudah ada.", field="name"))
    assert (form.errors, form.message) == ({"name": "Nama ini sudah ada."}, "")


def test_a_field_that_the_form_has_not_leaves_the_refusal_above_it() -> None:
    form = filled()
    form.refuse(DomainError("Instansi ini tidak aktif.", field="agency_id"))
    assert (form.errors, form.message) == ({}, "Instansi ini tidak aktif.")


def test_a_refusal_that_names_nothing_stands_above_the_form() -> None:
    form = filled()
    form.refuse(DomainError("Masa ini sudah lewat."))
    assert (form.errors, form.message) == ({}, "Masa ini sudah lewat.")


def test_every_entry_stands_at_its_field_by_code_name_or_list_and_says_a_thing_once() -> None:
    form = filled()
    entries = [
        entry("decree.number", "Nomor sudah dipakai."),
        entry("units.0", "u-1 belum final."),
        entry("units.1", "u-2 belum final."),
        entry("units.1", "u-2 belum final."),
        entry("elsewhere", "Nama terlalu umum.", "too_common"),
    ]
    at = {"decree.number": "decree_number", "units.*": "chosen", "too_common": "name"}
    form.refuse(DomainError("Usulan ditolak.", errors=entries), at)
    assert form.message == ""
    assert form.errors == {
        "decree_number": "Nomor sudah dipakai.",
        "chosen": "u-1 belum final. u-2 belum final.",
        "name": "Nama terlalu umum.",
    }


def test_an_entry_without_a_field_is_told_above_the_form() -> None:
    form = filled()
    entries = [entry("name", "Nama kosong."), entry("sptjm", "SPTJM belum ada.")]
    form.refuse(DomainError("Usulan belum lengkap.", errors=entries))
    assert (form.errors, form.message) == ({"name": "Nama kosong."}, "Usulan belum lengkap. SPTJM belum ada.")


def test_entries_of_which_none_has_a_field_are_told_by_the_whole_refusal() -> None:
    form = filled()
    entries = [entry("item", "A.I.1.i.a: belum dijawab"), entry("item", "A.I.2.i.a: belum dijawab")]
    form.refuse(DomainError("2 temuan belum dijawab.", errors=entries))
    assert (form.errors, form.message) == ({}, "2 temuan belum dijawab.")


def test_a_page_words_an_entry_its_own_way() -> None:
    form = filled()
    refused = DomainError("Ditolak.", errors=[entry("units.0", "belum final")])
    form.refuse(refused, {"units.*": "chosen"}, lambda one: f"Kantor Kenari: {one['message']}")
    assert form.errors == {"chosen": "Kantor Kenari: belum final"}


def test_what_somebody_changed_meanwhile_stands_beside_what_was_typed_and_is_meant_from_now_on() -> None:
    form = filled_in({"name": "Kantor", "decree_number": "SK-7", "version": "3"}, Typed)
    form.refuse(StaleVersionError(), present={"name": "Balai", "decree_number": "SK-7", "chosen": None})
    assert form.values == {"name": "Kantor", "decree_number": "SK-7"}
    assert form.present == {"name": "Balai"}
    assert "Isian Anda masih ada" in form.message
    assert "Muat ulang" not in form.message


def test_a_stale_refusal_that_says_more_is_told_as_it_is() -> None:
    form = filled()
    form.refuse(StaleVersionError("Unit ini sudah dipindahkan."))
    assert form.message == "Unit ini sudah dipindahkan."


def test_lines_are_compared_however_a_browser_ends_them() -> None:
    form = filled_in({"name": "Kantor\r\nKenari", "decree_number": "SK-7"}, Typed)
    form.refuse(StaleVersionError(), present={"name": "Kantor\nKenari"})
    assert form.present == {}


def test_an_answer_of_yes_or_no_is_compared_as_its_box_sends_it() -> None:
    form = filled_in({"name": "Kantor", "is_open": "true"}, Typed)
    form.refuse(StaleVersionError(), present={"name": "Kantor", "is_open": True, "is_closed": False})
    assert form.present == {}
