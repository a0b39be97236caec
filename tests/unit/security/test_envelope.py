from dataclasses import replace
from pathlib import Path

import pytest

from shared.security.envelope import PADDED_TO, DataKey, new_key, open_key, rewrap
from shared.security.keys import KeyRefusedError
from shared.security.keys.local import LocalKeys
from shared.security.sealing import SealBrokenError

KEY = DataKey("case/1", 1, bytes(32))


@pytest.mark.parametrize("text", ["Wulan Contoh", "", "é" * 200, "ends with a byte \x80", "x" * PADDED_TO])
def test_a_field_opens_as_it_was_sealed(text: str) -> None:
    assert KEY.unseal("name", KEY.seal("name", text)) == text


@pytest.mark.parametrize(
    "other", [replace(KEY, entity="case/2"), replace(KEY, version=2), replace(KEY, key=bytes(31) + b"1")]
)
def test_a_field_opens_for_no_other_entity_key_or_version(other: DataKey) -> None:
    with pytest.raises(SealBrokenError):
        other.unseal("name", KEY.seal("name", "Wulan Contoh"))


def test_a_field_opens_as_no_other_field() -> None:
    with pytest.raises(SealBrokenError):
        KEY.unseal("contact", KEY.seal("name", "Wulan Contoh"))


def test_the_length_of_a_sealed_name_tells_nothing_of_it() -> None:
    assert len({len(KEY.seal("name", "a" * length)) for length in range(1, 60)}) == 1


def test_a_key_is_never_printed() -> None:
    assert "\\x00" not in repr(KEY)


async def test_a_key_is_opened_for_its_own_entity_and_version_alone(tmp_path: Path) -> None:
    keys = LocalKeys.made(tmp_path / "keys.json")
    made, wrapped = await new_key(keys, "case/1")
    assert await open_key(keys, "case/1", 1, wrapped.text) == made
    for entity, version in (("case/2", 1), ("case/1", 2)):
        with pytest.raises(KeyRefusedError):
            await open_key(keys, entity, version, wrapped.text)


async def test_wrapped_anew_a_key_stays_the_same_and_outlives_the_old_version(tmp_path: Path) -> None:
    keys = LocalKeys.made(tmp_path / "keys.json")
    made, wrapped = await new_key(keys, "case/1")
    await keys.create()
    anew = await rewrap(keys, "case/1", 1, wrapped.text)
    await keys.destroy(2)
    assert (anew.version, await open_key(keys, "case/1", 1, anew.text)) == (2, made)
