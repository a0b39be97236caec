"""Wrapping keys, kept in a file or by a key service over real HTTP: the same rules for both."""

import base64
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.held import ConnectionHeldError, holding
from shared.security.keys import KeyFileError, KeyProvider, KeyRefusedError, KeysAwayError, open_keys
from shared.security.keys.local import LocalKeys
from shared.security.keys.opening import keys_fault
from shared.security.keys.transit import REST_SECONDS, TransitKeys
from tests.support.key_service import KeyService, key_service, token_file

KEY = bytes(range(32))


@pytest.fixture
async def service() -> AsyncIterator[KeyService]:
    async with key_service() as running:
        yield running


class Time:
    """The clock of a client under the test's hand: its pauses take no time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def transit(service: KeyService, tmp_path: Path, time: Time) -> TransitKeys:
    return TransitKeys(
        service.address, token_file(tmp_path), pause=time.pause, monotonic=time, try_seconds=0.3
    )


@pytest.fixture(params=["file", "service"])
def keys(request: pytest.FixtureRequest, tmp_path: Path, transit: TransitKeys) -> KeyProvider:
    return LocalKeys.made(tmp_path / "keys.json") if request.param == "file" else transit


async def test_a_wrapped_key_opens_in_its_context_alone(keys: KeyProvider) -> None:
    wrapped = await keys.wrap(KEY, "case 1")
    assert await keys.unwrap(wrapped.text, "case 1") == KEY
    assert base64.b64encode(KEY).decode() not in wrapped.text
    with pytest.raises(KeyRefusedError):
        await keys.unwrap(wrapped.text, "case 2")


@pytest.mark.parametrize(
    "broken", ["", "vault:v1:", "local:v1:AAAA", "local:v9:AAAA", "vault:v9:AAAA", "plain"]
)
async def test_what_is_no_wrapped_key_is_refused(keys: KeyProvider, broken: str) -> None:
    with pytest.raises(KeyRefusedError):
        await keys.unwrap(broken, "case 1")


async def test_a_changed_wrapped_key_is_refused(keys: KeyProvider) -> None:
    head, _, text = (await keys.wrap(KEY, "case 1")).text.rpartition(":")
    raw = base64.b64decode(text, altchars=b"-_") if "local" in head else base64.b64decode(text)
    changed = base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    changed = changed.translate(str.maketrans("+/", "-_")) if "local" in head else changed
    with pytest.raises(KeyRefusedError):
        await keys.unwrap(f"{head}:{changed}", "case 1")


async def test_a_new_version_wraps_and_the_old_one_still_opens_until_it_is_destroyed(
    keys: KeyProvider,
) -> None:
    before = await keys.wrap(KEY, "case 1")
    assert (before.version, await keys.newest()) == (1, 1)
    assert await keys.create() == 2
    after = await keys.wrap(KEY, "case 1")
    assert after.version == 2
    assert await keys.unwrap(before.text, "case 1") == KEY
    await keys.destroy(2)
    assert await keys.unwrap(after.text, "case 1") == KEY
    with pytest.raises(KeyRefusedError):
        await keys.unwrap(before.text, "case 1")
    with pytest.raises(ValueError, match="no version 7"):
        await keys.destroy(7)


async def test_nobody_waits_for_keys_inside_a_transaction(keys: KeyProvider) -> None:
    wrapped = await keys.wrap(KEY, "case 1")
    with holding():
        for asked in (keys.wrap(KEY, "c"), keys.unwrap(wrapped.text, "case 1"), keys.newest(), keys.create()):
            with pytest.raises(ConnectionHeldError):
                await asked


# -- the file ------------------------------------------------------------------------------------------


def test_a_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    LocalKeys.made(path)
    first = path.read_bytes()
    LocalKeys.made(path)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
async def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = LocalKeys.made(tmp_path / "keys.json")
    (tmp_path / "keys.json").chmod(mode)
    with pytest.raises(KeyFileError, match="read by others"):
        keys.check()
    with pytest.raises(KeysAwayError):
        await keys.wrap(KEY, "case 1")


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"newest": 1, "keys": {}}', '{"newest": 1, "keys": {"1": "c2hvcnQ="}}',
        '{"newest": "a", "keys": {}}', '{"newest": 1, "keys": 3}',
    ],
)  # fmt: skip
def test_a_file_that_is_not_whole_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(KeyFileError, match=r"not one of ours|not whole"):
        open_keys(path.as_uri(), None)


async def test_a_missing_file_is_made_at_the_first_use_and_only_where_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "keys.json"
    with pytest.raises(KeyFileError, match="is missing"):
        open_keys(path.as_uri(), None)
    keys = open_keys(path.as_uri(), None, may_make=True)
    assert not path.exists()
    await keys.wrap(KEY, "case 1")
    assert json.loads(path.read_text())["newest"] == 1


async def test_another_process_s_rotation_is_seen_at_once(tmp_path: Path) -> None:
    ours, theirs = LocalKeys.made(tmp_path / "keys.json"), LocalKeys(tmp_path / "keys.json")
    assert await theirs.create() == 2
    assert (await ours.wrap(KEY, "case 1")).version == 2


# -- the service ---------------------------------------------------------------------------------------


async def test_a_wrong_token_is_refused_at_once_and_told_in_words(
    service: KeyService, tmp_path: Path, time: Time
) -> None:
    keys = TransitKeys(service.address, token_file(tmp_path, "stale"), pause=time.pause, monotonic=time)
    with pytest.raises(KeysAwayError, match="penyimpan kunci tidak dapat dihubungi"):
        await keys.wrap(KEY, "case 1")
    assert len(service.asked) == 1


async def test_a_token_that_was_renewed_is_used_from_then_on(
    service: KeyService, tmp_path: Path, time: Time
) -> None:
    keys = TransitKeys(service.address, token_file(tmp_path, "stale"), pause=time.pause, monotonic=time)
    with pytest.raises(KeysAwayError):
        await keys.newest()
    token_file(tmp_path)
    time.now += REST_SECONDS
    assert await keys.newest() == 1


@pytest.mark.parametrize("manner", ["sealed", "broken", "slow", "cut"])
async def test_a_passing_fault_is_tried_again(service: KeyService, transit: TransitKeys, manner: str) -> None:
    service.misbehave(manner, times=2)  # type: ignore[arg-type]
    assert (await transit.wrap(KEY, "case 1")).version == 1
    assert len(service.asked) == 3


@pytest.mark.parametrize("manner", ["sealed", "broken", "slow", "cut"])
async def test_a_lasting_fault_ends_after_three_tries_and_then_nobody_waits_for_a_while(
    service: KeyService, transit: TransitKeys, time: Time, manner: str
) -> None:
    service.misbehave(manner)  # type: ignore[arg-type]
    with pytest.raises(KeysAwayError):
        await transit.wrap(KEY, "case 1")
    with pytest.raises(KeysAwayError):
        await transit.wrap(KEY, "case 1")
    assert len(service.asked) == 3
    service.misbehave("serve")
    time.now += REST_SECONDS
    assert (await transit.wrap(KEY, "case 1")).version == 1


async def test_an_answer_that_is_none_of_the_protocol_is_no_key(
    service: KeyService, transit: TransitKeys
) -> None:
    service.misbehave("rubbish")
    with pytest.raises(KeysAwayError):
        await transit.wrap(KEY, "case 1")


async def test_a_service_that_is_gone_is_away(tmp_path: Path, time: Time) -> None:
    async with key_service() as service:
        address = service.address
    keys = TransitKeys(address, token_file(tmp_path), pause=time.pause, monotonic=time)
    with pytest.raises(KeysAwayError):
        await keys.newest()


async def test_a_key_that_the_service_does_not_have_is_away_not_broken(
    service: KeyService, tmp_path: Path, time: Time
) -> None:
    address = service.address.replace("zona", "other")
    keys = TransitKeys(address, token_file(tmp_path), pause=time.pause, monotonic=time)
    with pytest.raises(KeysAwayError):
        await keys.unwrap(f"vault:v1:{base64.b64encode(os.urandom(60)).decode()}", "case 1")
    assert len(service.asked) == 1


async def test_a_lost_token_file_is_away(service: KeyService, tmp_path: Path, time: Time) -> None:
    keys = TransitKeys(service.address, tmp_path / "none", pause=time.pause, monotonic=time)
    with pytest.raises(KeysAwayError):
        await keys.newest()
    assert service.asked == []


@pytest.mark.parametrize(
    ("address", "token", "is_good"),
    [
        ("file:///keys/complaints.json", None, True),
        ("https://vault.instansi.go.id:8200/transit/zona", Path("/run/token"), True),
        ("https://vault.instansi.go.id:8200/transit/zona", None, False),
        ("https://vault.instansi.go.id:8200/zona", Path("/run/token"), False),
        ("file://host/keys.json", None, False),
        ("keys.json", None, False),
        ("", None, False),
    ],
)
def test_an_address_of_keys_is_a_file_or_a_service_with_mount_and_key(
    address: str, token: Path | None, is_good: bool
) -> None:
    assert (keys_fault(address, token) is None) is is_good
