"""Live views: right after every change, cut and restart."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._following import backoff
from tests.lab.faults import FaultProxy

IMAGE = "busybox:1"


async def create(client, name, **options):
    return await client.containers.create(IMAGE, ["sleep", "1000"], name=name, network_mode="none", **options)


async def test_it_begins_with_what_is_there_and_follows(client, prefix):
    mark = {"label": f"mark={prefix}"}
    first = await create(client, f"{prefix}a", labels={"mark": prefix})
    async with asyncio.timeout(60), client.containers.watch(filters=mark) as view:
        assert set(view.items) == {first.id}
        assert view.state == "connected"
        second = await create(client, f"{prefix}b", labels={"mark": prefix})
        await create(client, f"{prefix}c")
        assert set(await view.until(lambda items: len(items) == 2)) == {first.id, second.id}
        await second.start()
        await view.until(lambda items: items[second.id].status == "running")
        await first.remove()
        assert set(await view.until(lambda items: first.id not in items)) == {second.id}


async def test_a_container_that_ends_is_seen_as_ended(client, prefix):
    """Engine 20.10 reports the end before its list has it."""
    mark = {"label": f"mark={prefix}"}
    async with (
        asyncio.timeout(60),
        client.containers.watch(mark) as view,
        client.containers.watch(mark, all=False) as up,
    ):
        for name in "ab":
            box = await create(client, f"{prefix}{name}", labels={"mark": prefix})
            await box.start()
            await up.until(lambda items, box=box: box.id in items)
            await box.kill()
            await up.until(lambda items: not items)
            await view.until(lambda items, box=box: items[box.id].status == "exited")


async def test_it_tells_typed_changes(client, prefix):
    told = []
    removed = False
    first = await create(client, f"{prefix}a", labels={"mark": prefix})
    async with asyncio.timeout(60), client.containers.watch(filters={"label": f"mark={prefix}"}) as view:
        async for change in view:
            told.append((change.kind, change.item.id, change.before and change.before.status, change.item.status))
            if len(told) == 1:
                await first.start()
            elif change.kind == "removed":
                break
            elif change.item.status == "running" and not removed:
                removed = True
                await first.remove(force=True)
    assert told[0] == ("added", first.id, None, "created")
    assert ("changed", first.id, "created", "running") in told
    assert told[-1][:2] == ("removed", first.id)


async def test_networks_volumes_and_images_are_watched_too(client, prefix):
    async with asyncio.timeout(60):
        async with client.networks.watch() as view:
            network = await client.networks.create(f"{prefix}n")
            await view.until(lambda items: network.id in items)
            await network.remove()
            await view.until(lambda items: network.id not in items)
        async with client.volumes.watch() as view:
            volume = await client.volumes.create(f"{prefix}v")
            await view.until(lambda items: volume.id in items)
            await volume.remove()
            await view.until(lambda items: volume.id not in items)
        async with client.images.watch() as view:
            tag = f"{prefix}image:1"
            await client.api.images.tag(IMAGE, repo=f"{prefix}image", tag="1")
            await view.until(lambda items: any(tag in image.tags for image in items.values()))
            await client.api.images.remove(tag)
            await view.until(lambda items: not any(tag in image.tags for image in items.values()))


async def test_it_has_to_be_entered_and_can_be_once(client):
    view = client.containers.watch()
    with pytest.raises(RuntimeError, match="not entered"):
        await view.until(lambda items: True)
    async with view:
        pass
    with pytest.raises(RuntimeError, match="entered before"):
        await view.__aenter__()


async def test_close_from_another_task_wakes_who_waits(client):
    async with client.containers.watch() as view:
        waiting = asyncio.create_task(view.until(lambda items: False))
        await asyncio.sleep(0.05)
        view.close()
        with pytest.raises(RuntimeError, match="is closed"):
            await asyncio.wait_for(waiting, 5)


async def test_a_filter_that_the_engine_refuses_is_told_at_once(client):
    with pytest.raises(errors.DockerException):
        async with client.containers.watch(filters={"nonsense": "x"}):
            raise AssertionError("not reached")


@pytest.mark.timeout(120)
async def test_promise_34_after_a_gap_it_is_right_again(engine, client, prefix, monkeypatch):
    monkeypatch.setattr(backoff, "HEALTHY", 0)
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        async with asyncio.timeout(100), cut.containers.watch(filters={"label": f"mark={prefix}"}) as view:
            for number in range(10):
                proxy.faults.refuse = True
                await proxy.cut_all()
                made = await create(client, f"{prefix}{number}", labels={"mark": prefix})
                for old in list(view.items)[:-1]:
                    await client.api.containers.remove(old)
                proxy.faults.refuse = False
                await view.until(lambda items, made=made: made.id in items)
                listed = await client.containers.list(all=True, filters={"label": f"mark={prefix}"}, sparse=True)
                assert set(view.items) == {container.id for container in listed}
