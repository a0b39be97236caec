"""PortalRB's rules without a database: what becomes of a review, which tokens may join, how often to pull."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.planning.portal.domain.pulls import LISTS, TRIES, allowed_pulls
from services.planning.portal.domain.reviews import (
    PackagedName,
    Pulls,
    Review,
    ReviewCause,
    ReviewState,
    Said,
    names_in,
    review_of,
)
from services.planning.portal.domain.tokens import (
    LONGEST_DAYS,
    Token,
    TokenExpiryError,
    TokensFullError,
    check_new,
    portal_day,
    token_id_in,
    token_text,
)

AT = datetime(2026, 5, 20, 3, tzinfo=UTC)
TODAY = date(2026, 5, 20)
FIRST = PackagedName(1, AT, "Kantor Satu", is_affirmation=False)


def later(hours: int) -> datetime:
    return AT + timedelta(hours=hours)


def package(version: int, hours: int, **changed: Any) -> PackagedName:
    return replace(FIRST, version=version, frozen_at=later(hours), **changed)


def pulled(times: int, hours: int) -> Pulls:
    return Pulls(times, later(hours))


def said(
    hours: int, *, pulls: int = 1, version: int = 1, number: int = 1, state: ReviewState = ReviewState.SESUAI
) -> Said:
    return Said(number, version, pulls, state, "kepala", later(hours))


def stands(found: Review) -> tuple[str, str, datetime]:
    return found.state.value, found.cause.value, found.since


# -- reviews


def test_a_review_is_pending_until_a_person_says_otherwise() -> None:
    assert stands(review_of([FIRST], None, None)) == ("pending", "new", AT)
    assert stands(review_of([FIRST], pulled(1, 1), None)) == ("pending", "pulled", later(1))
    found = review_of([FIRST], pulled(1, 1), said(2))
    assert (stands(found), found.said_by) == (("sesuai", "said", later(2)), "kepala")


def test_every_further_pull_takes_it_back_since_a_retry_looks_like_a_refetch() -> None:
    assert stands(review_of([FIRST], pulled(2, 3), said(2))) == ("pending", "pulled", later(3))


@pytest.mark.parametrize("changed", [{"name": "Kantor Dua"}, {"is_affirmation": True}])
def test_another_name_or_afirmasi_takes_it_back(changed: Mapping[str, Any]) -> None:
    names = [FIRST, package(2, 5, **changed)]
    assert stands(review_of(names, pulled(1, 1), said(2))) == ("pending", "renamed", later(5))


def test_a_package_that_names_it_alike_leaves_it() -> None:
    assert stands(review_of([FIRST, package(2, 5)], pulled(1, 1), said(2))) == ("sesuai", "said", later(2))


def test_a_name_that_comes_back_does_not_bring_the_review_back() -> None:
    names = [FIRST, package(2, 5, name="Kantor Dua"), package(3, 6)]
    assert stands(review_of(names, pulled(1, 1), said(2))) == ("pending", "renamed", later(5))


def test_what_is_said_of_the_new_name_holds_from_there_on() -> None:
    names = [FIRST, package(2, 5, name="Kantor Dua")]
    after = said(7, pulls=2, version=2, number=2)
    assert stands(review_of(names, pulled(2, 6), after)) == ("sesuai", "said", later(7))


def test_a_unit_that_was_left_out_between_keeps_what_was_said_of_the_same_name() -> None:
    names = [FIRST, package(3, 6)]
    assert review_of(names, pulled(1, 1), said(2)).state is ReviewState.SESUAI
    assert review_of([FIRST, package(3, 6, name="X")], pulled(1, 1), said(2)).cause is ReviewCause.RENAMED


def test_the_last_of_two_reasons_is_told() -> None:
    names = [FIRST, package(2, 5, name="Kantor Dua")]
    assert stands(review_of(names, pulled(2, 6), said(2))) == ("pending", "pulled", later(6))
    assert stands(review_of(names, pulled(2, 4), said(2))) == ("pending", "renamed", later(5))


def test_a_person_takes_it_back_too() -> None:
    back = said(3, number=2, state=ReviewState.PENDING)
    assert stands(review_of([FIRST], pulled(1, 1), back)) == ("pending", "said", later(3))


def test_whatever_happens_raises_the_version() -> None:
    steps = [
        review_of([FIRST], None, None),
        review_of([FIRST], pulled(1, 1), None),
        review_of([FIRST], pulled(1, 1), said(2)),
        review_of([FIRST], pulled(2, 3), said(2)),
        review_of([FIRST, package(2, 5)], pulled(2, 3), said(2)),
    ]
    versions = [one.version for one in steps]
    assert versions == sorted(set(versions))


def test_units_are_told_apart() -> None:
    unit = {"id": "u-1", "nama": "Satu", "afirmasi": False}
    other = {"id": "u-2", "nama": "Dua", "afirmasi": True}
    names = names_in([(1, AT, {"units": [unit]}), (2, later(1), {"units": [unit | {"nama": "Baru"}, other]})])
    assert {key: [one.name for one in found] for key, found in names.items()} == {
        "u-1": ["Satu", "Baru"], "u-2": ["Dua"],
    }  # fmt: skip


# -- tokens and limits


def token(number: int, **changed: Any) -> Token:
    made = Token(UUID(int=number), "a1", "PortalRB", TODAY, "admin", AT, None, None, None, 1)
    return replace(made, **changed)


def test_two_valid_tokens_of_a_client_are_enough() -> None:
    two = [token(1), token(2)]
    with pytest.raises(TokensFullError):
        check_new(two, "PortalRB", TODAY, TODAY)
    check_new(two, "Uji Coba", TODAY, TODAY)
    check_new([token(1), token(2, revoked_at=AT, revoked_by="admin")], "PortalRB", TODAY, TODAY)
    check_new([token(1), token(2, expires_on=TODAY - timedelta(1))], "PortalRB", TODAY, TODAY)


def test_a_last_day_is_neither_over_nor_far_away() -> None:
    check_new([], "PortalRB", TODAY, TODAY)
    check_new([], "PortalRB", TODAY + timedelta(LONGEST_DAYS), TODAY)
    for day in (TODAY - timedelta(1), TODAY + timedelta(LONGEST_DAYS + 1)):
        with pytest.raises(TokenExpiryError):
            check_new([], "PortalRB", day, TODAY)


def test_a_token_is_recognised_by_its_form_alone() -> None:
    text = token_text(UUID(int=7), "s" * 43)
    assert token_id_in(text) == UUID(int=7)
    for wrong in (
        "",
        text[:-1],
        f"{text}x",
        f" {text}",
        text.upper(),
        text.replace("zi_", "zz_", 1),
        "eyJ.x.y",
    ):
        assert token_id_in(wrong) is None


def test_the_last_day_of_a_token_is_the_ministrys() -> None:
    assert portal_day(datetime(2026, 5, 20, 16, 59, tzinfo=UTC)) == TODAY
    assert portal_day(datetime(2026, 5, 20, 17, 0, tzinfo=UTC)) == TODAY + timedelta(1)


@pytest.mark.parametrize("units", [0, 1, 200])
def test_three_tries_of_every_unit_and_list_go_through(units: int) -> None:
    assert allowed_pulls(units) >= TRIES * (units + LISTS)
