"""Terminals in the browser: real engines, real servers of both frameworks, and browsers that are a websocket client."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from contextlib import asynccontextmanager, nullcontext
from types import SimpleNamespace

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from aiohttp import web
from fastapi import FastAPI, WebSocket

from aiodockerpy import errors
from aiodockerpy.terminals import bridge

IMAGE = "busybox:1"
SHELL = ["env", "PS1=$ ", "sh"]
FRAMEWORKS = ["aiohttp", "fastapi"]


@pytest_asyncio.fixture
async def box(client, prefix):
    return await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}box", detach=True, init=True)


def shell(box, command=SHELL, **options):
    return box.exec_run(command, stdin=True, tty=True, kill_on_cancel=True, **options)


@asynccontextmanager
async def aiohttp_server(handle):
    """Serve terminals by aiohttp; yields the address."""

    async def terminal(request):
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        await handle(websocket)
        return websocket

    app = web.Application()
    app.router.add_get("/", terminal)
    runner = web.AppRunner(app, shutdown_timeout=5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


class Server(uvicorn.Server):
    def capture_signals(self):
        return nullcontext()


@asynccontextmanager
async def fastapi_server(handle):
    """Serve terminals by FastAPI, whose websockets are Starlette's, on uvicorn; yields the address."""

    async def terminal(websocket):
        await websocket.accept()
        await handle(websocket)

    terminal.__annotations__["websocket"] = WebSocket  # FastAPI reads it
    app = FastAPI()
    app.websocket("/")(terminal)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=5))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            await serving


SERVERS = {"aiohttp": aiohttp_server, "fastapi": fastapi_server}


@asynccontextmanager
async def terminals(framework, process, **options):
    """Serve a terminal; yields a function that connects a browser, and the ends of the terminals."""
    ends = asyncio.Queue()

    async def handle(websocket):
        ends.put_nowait(await bridge(process(), websocket, **options))

    async with SERVERS[framework](handle) as address, aiohttp.ClientSession() as browsers:
        yield SimpleNamespace(connect=lambda: browsers.ws_connect(address), ends=ends)


async def read_until(browser, wanted):
    """Read output until a text is in it."""
    seen = ""
    while wanted not in seen:
        message = await browser.receive(30)
        assert message.type is aiohttp.WSMsgType.BINARY, (message, seen)
        seen += message.data.decode()
    return seen


async def closing(browser):
    """Read until the close frame; return its code and reason."""
    while (message := await browser.receive(30)).type is aiohttp.WSMsgType.BINARY:
        pass
    assert message.type is aiohttp.WSMsgType.CLOSE, message
    return message.data, message.extra


async def gone(box, pattern):
    """Wait until no process with such arguments runs in the container."""
    while int((await box.exec_run(["sh", "-c", f"ps -o args | grep -c '^{pattern}'"]))[1]):
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_a_shell_in_the_browser(box, framework):
    async with terminals(framework, lambda: shell(box)) as served, served.connect() as browser:
        await browser.send_json({"type": "resize", "cols": 93, "rows": 31})
        await read_until(browser, "$ ")
        while True:  # the size arrives when the shell may have started already
            await browser.send_str("stty size\r")
            if "31 93" in await read_until(browser, "\n$ "):
                break
        await browser.send_bytes("echo gr\u00fc\u00df $((6*7)) \u20ac\r".encode())
        await read_until(browser, "gr\u00fc\u00df 42 \u20ac")
        await browser.send_str("exit 7\r")
        assert await closing(browser) == (4007, "the process ended with exit code 7")
        assert (await served.ends.get()).exit_code == 7


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_hostile_browsers_end_their_terminal_only(box, framework):
    async with terminals(framework, lambda: shell(box, ["sh", "-c", "sleep 4711"]), max_message=1000) as served:
        for message, wanted in [
            (
                '{"type":"resize","cols":1e9,"rows":-1}',
                (1007, "bad resize: rows must be a whole number from 1 to 1000"),
            ),
            ('{"type":"resize","cols":', (1007, "bad resize: it is not JSON (line 1, column 25)")),
            ("x" * 1001, (1009, "a message is longer than 1000 bytes")),
        ]:
            async with served.connect() as browser:
                await browser.send_str(message)
                assert await closing(browser) == wanted
            assert (await served.ends.get()).code == wanted[0]
        for opcode, data, codes in [
            (aiohttp.WSMsgType.TEXT, b"\xff\xfe", {1007, 1006}),
            (0xB, b"", {1002, 1006}),
        ]:
            async with served.connect() as browser:
                with contextlib.suppress(ConnectionError):
                    await browser._writer.send_frame(data, opcode)
                assert (await served.ends.get()).code in codes
    await gone(box, "sleep 4711")


