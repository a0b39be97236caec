"""The proxy between clients and servers does what the fault tests believe of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.polling import until
from tests.support.proxy import Proxy

SOON_SECONDS = 30.0


class Echo:
    """A server that sends everything back and knows who hung up."""

    def __init__(self) -> None:
        self.heard = b""
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(100):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.ended += 1
            writer.close()


@pytest.fixture
async def line() -> AsyncIterator[tuple[Echo, Proxy, asyncio.StreamReader, asyncio.StreamWriter]]:
    """One connection to an echo through a proxy."""
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"
        yield echo, proxy, reader, writer
        writer.close()
    server.close()
    await server.wait_closed()


Line = tuple[Echo, Proxy, asyncio.StreamReader, asyncio.StreamWriter]


async def test_a_cut_holds_bytes_and_hang_ups_back_until_it_is_mended(line: Line) -> None:
    echo, proxy, reader, writer = line
    with proxy.is_cut():
        writer.write(b"b")
        await until(lambda: _holds(proxy, 1), seconds=SOON_SECONDS)
        assert echo.heard == b"a"
    assert await reader.readexactly(1) == b"b"
    with proxy.is_cut():
        writer.close()
        await until(lambda: _holds(proxy, 1), seconds=SOON_SECONDS)
        assert echo.ended == 0
    await until(lambda: _has_ended(echo), seconds=SOON_SECONDS)


async def test_a_cut_of_the_way_back_lets_questions_through_and_no_answers(line: Line) -> None:
    echo, proxy, reader, writer = line
    proxy.cut("down")
    writer.write(b"b")
    await until(lambda: _holds(proxy, 1), seconds=SOON_SECONDS)
    assert echo.heard == b"ab"
    proxy.mend()
    assert await reader.readexactly(1) == b"b"


async def test_a_reset_ends_both_sides(line: Line) -> None:
    echo, proxy, reader, _writer = line
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    await until(lambda: _has_ended(echo), seconds=SOON_SECONDS)


async def test_a_delay_makes_every_answer_late_and_loses_none(line: Line) -> None:
    _echo, proxy, reader, writer = line
    proxy.delay_seconds = 0.1
    asked = asyncio.get_running_loop().time()
    writer.write(b"b")
    assert await reader.readexactly(1) == b"b"
    assert asyncio.get_running_loop().time() - asked >= 0.2  # there and back


async def _has_ended(echo: Echo) -> bool:
    return echo.ended == 1


async def _holds(proxy: Proxy, count: int) -> bool:
    return proxy.held == count
