"""Images pulled by a policy, shared by all who want the same one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from aiodockerpy import errors


@pytest.fixture
async def name(client, registry):
    async with unpulled(client, f"{registry}/layers:1") as name:
        yield name


@pytest.fixture
async def several(client, registry):
    """The name of an image for several platforms."""
    async with unpulled(client, f"{registry}/platforms:1") as name:
        yield name


@asynccontextmanager
async def unpulled(client, name):
    async def remove():
        try:
            await client.images.remove(name, force=True)
        except errors.ImageNotFound:
            pass

    await remove()
    yield name
    await remove()


@pytest.fixture
async def pulls(client):
    """The names of the images that were pulled, once nothing more has come for a while."""
    async with client.events(filters={"type": "image", "event": "pull"}) as events:

        async def read():
            names = []
            try:
                while True:
                    async with asyncio.timeout(0.5):
                        names.append((await anext(events)).actor.attributes["name"])
            except TimeoutError:
                return names

        yield read


async def test_each_policy_pulls_when_it_should(client, name, pulls, prefix):
    with pytest.raises(errors.ImageNotFound):
        await client.images.ensure(name, "never")
    assert await pulls() == []
    image = await client.images.ensure(name)
    assert name in image.tags
    assert len(await pulls()) == 1
    for policy in ("missing", "never", "changed"):
        assert (await client.images.ensure(name, policy)).id == image.id
    assert await pulls() == []
    await client.images.ensure(name, "always")
    assert len(await pulls()) == 1
    await (await client.images.get("busybox:1")).tag(name)  # another image under the name
    assert (await client.images.ensure(name, "missing")).id != image.id
    assert (await client.images.ensure(name, "changed")).id == image.id
    assert len(await pulls()) == 1
    await (await client.images.get("busybox:1")).tag(f"{prefix}local:1")
    with pytest.raises(errors.APIError):
        await client.images.ensure(f"{prefix}none:1")
    with pytest.raises(errors.InvalidArgument, match="policy must be 'missing', 'always'"):
        client.images.ensure(name, "sometimes")


async def test_an_image_of_another_platform_is_missing(client, several, pulls):
    for platform, expected in (("linux/amd64", 1), ("linux/amd64", 0), ("linux/arm64", 1), (None, 0)):
        image = await client.images.ensure(several, platform=platform)
        assert platform in {None, f"{image.info.os}/{image.info.architecture}"}
        assert len(await pulls()) == expected, platform


async def test_an_image_of_another_platform_is_none_that_need_not_be_pulled(client, several, pulls, prefix):
    await client.images.ensure(several, platform="linux/amd64")
    assert len(await pulls()) == 1
    image = await client.images.ensure(several, "never", platform="linux/x86_64")
    assert image.info.architecture == "amd64"
    for platform in ("linux/arm64", "arm64", "windows/amd64"):
        with pytest.raises(errors.ImageNotFound, match="platform"):
            await client.images.ensure(several, "never", platform=platform)
        with pytest.raises(errors.ImageNotFound, match="platform"):
            await client.containers.create(several, ["true"], platform=platform, pull="never")
    assert await pulls() == []
    options = {"platform": "linux/arm64", "pull": "missing", "name": f"{prefix}arm"}
    container = await client.containers.create(several, ["true"], **options)
    assert len(await pulls()) == 1
    await container.remove()


async def test_pulls_of_several_platforms_at_once_give_each_its_own(client, several, pulls):
    platforms = ["linux/amd64", "linux/arm64"] * 3
    for _ in range(3):
        images = await asyncio.gather(*(client.images.ensure(several, "always", platform=one) for one in platforms))
        assert [f"{image.info.os}/{image.info.architecture}" for image in images] == platforms
        assert len({image.id for image in images}) == 2
        assert len(await pulls()) == 2


async def test_containers_are_created_with_the_policy_that_is_given(client, name, pulls, prefix):
    create = client.containers.create
    with pytest.raises(errors.ImageNotFound):
        await create(name, ["true"])
    with pytest.raises(errors.ImageNotFound):
        await client.containers.run(name, ["true"], pull="never")
    assert await pulls() == []
    for policy, expected in (("missing", 1), ("missing", 0), ("changed", 0), ("always", 1), ("never", 0), (None, 0)):
        container = await create(name, ["true"], name=f"{prefix}pulled", pull=policy)
        await container.remove()
        assert len(await pulls()) == expected, policy
    assert await client.containers.run(name, ["echo", "x"], pull="always", remove=True) == b"x\n"
    assert len(await pulls()) == 1
    with pytest.raises(errors.InvalidValue, match="pull must be 'missing', 'always', 'never' or 'changed'"):
        await create(name, pull="often")


async def test_jobs_that_always_pull_do_so_once_for_all(client, name, pulls):
    async with client.jobs(concurrency=3) as jobs:
        specs = ({"image": name, "command": ["true"], "pull": "always"} for _ in range(9))
        assert {result.ending async for result in jobs.map(specs)} == {"exited"}
    assert len(await pulls()) == 1


async def test_the_classic_builder_gets_the_images_of_its_cache(client, name, pulls, prefix):
    cached, none = name, f"{prefix}none:1"
    for expected in (1, 0):
        _, log = await client.images.build(builder="classic", fileobj=b"FROM busybox:1\n", cache_from=[cached, none])
        assert len(await pulls()) == expected
        assert any((message.stream or "").startswith(f"cache_from: {none} cannot be pulled") for message in log)


async def test_callers_of_the_same_image_share_one_pull_and_its_progress(client, name, pulls):
    async def progress():
        return [message.status async for message in client.images.ensure(name)]

    images, *statuses = await asyncio.gather(client.images.ensure(name), *(progress() for _ in range(5)))
    assert name in images.tags
    assert all(
        any("Pulling from" in (status or "") or "Digest" in (status or "") for status in seen) for seen in statuses
    )
    assert len(await pulls()) == 1


async def test_a_shared_pull_is_cancelled_with_its_last_waiter(client, name):
    first, second = (asyncio.create_task(client.images.ensure(name)) for _ in range(2))
    while not client.diagnostics().streams:
        await asyncio.sleep(0)
    first.cancel()
    assert name in (await second).tags  # the other one goes on
    await client.images.remove(name)
    tasks = [asyncio.create_task(client.images.ensure(name)) for _ in range(2)]
    while not client.diagnostics().streams:
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert client.diagnostics().streams == ()
