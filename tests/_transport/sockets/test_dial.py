from __future__ import annotations

import asyncio
import os
import random
import socket
from contextlib import suppress

import pytest

from aiodockerpy._transport.sockets.dial import TcpAddress, UnixAddress, dial
from aiodockerpy.errors import EngineUnreachable

BOTH_LOOPS = True


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def unix_path(tmp_path) -> str:
    return str(tmp_path / "engine.sock")


class TestUnix:
    async def test_connects(self, unix_path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(unix_path)
            server.listen()
            with await dial(UnixAddress(unix_path), timeout=5) as sock:
                assert not sock.getblocking()
                assert sock.getpeername() == unix_path

    async def test_50_dials_into_a_backlog_of_1(self, unix_path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(unix_path)
            server.listen(1)
            server.setblocking(False)
            loop = asyncio.get_running_loop()
            dials = [asyncio.create_task(dial(UnixAddress(unix_path), timeout=20)) for _ in range(50)]
            await asyncio.sleep(0.01)
            assert not all(task.done() for task in dials)
            for _ in range(50):
                far, _ = await loop.sock_accept(server)
                far.send(b"welcome")
                far.close()
            for task in dials:
                with await task as sock:
                    assert await loop.sock_recv(sock, 100) == b"welcome"

    async def test_full_backlog_for_too_long(self, unix_path):
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(unix_path)
            server.listen(0)
            before = open_files()
            with await dial(UnixAddress(unix_path)):
                with pytest.raises(EngineUnreachable, match=r"engine\.sock within 0\.05 s"):
                    await dial(UnixAddress(unix_path), timeout=0.05)
            assert open_files() == before

    async def test_no_socket(self, unix_path):
        with pytest.raises(EngineUnreachable, match=r"No such file .*is the engine running"):
            await dial(UnixAddress(unix_path, f"unix://{unix_path} (DOCKER_HOST)"))

    async def test_message_tells_why_this_address(self, unix_path):
        with pytest.raises(EngineUnreachable, match=r"\(DOCKER_HOST\)"):
            await dial(UnixAddress(unix_path, f"unix://{unix_path} (DOCKER_HOST)"))

    async def test_no_permission_hints_at_the_group(self, unix_path, monkeypatch):
        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        class Refused(socket.socket):
            connect = refuse

        monkeypatch.setattr(socket, "socket", Refused)
        with pytest.raises(EngineUnreachable, match=r"Permission denied .*group"):
            await dial(UnixAddress(unix_path))


class TestTcp:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    async def test_connects(self, host):
        with socket.create_server(("127.0.0.1", 0)) as server:
            with await dial(TcpAddress(host, server.getsockname()[1]), timeout=5) as sock:
                assert sock.getpeername() == server.getsockname()
                assert not sock.getblocking()
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    async def test_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = TcpAddress("127.0.0.1", taken.getsockname()[1])
            with pytest.raises(EngineUnreachable, match=rf"{address}: .*refused .*is the engine running"):
                await dial(address, timeout=5)

    async def test_unknown_name(self):
        with pytest.raises(EngineUnreachable, match=r"tcp://no-such-engine\.invalid:2375"):
            await dial(TcpAddress("no-such-engine.invalid", 2375), timeout=10)

    async def test_impossible_name(self):
        with pytest.raises(EngineUnreachable):
            await dial(TcpAddress("x" * 70 + ".invalid", 2375), timeout=10)

    async def test_nobody_answers(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            address = TcpAddress(*server.getsockname())
            with await dial(address):
                before = open_files()
                with pytest.raises(EngineUnreachable, match=r"within 0\.05 s"):
                    await dial(address, timeout=0.05)
                assert open_files() == before

    async def test_cancelled_dials_leak_nothing(self):
        with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
            address = TcpAddress(*server.getsockname())
            dice = random.Random(4)
            (await dial(address)).close()
            before = open_files()
            for _ in range(100):
                task = asyncio.create_task(dial(address))
                for _ in range(dice.randint(0, 3)):
                    await asyncio.sleep(0)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    (await task).close()
            assert open_files() == before


@pytest.mark.parametrize("order", [1, -1])
async def test_an_address_that_does_not_answer_costs_a_moment_only(monkeypatch, order):
    with socket.socket() as silent, socket.create_server(("127.0.0.1", 0)) as server:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        with await dial(TcpAddress("127.0.0.1", port)):  # which fills its backlog
            places = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", spot.getsockname()) for spot in (silent, server)]

            loop = asyncio.get_running_loop()
            really = loop.getaddrinfo  # uvloop asks it for addresses that are numbers, too

            async def look_up(host, *rest, **options):
                return places[::order] if host == "engine.test" else await really(host, *rest, **options)

            monkeypatch.setattr(loop, "getaddrinfo", look_up)
            with await dial(TcpAddress("engine.test", port), timeout=5) as sock:
                assert sock.getpeername() == server.getsockname()


async def test_a_name_without_an_address(monkeypatch):
    async def look_up(*_, **__):
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    with pytest.raises(EngineUnreachable, match="has no address"):
        await dial(TcpAddress("engine.test", 2375), timeout=5)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (UnixAddress("/run/docker.sock"), "unix:///run/docker.sock"),
        (TcpAddress("::1", 2375), "tcp://[::1]:2375"),
        (TcpAddress("engine", 2376, "tcp://engine:2376 (context 'prod')"), "tcp://engine:2376 (context 'prod')"),
    ],
)
def test_text(address, text):
    assert str(address) == text
