"""Volumes as objects."""

from __future__ import annotations

import pytest

from aiodockerpy import errors
from tests.resources.conftest import query, sent


async def test_create_is_one_request(client, fake):
    fake.answers = {"VolumeCreate": {"Name": "data", "Driver": "local"}}
    opts = {"size": 5}
    volume = await client.volumes.create("data", driver="local", driver_opts=opts, labels={"a": ""})
    assert sent(fake.calls[0]) == {"Name": "data", "Driver": "local", "DriverOpts": {"size": "5"}, "Labels": {"a": ""}}
    assert opts == {"size": 5}
    assert (volume.id, volume.name, volume.attrs["Driver"]) == ("data", "data", "local")
    assert len(fake.calls) == 1


async def test_the_short_id_is_the_beginning_of_the_name(client, fake):
    fake.answers = {"VolumeInspect": {"Name": "abcdefghijklmnop"}}
    volume = await client.volumes.get("abcdefghijklmnop")
    assert volume.short_id == "abcdefghijkl"
    assert repr(volume) == "<Volume: abcdefghijkl>"
    assert volume == await client.volumes.get("abcdefghijklmnop")


async def test_null_is_an_empty_list(client, fake):
    fake.answers = {"VolumeList": {"Volumes": None, "Warnings": None}}
    assert await client.volumes.list() == []


async def test_list_is_one_request(client, fake):
    fake.answers = {"VolumeList": {"Volumes": [{"Name": "a"}, {"Name": "b"}]}}
    assert [volume.name for volume in await client.volumes.list(filters={"dangling": True})] == ["a", "b"]
    assert len(fake.calls) == 1


async def test_force_is_sent_when_removing(client, fake):
    fake.answers = {"VolumeInspect": {"Name": "a"}}
    volume = await client.volumes.get("a")
    await volume.remove(force=True)
    assert query(fake.calls[-1]) == {"force": "true"} or query(fake.calls[-1]) == {"force": "1"}


async def test_pruning_gives_a_model_that_reads_like_a_dict(client, fake):
    fake.answers = {"VolumePrune": {"VolumesDeleted": ["a"], "SpaceReclaimed": 7}}
    pruned = await client.volumes.prune()
    assert pruned["VolumesDeleted"] == pruned.volumes_deleted == ["a"]
    assert pruned["SpaceReclaimed"] == 7


async def test_an_empty_name_is_refused_at_once(client, fake):
    with pytest.raises(errors.NullResource):
        await client.volumes.get("")
    assert fake.calls == []
