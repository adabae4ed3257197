"""The fault proxy does what it says, before a server that echoes."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.lab.faults import FaultProxy, Faults
from tests.lab.leaks import Snapshot, remaining

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO = b"hello world"


@asynccontextmanager
async def echo_server(received: list[bytes]) -> AsyncIterator[str]:
    async def echo(reader, writer):
        while data := await reader.read(1000):
            received.append(data)
            writer.write(data)
        writer.write(b"!")
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"tcp://{host}:{port}"
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def through(faults: Faults, received: list[bytes] | None = None, *, tcp: bool = False):
    async with (
        echo_server([] if received is None else received) as target,
        FaultProxy(target, faults, tcp=tcp) as proxy,
    ):
        if tcp:
            host, _, port = proxy.url.removeprefix("tcp://").rpartition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
        else:
            reader, writer = await asyncio.open_unix_connection(proxy.url.removeprefix("unix://"))
        try:
            yield proxy, reader, writer
        finally:
            writer.close()


@pytest.mark.parametrize("tcp", [False, True])
async def test_passes_everything_and_both_half_closes(tcp):
    async with through(Faults(chunk=1), tcp=tcp) as (proxy, reader, writer):
        writer.write(HELLO)
        writer.write_eof()
        assert await reader.read() == HELLO + b"!"
        assert (proxy.accepted, proxy.bytes_to_engine, proxy.bytes_to_client) == (1, len(HELLO), len(HELLO) + 1)


async def test_cuts_at_the_byte():
    async with through(Faults(cut_after=3)) as (_, reader, writer):
        writer.write(HELLO)
        assert await reader.read() == b"hel"


async def test_resets():
    async with through(Faults(cut_after=3, reset=True), tcp=True) as (_, reader, writer):
        writer.write(HELLO)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(len(HELLO))


async def test_stalls_at_the_byte_and_stays_open():
    async with through(Faults(stall_after=3)) as (proxy, reader, writer):
        writer.write(HELLO)
        assert await reader.readexactly(3) == b"hel"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.read(1)
        assert proxy.open_connections == 1


async def test_half_close_still_carries_requests():
    received: list[bytes] = []
    async with through(Faults(half_close_after=3), received) as (proxy, reader, writer):
        writer.write(HELLO)
        assert await reader.read() == b"hel"
        writer.write(b"more")
        await proxy.until(lambda p: p.bytes_to_engine == len(HELLO) + 4)


async def test_executes_then_cuts():
    received: list[bytes] = []
    async with through(Faults(execute_then_cut=True), received) as (_, reader, writer):
        writer.write(HELLO)
        assert await reader.read() == b""
        assert received == [HELLO]


async def test_cuts_the_request():
    received: list[bytes] = []
    async with through(Faults(cut_request_after=5), received) as (_, reader, writer):
        writer.write(HELLO)
        await reader.read()
        assert b"".join(received) == b"hello"


async def test_drops_idle_connections():
    async with through(Faults(drop_idle=0.05)) as (_, reader, _writer):
        assert await reader.read() == b""


async def test_refuses():
    async with through(Faults(refuse=True)) as (_, reader, _writer):
        assert await reader.read() == b""


async def test_faults_may_change_while_open():
    async with through(Faults()) as (proxy, reader, writer):
        writer.write(HELLO)
        assert await reader.readexactly(len(HELLO)) == HELLO
        proxy.faults.execute_then_cut = True
        writer.write(HELLO)
        assert await reader.read() == b""


async def test_cut_all_and_no_leaks():
    before = Snapshot.take()
    async with through(Faults()) as (proxy, reader, writer):
        writer.write(HELLO)
        await reader.readexactly(len(HELLO))
        await proxy.cut_all()
        assert await reader.read() == b""
        assert proxy.open_connections == 0
    assert await remaining(before) == []


async def test_nothing_is_accepted():
    async with FaultProxy("tcp://127.0.0.1:9", backlog=0, accepts=False) as proxy:
        path = proxy.url.removeprefix("unix://")
        with socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
            first.connect(path)
            second.setblocking(False)
            assert second.connect_ex(path) == errno.EAGAIN
        assert proxy.accepted == 0


async def test_the_leak_gate_sees_tasks_files_and_threads():
    before = Snapshot.take()
    task = asyncio.create_task(asyncio.Event().wait())
    with open("/dev/null", "rb"):
        left = await remaining(before, settle=0)
        assert any(entry.startswith("task ") for entry in left)
        assert any(entry.endswith("/dev/null") for entry in left)
    task.cancel()
    assert await remaining(before) == []
