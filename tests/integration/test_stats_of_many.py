"""The latest statistics of many containers."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from tests.integration.conftest import GIVEN_HOST, ROLES
from tests.lab.private import PrivateEngine

BUSY = ["sh", "-c", "while :; do :; done"]


async def start(client, name, **options):
    return await client.containers.run(
        "busybox:1", BUSY, name=name, detach=True, network_mode="none", init=True, **options
    )


async def until(look):
    async with asyncio.timeout(60):
        while not (found := look()):
            await asyncio.sleep(0.1)
    return found


async def test_awaited_it_is_a_sample_of_each(client, prefix):
    mark = {"label": f"mark={prefix}"}
    boxes = [await start(client, f"{prefix}{name}", labels={"mark": prefix}, cpu_quota=5000) for name in "ab"]
    await start(client, f"{prefix}other", cpu_quota=5000)
    usages = await client.containers.stats(mark)
    assert [usage.container.id for usage in usages] == [box.id for box in boxes]
    assert all(usage.figures.cpu_percent > 0 and usage.figures.memory > 0 for usage in usages)
    assert client.diagnostics().streams == ()
    assert await client.containers.stats({"label": f"none={prefix}"}) == []


async def test_containers_join_and_leave(client, prefix):
    mark = {"label": f"mark={prefix}"}
    async with client.containers.stats(mark) as stats:
        assert stats.latest() == []
        box = await start(client, f"{prefix}a", labels={"mark": prefix}, cpu_quota=5000)
        (usage,) = await until(stats.latest)
        assert (usage.container.id, usage.sample.id) == (box.id, box.id)
        async with box.stats() as samples:  # another reader of the same stream
            await anext(samples)
            assert [one.operation for one in client.diagnostics().streams].count("containers.stats") == 1
        await box.kill()
        await until(lambda: not stats.latest())
    assert client.diagnostics().streams == ()


@pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed")
@pytest.mark.parametrize("role", ROLES)
async def test_they_come_back_with_the_engine(role):
    async with PrivateEngine(role, live_restore=True) as engine, aiodockerpy.DockerClient(engine.url) as client:
        box = await start(client, "busy", cpu_quota=5000)
        async with client.containers.stats() as stats:
            await until(stats.latest)
            await engine.kill()
            await until(lambda: not stats.latest())
            assert stats.state == "reconnecting"
            await engine.start()
            (usage,) = await until(stats.latest)
            assert usage.container.id == box.id
