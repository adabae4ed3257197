"""Waits whose calls are cut, each in turn and at different bytes: all of them come to the same end as undisturbed ones."""

from __future__ import annotations

import pytest

import aiodockerpy
from aiodockerpy.testing import FakeEngine

IMAGE = "busybox:latest"
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
"""

WAITS = {
    "until": lambda box: box.wait_until(lambda seen: seen.status == "running", timeout=30),
    "healthy": lambda box: box.wait_healthy(timeout=30),
    "ports": lambda box: box.wait_ports(80, timeout=30),
    "log": lambda box: box.wait_log("ready", timeout=30),
    "listening": lambda box: box.wait_listening(80, timeout=30),
    "exec": lambda box: box.wait_exec(["true"], timeout=30),
}


async def listen_on_80(process):
    process.stdout.write(TABLE)


@pytest.fixture
async def engine():
    async with FakeEngine(images=[IMAGE]) as running:
        running.program(IMAGE, listen_on_80, command="cat")
        yield running


@pytest.fixture
async def client(engine):
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened


async def start(client):
    check = {"test": ["CMD", "true"], "interval": 50_000_000}
    return await client.containers.run(
        IMAGE,
        ["sh", "-c", "sleep 0.05; echo ready; exec sleep 1000"],
        detach=True,
        ports={"80/tcp": None},
        healthcheck=check,
    )


async def calls_of(engine, wait, box):
    before = len(engine.calls)
    await wait(box)
    return {call.operation for call in engine.calls[before:]}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
async def test_a_wait_goes_on_after_any_of_its_connections_was_cut(engine, client, wait):
    undisturbed = await start(client)
    operations = await calls_of(engine, wait, undisturbed)
    await undisturbed.remove(force=True)
    assert "containers.inspect" in operations
    for operation in sorted(operations):
        for after in (100, 200, 300):
            box = await start(client)
            engine.cut(operation, after=after, times=1)
            await wait(box)
            await box.remove(force=True)
            engine.forgive()  # an answer may be shorter than that
