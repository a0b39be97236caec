"""Files by their sha256: one behaviour over a local folder and over a bucket spoken to by S3's protocol."""

import asyncio
import hashlib
import io
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

import httpx2
import pytest
from moto.server import ThreadedMotoServer

from shared.files.store import (
    CHUNK_BYTES,
    FileCorruptError,
    FileStore,
    FileTooLargeError,
    StorageAwayError,
    StorageFullError,
)

CONTENT = bytes(range(256)) * 3000
SHA = hashlib.sha256(CONTENT).hexdigest()
MIB = 1024 * 1024
LATER = datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Give the address of an S3 server of this process."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the name of an empty bucket; the credentials stand in the environment."""
    name = f"bukti-{uuid4()}"
    httpx2.put(f"{s3}/{name}").raise_for_status()
    for key, value in {"ENDPOINT": s3, "ACCESS_KEY_ID": "uji", "SECRET_ACCESS_KEY": "uji"}.items():
        monkeypatch.setenv(f"AWS_{key}", value)
    return name


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "local":
        return FileStore.open(str(tmp_path))
    return FileStore.open(f"s3://{request.getfixturevalue('bucket')}/planning", allow_http=True)


async def keep(store: FileStore, content: bytes) -> str:
    async with store.receiving(io.BytesIO(content), limit_bytes=10 * MIB) as received:
        await store.place(received)
        assert received.size_bytes == len(content)
        return received.sha256


async def content_of(store: FileStore, sha256: str) -> bytes:
    return b"".join([chunk async for chunk in await store.read(sha256)])


async def names(store: FileStore) -> list[str]:
    return [name async for batch in store.stored_before(LATER) for name in batch]


async def test_a_file_comes_back_byte_for_byte_under_its_hash(store: FileStore) -> None:
    assert await keep(store, CONTENT) == SHA
    assert await content_of(store, SHA) == CONTENT
    assert await names(store) == [SHA]


async def test_the_same_bytes_are_kept_once(store: FileStore) -> None:
    assert await keep(store, CONTENT) == await keep(store, CONTENT)
    assert await names(store) == [SHA]


async def test_placing_again_after_a_repeated_transaction_does_no_harm(store: FileStore) -> None:
    async with store.receiving(io.BytesIO(CONTENT), limit_bytes=MIB) as received:
        await store.place(received)
        await store.place(received)
    assert await content_of(store, SHA) == CONTENT


async def test_an_endpoint_without_tls_is_refused_unless_it_is_allowed(bucket: str) -> None:
    with pytest.raises(StorageAwayError):
        await keep(FileStore.open(f"s3://{bucket}"), CONTENT)


def test_an_address_of_a_bucket_opens_a_bucket_and_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    FileStore.open("s3://bukti/planning")
    assert list(tmp_path.iterdir()) == []


async def test_an_empty_file_can_be_kept(store: FileStore) -> None:
    empty = await keep(store, b"")
    assert await content_of(store, empty) == b""


async def test_what_is_never_placed_leaves_nothing(store: FileStore) -> None:
    async with store.receiving(io.BytesIO(CONTENT), limit_bytes=MIB):
        pass
    assert await names(store) == []
    assert await store.drop_unfinished(LATER) == 0


class Endless(io.RawIOBase):
    """Zeros without end; counts what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        self.given += size
        return bytes(size)


async def test_a_file_over_the_limit_is_cut_off_while_it_comes(store: FileStore) -> None:
    endless = Endless()
    with pytest.raises(FileTooLargeError):
        async with store.receiving(cast("BinaryIO", endless), limit_bytes=8 * MIB):
            raise AssertionError("never whole")
    assert (endless.largest, endless.given <= 8 * MIB + CHUNK_BYTES) == (CHUNK_BYTES, True)
    assert await store.drop_unfinished(LATER) == 0


async def test_a_source_that_breaks_leaves_nothing(store: FileStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(StorageAwayError):
        async with store.receiving(Broken(), limit_bytes=MIB):
            raise AssertionError("never whole")
    assert await store.drop_unfinished(LATER) == 0


async def test_a_file_that_is_gone_is_never_served(store: FileStore) -> None:
    with pytest.raises(FileCorruptError):
        await store.read(SHA)


async def test_an_old_file_is_deleted_and_a_fresh_one_is_not(store: FileStore) -> None:
    await keep(store, CONTENT)
    assert not await store.delete_if_older(SHA, datetime.now(UTC) - timedelta(hours=1))
    assert await store.delete_if_older(SHA, LATER)
    assert not await store.delete_if_older(SHA, LATER)
    assert await names(store) == []


@pytest.mark.parametrize("place", [0, 1000, len(CONTENT) - 1])
async def test_one_flipped_bit_on_disk_is_found_and_never_served(tmp_path: Path, place: int) -> None:
    store = FileStore.open(str(tmp_path))
    await keep(store, CONTENT)
    path = tmp_path / "files" / SHA[:2] / SHA
    flipped = bytearray(path.read_bytes())
    flipped[place] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(FileCorruptError):
        await store.read(SHA)


async def test_leftovers_that_the_library_hides_are_swept_too(tmp_path: Path) -> None:
    store = FileStore.open(str(tmp_path))
    for name in ("left", "left#1"):
        (tmp_path / "incoming" / name).write_bytes(b"x")
    assert await store.drop_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert await store.drop_unfinished(LATER) == 2
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_file_and_folders_are_on_disk_before_the_file_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def note(descriptor: int, real: Callable[[int], None] = os.fsync) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    store = FileStore.open(str(tmp_path))
    async with store.receiving(io.BytesIO(CONTENT), limit_bytes=MIB) as received:
        assert synced[0] == str(tmp_path / received.temporary)
        synced.clear()
        await store.place(received)
    files = tmp_path / "files"
    assert synced == [str(path) for path in (files / SHA[:2] / SHA, files / SHA[:2], files, tmp_path)]


async def test_a_full_disk_is_told_apart_from_a_store_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore.open(str(tmp_path))
    for fault, expected in (
        (OSError(28, "No space left on device"), StorageFullError),
        (OSError(5, "I/O"), StorageAwayError),
    ):

        async def fail(*_: object, fault: OSError = fault, **__: object) -> None:
            raise fault

        monkeypatch.setattr("shared.files.store.obstore.put_async", fail)
        with pytest.raises(expected):
            async with store.receiving(io.BytesIO(CONTENT), limit_bytes=MIB):
                raise AssertionError("never whole")


async def never(*_: object) -> None:
    await asyncio.Event().wait()


async def fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("fault", [never, fail])
async def test_an_upload_that_is_recorded_is_not_refused_for_a_store_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., Awaitable[None]]
) -> None:
    monkeypatch.setattr("shared.files.store.SURE_SECONDS", 0.1)
    store = FileStore.open(str(tmp_path))

    async def upload() -> str:
        async with store.keeping(io.BytesIO(CONTENT), limit_bytes=10 * MIB) as received:
            for name in ("head_async", "delete_async"):
                monkeypatch.setattr(f"shared.files.store.obstore.{name}", fault)
            return received.sha256

    assert await asyncio.wait_for(upload(), 10) == SHA


async def test_a_recorded_file_that_is_gone_and_cannot_be_placed_again_is_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore.open(str(tmp_path))
    async with store.keeping(io.BytesIO(CONTENT), limit_bytes=10 * MIB) as received:
        (tmp_path / "files" / SHA[:2] / SHA).unlink()
        monkeypatch.setattr("shared.files.store.obstore.copy_async", fail)
        assert received.sha256 == SHA
