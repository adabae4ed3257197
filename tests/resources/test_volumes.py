"""Volumes as objects, on a fake engine."""

from __future__ import annotations

import json

import pytest

from aiodockerpy import errors


async def test_create_is_one_request(connected, engine):
    opts = {"size": 5}
    volume = await connected.volumes.create("data", driver="local", driver_opts=opts, labels={"a": ""})
    assert opts == {"size": 5}
    assert (volume.id, volume.name, volume.attrs["Driver"]) == ("data", "data", "local")
    [call] = [call for call in engine.calls if call.operation.startswith("volumes")]
    assert json.loads(call.body) == {
        "Name": "data", "Driver": "local", "DriverOpts": {"size": "5"}, "Labels": {"a": ""}
    }  # fmt: skip


async def test_the_short_id_is_the_beginning_of_the_name(connected):
    volume = await connected.volumes.create("abcdefghijklmnop")
    assert (volume.short_id, repr(volume)) == ("abcdefghijkl", "<Volume: abcdefghijkl>")
    assert volume == await connected.volumes.get("abcdefghijklmnop")


async def test_a_list_is_one_request_and_null_is_an_empty_one(connected, engine):
    assert await connected.volumes.list() == []
    for name in ("one", "two"):
        await connected.volumes.create(name)
    assert sorted(volume.name for volume in await connected.volumes.list(filters={"dangling": True})) == ["one", "two"]
    engine.assert_called("volumes.list", times=2)
    engine.assert_called("volumes.inspect", times=0)


async def test_force_is_sent_when_removing(connected, engine):
    await (await connected.volumes.create("one")).remove(force=True)
    assert engine.calls[-1].query["force"] in (["true"], ["1"])


async def test_pruning_gives_a_model_that_reads_like_a_dict(connected):
    await connected.volumes.create("one")
    pruned = await connected.volumes.prune(filters={"all": True})
    assert pruned["VolumesDeleted"] == pruned.volumes_deleted == ["one"]
    assert pruned["SpaceReclaimed"] == pruned.space_reclaimed


async def test_an_empty_name_is_refused_at_once(connected, engine):
    with pytest.raises(errors.NullResource):
        await connected.volumes.get("")
    assert engine.calls == []
