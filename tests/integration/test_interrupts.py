"""Ctrl-C and deadlines while a directory is read that has no end, or that never answers."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

PROGRAM = """
import asyncio, itertools, os, signal, sys, threading, aiodockerpy
from contextlib import contextmanager

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if the tests run in the background of a shell
url, folder, box, way = sys.argv[1:]
scandir = os.scandir

@contextmanager
def watched(place):
    walking()
    if not answers:
        threading.Event().wait()
    with scandir(place) as entries:
        yield itertools.islice(itertools.cycle(entries), 100_000_000)

os.scandir = watched

async def main():
    global answers, walking
    loop = asyncio.get_running_loop()
    async with aiodockerpy.DockerClient(url) as client:
        container = client.containers.prepare_model({"Id": box})
        call = {
            "classic": lambda: client.images.build(path=folder, builder="classic"),
            "buildkit": lambda: client.images.build(path=folder),
            "copy_in": lambda: container.copy_in(folder, "/"),
            "plugin": lambda: client.plugins.create("x", folder),
            "tar": lambda: aiodockerpy.utils.tar(folder),
            "paths": lambda: aiodockerpy.utils.exclude_paths(folder, ["*a*a*a*b"]),
        }[way]
        for answers in (True, False):
            limit = asyncio.timeout(None)
            walking = lambda: loop.call_soon_threadsafe(limit.reschedule, loop.time())
            try:
                async with limit:
                    await call()
            except TimeoutError:
                print("in time", flush=True)
        walking = lambda: print("walking", flush=True)
        await call()

asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path):
    """A build context whose patterns take a matcher that goes back for ever."""
    (tmp_path / "Dockerfile").write_text("FROM busybox:1")
    (tmp_path / ".dockerignore").write_text("*a*a*a*a*a*a*b\n**/*a*a*a*a*b/**\n")
    (tmp_path / ("a" * 200)).touch()
    return tmp_path


@pytest.mark.parametrize("way", ["classic", "buildkit", "copy_in", "plugin", "tar", "paths"])
async def test_a_walk_holds_neither_a_deadline_nor_the_program(engine, client, prefix, folder, way):
    """Were it otherwise, the child would not end, and the test would run into its own limit of time."""
    box = await client.containers.create("busybox:1", name=f"{prefix}a")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", PROGRAM, engine.url, str(folder), box.id, way),
        cwd=Path(__file__).parents[2], stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        assert [await child.stdout.readline() for _ in range(3)] == [b"in time\n", b"in time\n", b"walking\n"]
        child.send_signal(signal.SIGINT)
        _, errors = await child.communicate()
        assert errors.endswith(b"KeyboardInterrupt\n")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
