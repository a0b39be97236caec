"""The scanner's word counts only where it gave one: clean, harmful, or nobody looked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.files.scanning import PART_BYTES, Clamd, ScannerAwayError, scanner_fault
from tests.support.scanner import EICAR, Manner, clamd

LONG = bytes(range(256)) * (PART_BYTES // 100)


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        yield part


async def test_a_clean_file_is_clean_and_was_given_whole() -> None:
    async with clamd() as daemon:
        assert await Clamd(daemon.address, seconds=5).is_clean(parts(LONG, b"", b"end"))
        assert daemon.seen == [LONG + b"end"]


async def test_the_test_file_of_all_scanners_is_harmful_also_across_parts() -> None:
    async with clamd() as daemon:
        scanner = Clamd(daemon.address, seconds=5)
        assert not await scanner.is_clean(parts(EICAR))
        assert not await scanner.is_clean(parts(b"%PDF-1.4 " + EICAR[:30], EICAR[30:]))


async def test_it_is_reached_by_a_local_socket_too(tmp_path: Path) -> None:
    async with clamd(str(tmp_path / "s")) as daemon:
        assert await Clamd(daemon.address, seconds=5).is_clean(parts(b"a"))


@pytest.mark.parametrize("manner", ["limit", "rubbish", "endless", "cut"])
async def test_any_other_answer_is_no_word_about_the_file(manner: Manner) -> None:
    async with clamd() as daemon:
        daemon.manner = manner
        with pytest.raises(ScannerAwayError):
            await Clamd(daemon.address, seconds=5).is_clean(parts(*[LONG] * 40))


async def test_who_says_nothing_is_away_after_its_time() -> None:
    async with clamd() as daemon:
        daemon.manner = "silent"
        with pytest.raises(ScannerAwayError):
            await Clamd(daemon.address, seconds=0.1).is_clean(parts(b"a"))


async def test_where_nobody_listens_it_is_away(tmp_path: Path) -> None:
    for address in ("tcp://127.0.0.1:1", f"unix://{tmp_path}/none"):
        with pytest.raises(ScannerAwayError):
            await Clamd(address, seconds=5).is_clean(parts(b"a"))


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("tcp://clamd:3310", True),
        ("tcp://[::1]:3310", True),
        ("unix:///run/clamd.sock", True),
        ("clamd:3310", False),
        ("tcp://clamd", False),
        ("unix://run", False),
        ("http://clamd:80", False),
    ],
)
def test_an_address_is_one_of_a_port_or_a_socket(address: str, is_good: bool) -> None:
    assert (scanner_fault(address) is None) is is_good
