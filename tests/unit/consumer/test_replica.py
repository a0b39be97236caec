"""The newest version wins, and no version says two things, whatever the order, batches and repeats."""

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from shared.consumer.codec import Received
from shared.consumer.replica import Key, newest

Said = tuple[str, int, bytes]
"""Key, version and hash of the payload of a fact."""


class Stored:
    """What a table would hold after each batch: version and hash by key."""

    def __init__(self) -> None:
        self.rows: dict[Key, tuple[int, bytes]] = {}
        self.rejected: list[Said] = []

    def fold(self, batch: list[Said]) -> None:
        facts = [
            (
                cast(Received, SimpleNamespace(said=said)),
                dict(zip(("id", "version", "payload_hash"), said, strict=True)),
            )
            for said in batch
        ]
        versions = {key: version for key, (version, _) in self.rows.items()}
        hashes: dict[Key, bytes] = {(*key, version): said for key, (version, said) in self.rows.items()}
        found, rejected = newest(facts, lambda values: (values["id"],), versions, hashes)
        self.rows |= {key: (row["version"], row["payload_hash"]) for key, (_, row) in found.items()}
        self.rejected += [cast(Any, one.received).said for one in rejected]


def true(key: str, version: int) -> Said:
    return key, version, f"{key}{version}".encode()


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5))), min_size=1))
def test_order_batches_and_repeats_make_no_difference(batches: list[list[tuple[str, int]]]) -> None:
    stored = Stored()
    for batch in batches:
        stored.fold([true(*fact) for fact in batch])
    every = [fact for batch in batches for fact in batch]
    last = {key: max(version for one, version in every if one == key) for key, _ in every}
    assert stored.rows == {(key,): true(key, version)[1:] for key, version in last.items()}
    assert stored.rejected == []


def test_another_payload_under_the_stored_version_is_refused_even_beside_a_newer_one() -> None:
    stored = Stored()
    stored.fold([true("a", 2)])
    lie = ("a", 2, b"other")
    stored.fold([lie, true("a", 3), true("b", 2)])
    assert stored.rejected == [lie]
    assert stored.rows == {("a",): true("a", 3)[1:], ("b",): true("b", 2)[1:]}


def test_of_two_payloads_under_a_new_version_the_first_stays() -> None:
    stored = Stored()
    lie = ("a", 1, b"other")
    stored.fold([true("a", 1), lie, true("a", 1)])
    assert (stored.rows, stored.rejected) == ({("a",): true("a", 1)[1:]}, [lie])
