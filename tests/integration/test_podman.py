"""The everyday calls on Podman: the table of docs/howto/podman.md, row by row."""

from __future__ import annotations

import asyncio
import io

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors

IMAGE = "busybox:1"
NAME = "adp-podman"


@pytest.fixture
def lab(lab_up):
    return lab_up("podman", "registry")


@pytest.fixture
def registry(lab):
    return lab.registries["open"].address


@pytest_asyncio.fixture(params=["podman"])
async def podman(request, lab):
    """A client of Podman, which has no container when the test ends."""
    async with aiodockerpy.DockerClient(lab.engine(request.param).url) as client:
        yield client
        for container in await client.containers.list(all=True):
            await container.remove(force=True, v=True)


@pytest_asyncio.fixture
async def box(podman):
    """A container that counts."""
    script = "i=0; while :; do echo line $i; i=$((i+1)); sleep 0.1; done"
    return await start(podman, ["sh", "-c", script], name=NAME)


async def start(podman, command, **options):
    """Start a container that ends at once: a removal by force gives its process ten seconds, as ``podman rm --force`` does."""
    return await podman.containers.run(IMAGE, command, detach=True, stop_signal="SIGKILL", **options)


async def until(stream, condition):
    """Read until an item is as wanted."""
    async with asyncio.timeout(30):
        while not condition(await anext(stream)):
            pass


async def test_versions_and_information(podman):
    version = await podman.version()
    assert version.components[0].name == "Podman Engine"
    assert await podman.api_version() == version.api_version
    assert (await podman.info()).os_type == "linux"
    assert await podman.buildkit.available() is False


async def test_run(podman, registry):
    assert await podman.containers.run(IMAGE, ["echo", "hello"], remove=True) == b"hello\n"
    with pytest.raises(errors.ContainerError) as caught:
        await podman.containers.run(IMAGE, ["sh", "-c", "echo problem >&2; exit 3"], remove=True)
    assert (caught.value.exit_status, caught.value.stderr) == (3, b"problem\n")
    for detach in (False, True):
        with pytest.raises(errors.ServerError, match="executable file not found"):
            await podman.containers.run(IMAGE, ["no-such-command"], detach=detach)
    with pytest.raises(errors.ImageNotFound, match="manifest unknown"):
        await podman.containers.run(f"{registry}/nothing:1")
    task = asyncio.create_task(podman.containers.run(IMAGE, ["sleep", "1000"], stop_signal="SIGKILL"))
    while not await podman.containers.list():
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})
    assert await podman.containers.list(all=True) == []


async def test_what_exists_and_what_does_not(podman, box):
    with pytest.raises(errors.ServerError, match="already in use"):
        await podman.containers.create(IMAGE, name=NAME)
    for get in (podman.containers.get, podman.images.get, podman.networks.get, podman.volumes.get):
        with pytest.raises(errors.NotFound):
            await get("no-such")
    await box.rename(f"{NAME}2")
    await box.pause()
    await box.unpause()
    assert (await box.reload()).name == f"{NAME}2"
    waiting = asyncio.create_task(box.wait(condition="removed"))
    await box.kill()
    assert (await box.wait()).status_code == 137
    await box.remove()
    assert (await asyncio.wait_for(waiting, 30)).status_code == 137
    with pytest.raises(errors.NotFound):
        await box.remove()


async def test_logs_processes_and_statistics(box):
    async with box.logs(follow=True) as lines:
        assert [(await anext(lines)).text for _ in range(3)] == ["line 0", "line 1", "line 2"]
    result = await box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"])
    assert (result.exit_code, sorted(result.output.split())) == (4, [b"err", b"out"])
    async with box.exec_run(["cat"], stdin=True) as process:
        assert await process.communicate(b"given") == b"given"
    async with box.attach() as process:
        assert (await anext(process)).data.startswith(b"line ")
    async with box.stats() as samples:
        assert (await anext(samples)).figures.memory > 0
    assert "sh" in str((await box.top()).processes)


async def test_attach_with_input(podman):
    box = await podman.containers.create(IMAGE, ["sh", "-c", "cat; exit 5"], name=NAME, stdin_open=True)
    async with box.attach(stdin=True) as process:
        await box.start()
        await process.write(b"given")
        await process.write_eof()
        assert b"".join([chunk.data async for chunk in process]) == b"given"
        assert await process.wait() == 5


async def test_followed_logs_end_with_the_container(box):
    seen = []
    async with asyncio.timeout(60), box.follow_logs() as lines:
        async for line in lines:
            seen.append(line.text)
            if seen == ["line 0", "line 1"]:
                await box.kill()
                await asyncio.sleep(0.3)  # until the follower waits for a start or a removal
                await box.remove()
    assert seen[:2] == ["line 0", "line 1"]


