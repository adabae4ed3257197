"""Work that is cancelled after one turn of the event loop, after two, and so on until it is done: nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
from collections import Counter
from contextlib import suppress

import pytest

import aiodockerpy
from aiodockerpy.resources._processes import signals
from aiodockerpy.terminals import bridge
from aiodockerpy.testing import FakeEngine
from tests.lab.leaks import held_by
from tests.resources.test_leaving import Browser

MOST_TURNS = 80
IMAGE = "busybox"
SPEAK = ["sh", "-c", "echo a; echo b; sleep 1000"]


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(signals, "_LOOK_EVERY", 0.001)


async def run(client, _box, _folder):
    await client.containers.run(IMAGE, ["echo", "a"], remove=True)


async def run_detached(client, _box, _folder):
    await (await client.containers.run(IMAGE, ["sleep", "1000"], detach=True)).remove(force=True)


async def run_in_a_block(client, _box, _folder):
    async with client.containers.run(IMAGE, SPEAK) as output:
        async for _ in output:
            pass


async def run_iterated(client, _box, _folder):
    async for _ in client.containers.run(IMAGE, SPEAK):
        pass


async def exec_awaited(_client, box, _folder):
    await box.exec_run(["sleep", "1000"], kill_on_cancel=True)


async def exec_in_a_block(_client, box, _folder):
    async with box.exec_run(["cat"], stdin=True, kill_on_cancel=True) as process:
        await process.write(b"hello")
        await process.stdout.read()


async def communicate(_client, box, _folder):
    await box.exec_run(["sleep", "1000"], stdin=True, kill_on_cancel=True).communicate(b"x" * 100_000)


async def lines(_client, box, _folder):
    async with box.exec_run(SPEAK, kill_on_cancel=True) as process:
        async for _ in process.lines():
            pass


async def terminal(_client, box, _folder):
    browser = Browser()
    browser.close = None
    await bridge(box.exec_run(SPEAK, stdin=True, tty=True, kill_on_cancel=True), browser)


async def save(_client, box, folder):
    await box.get_archive("/tmp/file").save(folder / "file.tar")


async def copy_out(_client, box, folder):
    await box.copy_out("/tmp/file", folder / "file")


async def copy_in(_client, box, _folder):
    await box.copy_in(__file__, "/tmp/")


async def follow(_client, box, _folder):
    async for _ in box.logs(follow=True):
        pass


async def events(client, _box, _folder):
    async with client.events() as stream:
        async for _ in stream:
            pass


async def watch(client, _box, _folder):
    async with client.containers.watch() as view:
        async for _ in view:
            pass


async def usage(_client, box, _folder):
    async for _ in box.stats():
        pass


async def scope(client, _box, _folder):
    async with client.scope("ci") as scoped:
        await scoped.volumes.create("data")
        await scoped.containers.run(IMAGE, ["sleep", "1000"], detach=True)


async def jobs(client, _box, _folder):
    async with client.jobs() as pool:
        await (await pool.submit(IMAGE, ["echo", "a"]))


WORK = [
    run,
    run_detached,
    run_in_a_block,
    run_iterated,
    exec_awaited,
    exec_in_a_block,
    communicate,
    lines,
    terminal,
    save,
    copy_out,
    copy_in,
    follow,
    events,
    watch,
    usage,
    scope,
    jobs,
]


def ours():
    """Return the tasks that are not the engine's and not the test's."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return [task for task in others if "aiodockerpy/testing" not in repr(task) and not task.done()]


def files():
    """Count what is open except sockets; other threads may close some of it meanwhile."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/self/fd/{name}"))
    return Counter(target for target in found if not target.startswith("socket:"))


@pytest.mark.parametrize("work", WORK)
async def test_work_that_is_cancelled_after_any_turn_leaves_nothing_behind(work, tmp_path):
    async with (
        FakeEngine(images=["busybox:latest"]) as engine,
        aiodockerpy.DockerClient(engine.url) as client,
    ):
        box = await client.containers.run(IMAGE, ["sh", "-c", "echo a; sleep 4711"], name="box", detach=True)
        await box.write_bytes("/tmp/file", b"x" * 100_000)
        for _ in range(3):  # what is used for the first time is loaded in a thread
            await cancelled_after(1000, work(client, box, tmp_path))
        before = files()
        for turns in range(MOST_TURNS):
            if await cancelled_after(turns, work(client, box, tmp_path)):
                break

            async def left():
                processes = [row[-1] for row in (await box.top())["Processes"] if "4711" not in row[-1]]
                parts = [path for path in tmp_path.iterdir() if path.name.startswith(".")]
                opened = [*(files() - before)]
                return [*engine.leftovers()[1:], *processes, *ours(), *held_by(client.api.transport), *parts, *opened]

            async with asyncio.timeout(5):
                while await left():
                    gc.collect()
                    await asyncio.sleep(0.001)


async def cancelled_after(turns, work):
    """Cancel work after a number of turns; return whether it was done before. No cancellation is lost."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        await asyncio.sleep(0)
        if task.done():
            break
    done = not task.cancel()
    await asyncio.wait({task})
    assert task.cancelled() != done
    task.result() if done else None
    return done
