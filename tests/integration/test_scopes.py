"""Scopes: what is made through them is removed with them, or by a later program; nothing else is touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from aiodockerpy import errors

IMAGE = "busybox:1"
HERE = Path(__file__).parent


async def left_of(client, name):
    label = {"label": [f"aiodockerpy.scope={name}"]}
    lists = [
        client.api.containers.list(all=True, filters=label),
        client.api.networks.list(filters=label),
        client.api.images.list(all=True, filters=label),
    ]
    return [entry["Id"] for found in lists for entry in await found] + [
        volume.name for volume in (await client.api.volumes.list(filters=label)).volumes or ()
    ]


async def test_everything_is_removed_in_the_right_order(client, prefix, tmp_path):
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo {prefix}\n")
    name = f"{prefix}scope"
    foreign = await client.containers.create(IMAGE, ["true"], name=f"{prefix}foreign")
    foreign_volume = await client.volumes.create(f"{prefix}foreign")
    foreign_network = await client.networks.create(f"{prefix}foreign")
    async with client.scope(name, lease=3600) as scope:
        network = await scope.networks.create(f"{prefix}net")
        await scope.volumes.create(f"{prefix}vol")
        box = await scope.containers.run(
            IMAGE,
            ["sleep", "1000"],
            detach=True,
            name=f"{prefix}box",
            network=network.name,
            volumes=[f"{prefix}vol:/d"],
        )
        committed = await box.commit(f"{prefix}committed", "1")
        built, _ = await scope.images.build(path=str(tmp_path), tag=f"{prefix}built:1", labels={"mine": "yes"})
        assert await scope.containers.run(IMAGE, ["echo", "out"]) == b"out\n"
        async with scope.jobs() as jobs:
            job = await (await jobs.submit(IMAGE, ["true"]))
            assert job.ok
        for labels in (box.labels, network.attrs["Labels"], committed.labels, built.labels):
            assert labels["aiodockerpy.scope"] == name
        assert built.labels["mine"] == "yes"

        listed = [container.name for container in await scope.containers.list(all=True, sparse=True)]
        assert f"{prefix}box" in listed
        assert f"{prefix}foreign" not in listed
        assert [volume.name for volume in await scope.volumes.list()] == [f"{prefix}vol"]
        assert [found.name for found in await scope.networks.list()] == [network.name]
        assert {image.id for image in await scope.images.list()} == {committed.id, built.id}
        for collection in (scope.containers, scope.volumes, scope.networks, scope.images):
            await collection.prune()
        for remove in (
            (await scope.containers.get(foreign.id)).remove,
            (await scope.volumes.get(foreign_volume.name)).remove,
            (await scope.networks.get(foreign_network.id)).remove,
            lambda: scope.images.remove(IMAGE),
        ):
            with pytest.raises(errors.InvalidArgument, match="does not belong to the scope"):
                await remove()
        with pytest.raises(errors.InvalidArgument, match="build cache"):
            await scope.images.prune_builds()
        assert (await client.reap(name)).removed == []
    assert await left_of(client, name) == []
    for object in (foreign, foreign_volume, foreign_network):
        await object.reload()
    with pytest.raises(RuntimeError, match="once only"):
        async with scope:
            pass


async def test_a_cancelled_scope_is_removed_too(client, prefix):
    name = f"{prefix}scope"

    async def block(made):
        async with client.scope(name) as scope:
            await scope.containers.run(IMAGE, ["sleep", "1000"], detach=True)
            made.set()
            await scope.containers.run(IMAGE, ["sleep", "1000"])

    made = asyncio.Event()
    task = asyncio.create_task(block(made))
    await made.wait()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_of(client, name) == []


PROGRAM = """
import asyncio, os, signal, sys
import aiodockerpy, aiodockerpy.resources.containers, aiodockerpy.resources.networks, aiodockerpy.scope

async def main(url, name, prefix):
    async with aiodockerpy.DockerClient(url) as client, client.scope(name) as scope:
        for number in range(3):
            network = await scope.networks.create(f"{prefix}net{number}")
            await scope.volumes.create(f"{prefix}vol{number}")
            await scope.containers.create("busybox:1", ["true"], name=f"{prefix}box{number}", network=network.name)
        await asyncio.sleep(1000)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    if (pid := os.fork()) == 0:
        asyncio.run(main(*line.split()))
    print(pid, flush=True)
