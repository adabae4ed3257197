from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
import uvloop

from aiodockerpy._config import process as process_module
from aiodockerpy._config.process import end_process, start_process

if TYPE_CHECKING:
    from asyncio.subprocess import Process


def children() -> set[int]:
    """The living child processes of this one; a zombie has ended."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.add(int(pid))
    return found


async def cancel_at_every_step() -> None:
    """Cancel a start after 0, 1, 2, … turns of the loop until it is through."""
    before = children()
    for turns in range(1000):
        call = asyncio.create_task(start_process("sleep", "600"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if call.done():
            await end_process(call.result())
            break
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, 30)
    assert turns > 1
    assert children() <= before


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_cancelling_a_start_neither_hangs_nor_leaves_anything(runner):
    runner(cancel_at_every_step())


async def test_a_second_cancellation_changes_nothing():
    before = children()
    call = asyncio.create_task(start_process("sleep", "600"))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(call, 30)
    while not children() <= before:
        await asyncio.sleep(0.01)


async def test_a_program_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        await start_process("no-such-program-anywhere")


async def test_a_start_that_fails_after_it_was_cancelled():
    call = asyncio.create_task(start_process("no-such-program-anywhere"))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(call, 30)


async def test_ending_what_has_ended():
    process = await start_process("true")
    await process.communicate()
    await end_process(process)
    assert process.returncode == 0


DAEMON = """
import subprocess, sys, time
daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(daemon.pid, flush=True)
if sys.argv[1] == "stays":
    time.sleep(600)
"""


async def cancelled_end(process: Process) -> None:
    """Cancel the end of a program while it waits for the program."""
    call = asyncio.create_task(end_process(process))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def end_what_has_started_a_daemon(how: str, end: Callable[[Process], Awaitable[None]] = end_process) -> None:
    """End a program whose daemon, in a session of its own, has inherited its pipes."""
    process = await start_process(sys.executable, "-c", DAEMON, how)
    assert process.stdout is not None
    assert process.stderr is not None
    daemon = int(await process.stdout.readline())
    try:
        async with asyncio.timeout(30):
            await end(process)
            assert await process.wait() == (-signal.SIGKILL if how == "stays" else 0)
            assert await process.stderr.read() == b""
    finally:
        os.kill(daemon, signal.SIGKILL)


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_a_daemon_that_holds_the_pipes_open_is_not_waited_for(runner):
    runner(end_what_has_started_a_daemon("stays"))


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_cancelling_an_end_closes_the_pipes_too(runner):
    runner(end_what_has_started_a_daemon("stays", cancelled_end))


async def test_a_program_that_has_ended_and_left_a_daemon(monkeypatch):
    monkeypatch.setattr(process_module, "kill_process", lambda process: None)
    await end_what_has_started_a_daemon("ends")