@pytest.mark.slow
@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_two_hundred_browsers_that_leave_at_random_moments_leave_nothing(client, box, framework):
    """Fifty with each framework on each of two engines: they close the websocket or cut the connection, some type before.

    Every third process is ended with its terminal; the others are kept, and end by themselves.
    """
    chance = random.Random(framework)
    ends = []

    async def handle(websocket):
        keep = len(ends) % 3 > 0
        ends.append(None)
        process = box.exec_run(["sleep", "2"], stdin=True, tty=True) if keep else shell(box)
        ends.append(await bridge(process, websocket, keep=keep))

    async def come_and_go(browsers, address):
        await asyncio.sleep(chance.random())
        async with browsers.ws_connect(address) as browser:
            for _ in range(chance.randrange(3)):
                await browser.send_str(
                    chance.choice(["sleep 4712 &\r", "\x1b[A", "cat\r", '{"type":"resize","cols":9,"rows":9}'])
                )
                await asyncio.sleep(chance.random() / 20)
            await asyncio.sleep(chance.random() / 5)
            if chance.random() < 0.5:
                browser._response.connection.transport.abort()

    async with SERVERS[framework](handle) as address, aiohttp.ClientSession() as browsers:
        await asyncio.gather(*(come_and_go(browsers, address) for _ in range(50)))
        while len(ends) < 100:
            await asyncio.sleep(0.05)
    assert {end.error for end in ends if end} == {None}
    assert client.diagnostics().streams == ()
    await gone(box, "\\(sleep 4712\\|sh$\\)")


async def test_a_process_is_kept_when_asked(box):
    def process():
        return box.exec_run(["sh", "-c", "echo ready; sleep 4713"], stdin=True, tty=True)

    async with terminals("aiohttp", process, keep=True) as served:
        async with served.connect() as browser:
            await read_until(browser, "ready")
        assert (await served.ends.get()).reason == "the browser left"
    assert int((await box.exec_run(["sh", "-c", "ps -o args | grep -c '^sleep 4713'"]))[1]) == 1


@pytest.mark.parametrize("keep", [False, True])
async def test_an_attached_container_is_stopped_or_kept_when_the_browser_leaves(client, prefix, keep):
    command = ["sh", "-c", "trap 'exit 0' TERM; while true; do read line && echo got $line || sleep 1; done"]
    main = await client.containers.run(IMAGE, command, name=f"{prefix}main", tty=True, stdin_open=True, detach=True)
    async with terminals("fastapi", lambda: main.attach(stdin=True), keep=keep, grace=1) as served:
        async with served.connect() as browser:
            await browser.send_str("this\r")
            await read_until(browser, "got this")
        await served.ends.get()
    assert (await main.reload()).status == ("running" if keep else "exited")


async def test_a_browser_that_does_not_read_stops_the_process_from_being_read(box):
    made = []

    def process():
        made.append(shell(box, ["sh", "-c", "yes 0123456789abcdef | head -c 16000000"]))
        return made[0]

    async with terminals("aiohttp", process) as served, served.connect() as browser:
        browser._response.connection.transport.pause_reading()
        before = 0
        while not made or not before or made[0].received != before:
            before = made[0].received if made else 0
            await asyncio.sleep(0.3)
        assert made[0].received < 12_000_000
        browser._response.connection.transport.resume_reading()
        assert await closing(browser) == (1000, "the process ended with exit code 0")


async def test_what_the_engine_refuses_is_the_close_code(client, prefix, box):
    stopped = await client.containers.create(IMAGE, name=f"{prefix}stopped")
    async with terminals("aiohttp", lambda: shell(stopped)) as served, served.connect() as browser:
        code, reason = await closing(browser)
        assert code == 4409
        assert "is not running" in reason
        assert isinstance((await served.ends.get()).error, errors.Conflict)
    async with terminals("aiohttp", lambda: shell(box)) as served, served.connect() as browser:
        await read_until(browser, "$ ")
        await box.remove(force=True)
        code, _ = await closing(browser)
        assert code in {1014, 4137}  # whether the engine still knows the exit code


async def test_a_process_that_could_not_be_ended_is_refused_before_it_starts(box):
    with pytest.raises(RuntimeError, match="kill_on_cancel=True, or give keep=True"):
        await bridge(box.exec_run(SHELL, stdin=True, tty=True), Silent())
    with pytest.raises(RuntimeError, match="needs stdin=True"):
        await bridge(box.exec_run(SHELL, tty=True, kill_on_cancel=True), Silent())
    with pytest.raises(RuntimeError, match="leave one of them out"):
        await bridge(shell(box), Silent(), keep=True)


class Silent:
    async def receive(self):
        raise AssertionError

    async def send_bytes(self, data):
        raise AssertionError
