"""Waiting for a container that is healthy, published, or as wanted otherwise."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab.faults import FaultProxy

IMAGE = "busybox:1"
SECOND = 10**9


def check(test, **more):
    return {"test": test, "interval": SECOND // 5, "timeout": 5 * SECOND, "retries": 2, **more}


async def started(client, name, **options):
    return await client.containers.run(IMAGE, ["sleep", "1000"], name=name, detach=True, **options)


async def test_healthy_is_what_the_health_check_says(client, prefix):
    box = await started(client, f"{prefix}a", healthcheck=check("test -e /ready", retries=1000))
    waiting = asyncio.create_task(box.wait_healthy(timeout=60))
    while box.health != "starting":
        await asyncio.sleep(0.05)
    assert not waiting.done()
    await box.exec_run(["touch", "/ready"])
    await waiting
    assert box.health == "healthy"
    await box.wait_healthy()  # at once


async def test_it_is_waited_for_the_start_too(client, prefix):
    box = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a", healthcheck=check("true"))
    waiting = asyncio.create_task(box.wait_healthy(timeout=60))
    await asyncio.sleep(0.3)
    await box.start()
    await waiting
    assert box.status == "running"


async def test_unhealthy_is_told_with_what_the_health_check_said(client, prefix):
    box = await started(client, f"{prefix}a", healthcheck=check("echo no database; exit 1"))
    with pytest.raises(errors.ContainerNotReady, match=r"unhealthy.*no database") as caught:
        await box.wait_healthy(timeout=60)
    assert caught.value.container is box
    assert caught.value.exit_code is None
    assert caught.value.health_log[-1].exit_code == 1
    assert caught.value.health_log[-1].output == "no database\n"
    assert client.diagnostics().streams == ()


async def test_failures_of_the_start_period_are_not_unhealthy(client, prefix):
    """The engine says "starting" until the container was healthy once or the period is over, however often it fails."""
    test = "test -e /ready || { echo x >> /failed; exit 1; }"
    box = await started(client, f"{prefix}a", healthcheck=check(test, retries=1, start_period=300 * SECOND))
    waiting = asyncio.create_task(box.wait_healthy(timeout=60))
    while len(await failures(box)) < 3:
        await asyncio.sleep(0.2)
    assert not waiting.done()
    assert (await box.reload()).health == "starting"
    await box.exec_run(["touch", "/ready"])
    await waiting
    await box.exec_run(["rm", "/ready"])  # it was healthy, so that the rest of the period is no grace any more
    await box.wait_until(lambda box: box.health == "unhealthy", timeout=60)
    with pytest.raises(errors.ContainerNotReady, match="unhealthy"):
        await box.wait_healthy(timeout=60)


async def failures(box):
    code, output = await box.exec_run(["cat", "/failed"])
    return output.splitlines() if code == 0 else []


async def test_an_end_is_told_with_its_exit_code(client, prefix):
    box = await client.containers.run(
        IMAGE, ["sh", "-c", "sleep 1; exit 3"], name=f"{prefix}a", detach=True, healthcheck=check("exit 1", retries=99)
    )
    with pytest.raises(errors.ContainerNotReady, match="has ended with exit code 3") as caught:
        await box.wait_healthy(timeout=60)
    assert caught.value.exit_code == 3
    with pytest.raises(errors.ContainerNotReady):
        await box.wait_ports(80, timeout=60)


async def test_the_end_of_the_time_tells_how_far_it_is(client, prefix):
    box = await started(client, f"{prefix}a", healthcheck=check("echo not yet; exit 1", retries=99))
    with pytest.raises(errors.DeadlineExceeded, match=r"not healthy within 2 s .*running.*not yet"):
        await box.wait_healthy(timeout=2)
    assert client.diagnostics().streams == ()


@pytest.mark.parametrize("healthcheck", [None, {"test": ["NONE"]}])
async def test_without_a_health_check_there_is_nothing_to_wait_for(client, prefix, healthcheck):
    box = await started(client, f"{prefix}a", **({"healthcheck": healthcheck} if healthcheck else {}))
    with pytest.raises(errors.InvalidArgument, match="no health check"):
        await box.wait_healthy()


async def test_a_removed_container_is_not_waited_for(client, prefix):
    box = await started(client, f"{prefix}a", healthcheck=check("exit 1", retries=99))
    waiting = asyncio.create_task(box.wait_healthy(timeout=60))
    await asyncio.sleep(0.3)
    await (await client.containers.get(box.id)).remove(force=True)
    with pytest.raises((errors.NotFound, errors.ContainerNotReady)):
        await waiting


async def test_ports_are_where_the_engine_published_them(client, prefix):
    box = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a", ports={80: None, "53/udp": None})
    waiting = asyncio.create_task(box.wait_ports(80, "53/udp", timeout=60))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await box.start()
    found = await waiting
    assert set(found) == {"80/tcp", "53/udp"}
    assert all(binding["HostPort"].isdigit() for bindings in found.values() for binding in bindings)
    assert box.ports == found
    with pytest.raises(errors.InvalidArgument):
        await box.wait_ports()
    with pytest.raises(errors.DeadlineExceeded, match="published at 81/tcp"):
        await box.wait_ports("81/tcp", timeout=0.5)


async def test_whatever_is_wanted_is_waited_for(client, prefix):
    box = await started(client, f"{prefix}a")
    waiting = asyncio.create_task(box.wait_until(lambda seen: seen.name == f"{prefix}b" and seen.id, timeout=60))
    await asyncio.sleep(0.2)
    other = await client.containers.get(box.id)
    await other.exec_run(["true"])
    await other.rename(f"{prefix}b")
    assert await waiting == box.id
    await asyncio.gather(box.wait_until(lambda seen: seen.status == "exited", timeout=60), other.kill())
    assert box.status == "exited"


async def test_a_cut_connection_is_made_again(engine, client, prefix):
    box = await started(client, f"{prefix}a")
    looked = asyncio.Event()

    def renamed(seen):
        looked.set()
        return seen.name == f"{prefix}b"

    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        waiting = asyncio.create_task((await cut.containers.get(box.id)).wait_until(renamed, timeout=60))
        await looked.wait()
        await proxy.cut_all()
        await box.rename(f"{prefix}b")
        await waiting