"""
"""Makes a process for each line that it reads: forking is much cheaper than starting Python."""


class Programs:
    """Programs that enter a scope, and may be killed."""

    def __init__(self, engine, process):
        self._engine = engine
        self._process = process

    async def start(self, name, prefix):
        """Start a program; return its pid."""
        self._process.stdin.write(f"{self._engine.url} {name} {prefix}\n".encode())
        return int(await self._process.stdout.readline())

    async def kill(self, name, prefixes):
        """Start programs and kill each at a random moment."""
        pids = [await self.start(name, prefix) for prefix in prefixes]
        for pid in pids:
            await asyncio.sleep(random.uniform(0, 0.1))
            os.kill(pid, signal.SIGKILL)

    async def kill_late(self, client, name, prefix):
        """Kill a program that has made something, however slow the machine is."""
        pid = await self.start(name, prefix)
        while not await left_of(client, name):
            await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
async def programs(engine):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=HERE.parent.parent,
        start_new_session=True,
    )
    yield Programs(engine, process)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()


KILLS = 100
"""On each engine."""
AT_ONCE = 10


async def test_what_a_killed_program_leaves_is_reaped_and_nothing_else(client, programs, prefix):
    name = f"{prefix}scope"
    mine = await client.volumes.create(f"{prefix}mine")
    living = await programs.start(f"{prefix}alive", f"{prefix}alive-")
    found = 0
    async with client.scope(f"{prefix}other") as other:
        theirs = await other.volumes.create(f"{prefix}theirs")
        for batch in range(KILLS // AT_ONCE + 1):
            if batch:
                await programs.kill(name, [f"{prefix}{batch}-{number}-" for number in range(AT_ONCE)])
            else:
                await programs.kill_late(client, name, f"{prefix}late-")
            await asyncio.sleep(0.2)  # the engine finishes what it was asked for last
            reaped = await client.reap(name)
            found += len(reaped.removed)
            assert reaped.left == []
            assert await left_of(client, name) == []
        assert found  # not of every program: some were killed before they made anything
        kept = await client.reap(f"{prefix}alive")
        assert kept.removed == []
        assert {item.reason for item in kept.left} == {f"its owner, process {living}, is running"}
        await mine.reload()
        await theirs.reload()
    os.kill(living, signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert (await client.reap(f"{prefix}alive")).left == []


async def test_an_expired_lease_is_reaped_although_its_owner_runs(client, prefix):
    name = f"{prefix}scope"
    async with client.scope(name, lease=1) as scope:
        await scope.volumes.create(f"{prefix}vol")
        assert [item.name for item in (await client.reap(name)).left] == [f"{prefix}vol"]
        await asyncio.sleep(2.1)
        (removed,) = (await client.reap(name)).removed
        assert (removed.kind, removed.name, removed.reason) == ("volume", f"{prefix}vol", "its lease has expired")


async def test_what_is_in_use_by_others_is_left_with_the_reason(client, prefix):
    name = f"{prefix}scope"
    scope = client.scope(name, lease=1)
    await scope.__aenter__()
    volume = await scope.volumes.create(f"{prefix}vol")
    user = await client.containers.create(IMAGE, ["true"], name=f"{prefix}user", volumes=[f"{volume.name}:/d"])
    await asyncio.sleep(2.1)
    reaped = await client.reap(name)
    assert (reaped.removed, [item.name for item in reaped.left]) == ([], [f"{prefix}vol"])
    assert "in use" in reaped.left[0].reason
    with pytest.raises(errors.DockerException, match=rf"could not remove everything: volume {prefix}vol: .*in use"):
        await scope.aclose()
    await user.remove()


async def test_a_container_of_its_image_that_others_run_is_theirs(client, prefix, tmp_path):
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo {prefix}\n")
    scope = client.scope(f"{prefix}scope", lease=1)
    await scope.__aenter__()
    own = await scope.containers.create(IMAGE, ["true"])
    images = [
        (await scope.images.build(path=str(tmp_path), tag=f"{prefix}built:1"))[0],
        await own.commit(f"{prefix}committed", "1"),
    ]
    theirs = [await client.containers.run(image, ["sleep", "1000"], detach=True) for image in images]
    snapshot = await (await client.containers.get(own.id)).commit(f"{prefix}theirs", "1")
    assert [container.id for container in await scope.containers.list(all=True)] == [own.id]
    with pytest.raises(errors.InvalidArgument, match="does not belong to the scope"):
        await scope.api.containers.remove(theirs[0].id, force=True)
    await asyncio.sleep(2.1)
    reaped = await client.reap(f"{prefix}scope")
    assert [item.id for item in reaped.removed] == [own.id]
    assert {item.id for item in reaped.left} == {image.id for image in images}
    assert all(f"{prefix}" in item.name and "container" in item.reason for item in reaped.left)
    with pytest.raises(errors.DockerException, match=f"image {prefix}"):
        await scope.aclose()
    for container in theirs:
        await container.remove(force=True)
    await asyncio.gather(*(image.remove(force=True) for image in (*images, snapshot)))


async def test_a_scope_of_a_scope_is_independent(client, prefix):
    """It is removed with its own block; and what dead owners have left can be reaped inside."""
    expired = client.scope(f"{prefix}expired", lease=1)
    await expired.__aenter__()
    await expired.volumes.create(f"{prefix}left")
    async with client.scope(f"{prefix}outer") as outer:
        await outer.volumes.create(f"{prefix}outer")
        async with outer.scope(f"{prefix}inner") as inner:
            await inner.volumes.create(f"{prefix}inner")
            for scope, name in ((outer, "outer"), (inner, "inner")):
                assert [volume.name for volume in await scope.volumes.list()] == [prefix + name]
        assert await left_of(client, f"{prefix}inner") == []
        assert await left_of(client, f"{prefix}outer") == [f"{prefix}outer"]
        await asyncio.sleep(2.1)
        assert [item.name for item in (await outer.reap(f"{prefix}expired")).removed] == [f"{prefix}left"]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("",), errors.InvalidArgument, "name: a scope needs a name"),
        ((5,), TypeError, "name must be text, not 5"),
        (("a", 0), errors.InvalidArgument, r"lease must be a number of seconds .* above 0"),
        (("a", "1h"), TypeError, "lease must be a number of seconds"),
    ],
)
async def test_wrong_scopes_are_refused(client, arguments, error, text):
    name, *lease = arguments
    with pytest.raises(error, match=text):
        client.scope(name, lease=lease[0] if lease else None)
