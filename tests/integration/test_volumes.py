"""Volumes on real engines."""

from __future__ import annotations

import pytest

from aiodockerpy import errors

IMAGE = "busybox:1"


async def test_a_volume_lives_and_dies(client, prefix):
    volume = await client.volumes.create(f"{prefix}data", labels={"a": "b"})
    assert volume.name == volume.id == f"{prefix}data"
    assert volume.attrs["Labels"] == {"a": "b"}
    assert volume.attrs["Mountpoint"].endswith(f"{prefix}data/_data")
    assert await client.volumes.get(f"{prefix}data") == volume
    assert volume in await client.volumes.list()
    assert await client.volumes.list(filters={"name": f"{prefix}data"}) == [volume]
    await volume.remove()
    with pytest.raises(errors.NotFound):
        await volume.reload()


async def test_force_reaches_the_engine(client, prefix):
    volume = await client.volumes.create(f"{prefix}data")
    await volume.remove()
    await volume.remove(force=True)  # silent, as `docker volume rm --force` is
    with pytest.raises(errors.NotFound):
        await volume.remove()


async def test_a_volume_in_use_is_kept(client, prefix):
    volume = await client.volumes.create(f"{prefix}data")
    container = await client.containers.create(IMAGE, name=f"{prefix}a", volumes={volume.name: "/data"})
    with pytest.raises(errors.Conflict):
        await volume.remove()
    await container.remove()
    await volume.remove()


async def test_an_unnamed_volume_gets_a_name(client):
    volume = await client.volumes.create()
    try:
        assert len(volume.name) == 64
        assert volume.short_id == volume.name[:12]
    finally:
        await volume.remove()


async def test_prune_tells_what_it_removed(client, engine, prefix):
    await client.volumes.create(f"{prefix}data", labels={f"{prefix}mark": ""})
    filters = {"label": f"{prefix}mark"}
    if engine.api >= (1, 42):  # from there on only unnamed ones without it
        filters["all"] = True
    pruned = await client.volumes.prune(filters=filters)
    assert pruned["VolumesDeleted"] == [f"{prefix}data"]
    assert pruned["SpaceReclaimed"] == 0
