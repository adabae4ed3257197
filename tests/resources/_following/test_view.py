"""A view of volumes over canned events, of engines that do not say what their events are about."""

from __future__ import annotations

import asyncio
import json
from operator import attrgetter

import pytest

from aiodockerpy import errors
from tests.resources.conftest import Script


class Events:
    """Events that come when they are put in, and do not end."""

    def __init__(self):
        self.headers = {}
        self.status = 200
        self.received = 0
        self.closed = False
        self.closed_early = False
        self._queue = asyncio.Queue()

    def put(self, event):
        self._queue.put_nowait(json.dumps(event).encode() + b"\n")

    async def read(self):
        return await self._queue.get()

    def with_location(self, error):
        return error

    def close(self):
        if not self.closed:
            self.closed = self.closed_early = True
            self._queue.put_nowait(b"")


def volumes(*names):
    return {"Volumes": [{"Name": name, "Driver": "local"} for name in names]}


@pytest.mark.parametrize(
    "actor", [{"ID": "", "Attributes": {"name": "b"}}, {"Attributes": {"name": "b"}}, {"ID": None}, None]
)
async def test_an_event_whose_subject_is_unknown_means_looking_at_everything(fake, client, monkeypatch, actor):
    events = Events()

    async def opened(call):
        return events

    monkeypatch.setattr(fake, "open", opened)
    fake.answers["VolumeList"] = Script(volumes("a"), volumes("b"))
    event = {"Type": "volume", "Action": "create", "timeNano": 1}
    async with client.volumes.watch() as view:
        assert sorted(view.items) == ["a"]
        events.put(event if actor is None else {**event, "Actor": actor})
        async with asyncio.timeout(5):
            await view.until(lambda items: sorted(items) == ["b"])


async def test_an_event_of_a_known_subject_means_looking_at_that(fake, client, monkeypatch):
    events = Events()

    async def opened(call):
        return events

    monkeypatch.setattr(fake, "open", opened)
    fake.answers["VolumeList"] = Script(volumes("a"), volumes("b"))
    async with client.volumes.watch() as view:
        events.put({"Type": "volume", "Action": "create", "timeNano": 1, "Actor": {"ID": "b"}})
        async with asyncio.timeout(5):
            await view.until(lambda items: sorted(items) == ["a", "b"])


async def test_uses_of_a_container_mean_no_look(fake, client, monkeypatch):
    """A health check is an exec, of which the engine reports three events."""
    events = Events()

    async def opened(call):
        return events

    monkeypatch.setattr(fake, "open", opened)
    fake.answers["ContainerList"] = Script([{"Id": "a", "State": "running"}], [{"Id": "a", "State": "paused"}])
    async with client.containers.watch() as view:
        for action in ("exec_create: true", "exec_start: true", "exec_die", "top", "resize", "attach", "archive-path"):
            events.put({"Type": "container", "Action": action, "timeNano": 1, "Actor": {"ID": "a"}})
        await asyncio.sleep(0.1)
        assert len(fake.named("ContainerList")) == 1
        events.put({"Type": "container", "Action": "pause", "timeNano": 2, "Actor": {"ID": "a"}})
        async with asyncio.timeout(5):
            await view.until(lambda items: items["a"].status == "paused")
    assert len(fake.named("ContainerList")) == 2


@pytest.mark.parametrize(
    "watch",
    ["containers.watch", "containers.logs", "containers.stats", "images.watch", "networks.watch", "volumes.watch"],
)
async def test_an_unknown_filter_is_refused_where_it_is_given(client, watch):
    with pytest.raises(
        errors.InvalidArgument, match=r"filters: \w+\.list has no filter 'labels': did you mean 'label'"
    ):
        attrgetter(watch)(client)(filters={"labels": "a=b"})
