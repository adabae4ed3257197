"""A whole client over a named pipe: only the loop's own part is not Windows' but leads to a real engine's socket."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.pipes import pretend_pipes

IMAGE = "busybox:1"
PIPE = r"\\.\pipe\docker_engine"
URL = "npipe:////./pipe/docker_engine"


@pytest.fixture
async def asked(engine, monkeypatch) -> list[str]:
    """The pipes that are asked for, of which there is one, the engine's."""
    if not engine.url.startswith("unix://"):
        pytest.skip("needs the engine's socket")

    async def connect(path, factory):
        if path != PIPE:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        return await asyncio.get_running_loop().create_unix_connection(factory, engine.socket)

    return pretend_pipes(monkeypatch, connect)


async def test_calls_streams_uploads_and_processes(engine, asked, prefix):
    async with aiodockerpy.from_env(environment={"DOCKER_HOST": URL, "HOME": "/nowhere"}) as client:
        assert client.host.url == URL
        assert await client.api_version() == engine.spoken
        made = await client.containers.run(IMAGE, ["sh", "-c", "echo begun; sleep 600"], name=f"{prefix}a", detach=True)
        async with made.logs(follow=True) as lines:
            assert (await anext(lines)).text == "begun"
        content = bytes(range(256)) * 8192
        await made.write_bytes("/tmp/file", content)
        assert await made.read_bytes("/tmp/file") == content
        async with made.exec_run(["sh", "-c", "head -c 2000000 | wc -c; exit 3"], stdin=True) as process:
            await process.write(bytes(2_000_000))
            with pytest.raises(errors.ConnectionFailed, match="cannot end its outgoing direction alone"):
                await process.write_eof()
            assert b"".join([chunk.data async for chunk in process]) == b"2000000\n"
            assert await process.wait() == 3
        assert await asyncio.gather(*(client.ping() for _ in range(100))) == [True] * 100
    assert set(asked) == {PIPE}
    assert len(asked) < 60


async def test_a_pipe_that_is_not_there(asked):
    async with aiodockerpy.DockerClient("npipe:////./pipe/nowhere", version="1.41") as client:
        for send in (client.info, lambda: client.api.containers.logs("x"), lambda: client.api.containers.attach("x")):
            with pytest.raises(errors.EngineUnreachable, match=r"pipe/nowhere \(base_url\): .*cannot find the file"):
                await send()