async def test_events_and_views(podman):
    async with (
        podman.events(filters={"type": "container"}) as events,
        podman.containers.watch() as all_containers,
        podman.volumes.watch() as all_volumes,
        podman.networks.watch() as all_networks,
    ):
        containers, volumes, networks = aiter(all_containers), aiter(all_volumes), aiter(all_networks)
        box = await start(podman, ["sleep", "1000"], name=NAME)
        await until(containers, lambda change: (change.kind, change.item.id) == ("added", box.id))
        await box.remove(force=True)
        await until(containers, lambda change: (change.kind, change.item.id) == ("removed", box.id))
        for action in ("create", "start", "die", "remove"):  # a container's last event is called destroy by Docker
            await until(events, lambda event, action=action: (event.action, event.actor.id) == (action, box.id))
        volume = await podman.volumes.create(NAME)  # its events have no id
        await until(volumes, lambda change: (change.kind, change.item.name) == ("added", NAME))
        await volume.remove()
        await until(volumes, lambda change: (change.kind, change.item.name) == ("removed", NAME))
        network = await podman.networks.create(NAME)
        await until(networks, lambda change: (change.kind, change.item.id) == ("added", network.id))
        await network.remove()
        await until(networks, lambda change: (change.kind, change.item.id) == ("removed", network.id))


async def test_networks_volumes_ports_and_waiting(podman, box):
    network = await podman.networks.create(f"{NAME}-net", labels={"a": "b"})
    await network.connect(box)
    assert box.id in (await network.reload()).attrs["Containers"]
    await network.disconnect(box)
    await network.remove()
    published = await start(podman, ["sleep", "1000"], ports={"80/tcp": None})
    assert (await published.wait_ports(80, timeout=30))["80/tcp"]
    waiting = asyncio.create_task(published.wait_until(lambda seen: seen.status == "exited", timeout=30))
    await asyncio.sleep(0.2)
    await published.kill()
    assert await waiting
    check = {"test": ["CMD", "true"], "interval": 10**9}
    checked = await start(podman, ["sleep", "1000"], healthcheck=check)
    with pytest.raises(errors.DeadlineExceeded, match="not healthy within 2 s"):  # there are no timers without systemd
        await checked.wait_healthy(timeout=2)


async def test_files(box):
    await box.write_bytes("/root/file", b"data")
    assert await box.read_bytes("/root/file") == b"data"
    assert (await box.stat("/root/file")).size == 4
    assert await box.exists("/nowhere") is False
    assert {"/etc", "/root", "/root/file"} == {change.path for change in await box.diff()}
    assert (await box.commit(f"{NAME}-image", "1")).tags == [f"docker.io/library/{NAME}-image:1"]


async def test_what_a_process_changes_is_of_its_container(box):
    """And never of the machine that Podman runs on."""
    assert (await box.exec_run(["sh", "-c", "rm /bin/wc && echo x >/made"])).exit_code == 0
    changes = {change.path: change.kind for change in await box.diff()}
    assert changes["/bin/wc"] == 2
    assert changes["/made"] == 1


async def test_builds_pulls_pushes_and_cleaning_up(podman, registry):
    dockerfile = io.BytesIO(b"FROM busybox:1\nRUN echo built > /x\n")
    built = await podman.images.build(fileobj=dockerfile, tag=f"{NAME}-built:1")
    assert await podman.containers.run(built.image, ["cat", "/x"], remove=True) == b"built\n"
    with pytest.raises(errors.BuildError):
        await podman.images.build(fileobj=io.BytesIO(b"FROM busybox:1\nRUN exit 3\n"))
    image = await podman.images.pull(f"{registry}/layers:1")
    await image.tag(f"{registry}/podman", "1")
    assert (await podman.images.push(f"{registry}/podman", tag="1")).digest.startswith("sha256:")
    archive = b"".join([piece async for piece in image.save(named=True)])
    assert [loaded.id for loaded in await podman.images.load(archive)] == [image.id]
    for prune in (podman.containers.prune, podman.images.prune, podman.networks.prune, podman.volumes.prune):
        await prune()
    for lacking in (podman.images.prune_builds, podman.swarm.reload, podman.services.list):
        with pytest.raises(errors.NotFound):
            await lacking()
    for name in (f"{registry}/podman:1", f"{registry}/layers:1", f"{NAME}-built:1"):
        await podman.images.remove(name, force=True)
