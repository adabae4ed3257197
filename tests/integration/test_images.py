"""Images on real engines and registries."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.classic import classic
from tests.lab.registry import PASSWORD, USERNAME

IMAGE = "busybox:1"


@pytest.fixture
async def image(client, prefix):
    made = await client.images.get(IMAGE)
    await made.tag(f"{prefix}image", "1")
    return await client.images.get(f"{prefix}image:1")


@pytest.fixture(scope="session")
def closed_registry(lab_up):
    """A registry that wants a name and a password."""
    return lab_up("registry-basic").registries["basic"].address


async def test_names_come_and_go(client, prefix, image):
    assert await image.tag(f"{prefix}image", "2", force=True) is True
    await image.reload()
    assert {f"{prefix}image:1", f"{prefix}image:2"} <= set(image.tags)
    removed = await client.images.remove(f"{prefix}image:2")
    assert [item["Untagged"] for item in removed if "Untagged" in item] == [f"{prefix}image:2"]
    with pytest.raises(errors.ImageNotFound):
        await client.images.get(f"{prefix}image:2")
    with pytest.raises(errors.Conflict):
        await image.remove()  # it has other names


async def test_equal_by_id(client, image):
    same = await client.images.get(IMAGE)
    assert image == same
    assert len({image, same}) == 1
    assert image.short_id == image.id[:19]
    assert repr(image).startswith("<Image: '")


async def test_lists_are_by_name_and_change_no_argument(client, prefix, image):
    """docker-py changes the filters it is given."""
    filters = {"dangling": False}
    found = await client.images.list(name=f"{prefix}image", filters=filters)
    assert found == [image]
    assert filters == {"dangling": False}
    assert found[0].attrs == image.attrs
    assert await client.images.list(name=f"{prefix}nothing") == []


async def test_a_list_never_fails_while_images_vanish(client, prefix):
    async def churn():
        for n in range(4):
            made, _ = await classic(client, fileobj=io.BytesIO(f"FROM {IMAGE}\nLABEL a={prefix}{n}\n".encode()))
            await made.remove()

    task = asyncio.create_task(churn())
    while not task.done():
        await client.images.list(all=True)
    await task


async def test_the_history_reads_like_dicts(image):
    history = await image.history()
    assert history[0]["Id"]
    assert history[0]["CreatedBy"] == history[0].created_by
    assert sum(step["Size"] for step in history) > 0


def names_in(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    return manifest[0]["RepoTags"]


async def test_it_is_saved_with_and_without_its_name_and_loaded(client, prefix, image):
    plain = await image.save()
    assert not names_in(plain)
    named = b"".join([piece async for piece in image.save(named=f"{prefix}image:1", chunk_size=50_000)])
    assert names_in(named) == [f"{prefix}image:1"]
    first = await image.save(named=True)
    assert names_in(first) == [image.tags[0]]
    with pytest.raises(errors.InvalidArgument, match="is not a valid tag for this image"):
        image.save(named="something:else")
    await client.images.remove(f"{prefix}image:1")
    for data in (named, io.BytesIO(named)):
        assert await client.images.load(data) == [image]
    messages = [message async for message in client.images.load(named)]
    assert any("Loaded image" in (message.stream or "") for message in messages)


async def test_it_is_saved_to_a_file(image, tmp_path):
    async with image.save() as pieces:
        async for piece in pieces:
            assert len(piece) > 0
            break
    assert await image.save(named=True).save(tmp_path / "image.tar") == (tmp_path / "image.tar").stat().st_size


async def test_what_is_no_archive_is_not_loaded(client):
    """docker-py does not look at the status."""
    with pytest.raises((errors.ImageLoadError, errors.APIError)):
        await client.images.load(b"this is no archive" * 1000)


# ---- registries


async def test_push_tells_what_is_in_the_registry(client, prefix, registry):
    image = await client.images.get(IMAGE)
    await image.tag(f"{registry}/{prefix}pushed", "1")
    pushed = await client.images.push(f"{registry}/{prefix}pushed", "1")
    assert pushed["Digest"].startswith("sha256:")
    assert pushed.tag == "1"
    statuses = [message.status async for message in client.images.push(f"{registry}/{prefix}pushed:1")]
    assert any("digest: sha256:" in (status or "") for status in statuses)
    data = await client.images.get_registry_data(f"{registry}/{prefix}pushed:1")
    assert data.id == pushed.digest


async def test_a_push_that_fails_raises(client, prefix, closed_registry):
    """docker-py returns the text of the failure as if nothing had happened."""
    image = await client.images.get(IMAGE)
    await image.tag(f"{closed_registry}/{prefix}pushed", "1")
    with pytest.raises(errors.PushError, match=r"no basic auth credentials|unauthorized|denied"):
        await client.images.push(f"{closed_registry}/{prefix}pushed", "1")
    with pytest.raises(errors.PushError):
        async for _ in client.images.push(f"{closed_registry}/{prefix}pushed", "1"):
            pass
    with pytest.raises((errors.ImageNotFound, errors.PushError), match="does not exist locally"):
        await client.images.push(f"{closed_registry}/{prefix}nothing", "1")


async def test_credentials_of_the_call_count(client, prefix, closed_registry):
    image = await client.images.get(IMAGE)
    name = f"{closed_registry}/{prefix}pushed"
    await image.tag(name, "1")
    auth = {"username": USERNAME, "password": PASSWORD}
    assert (await client.images.push(name, "1", auth_config=auth)).digest
    assert (await client.images.pull(name, "1", auth_config=auth)).id == image.id
    data = await client.images.get_registry_data(f"{name}:1", auth_config=auth)
    await data.reload()
    with pytest.raises(errors.APIError):
        await client.images.get_registry_data(f"{name}:1")


async def test_a_login_counts_from_then_on(engine, prefix, closed_registry, tmp_path):
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    async with aiodockerpy.DockerClient(engine.url, environment=environment) as client:
        image = await client.images.get(IMAGE)
        name = f"{closed_registry}/{prefix}pushed"
        await image.tag(name, "1")
        with pytest.raises(errors.APIError):
            await client.login(USERNAME, "wrong", registry=closed_registry)
        with pytest.raises(errors.PushError):
            await client.images.push(name, "1")
        answer = await client.login(USERNAME, PASSWORD, registry=closed_registry)
        assert answer["Status"] == "Login Succeeded"
        assert (await client.images.push(name, "1")).digest
        assert list(tmp_path.iterdir()) == []
        await client.logout(closed_registry)
        with pytest.raises(errors.PushError):
            await client.images.push(name, "1")


async def test_a_login_is_stored_on_demand(engine, closed_registry, tmp_path):
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    async with aiodockerpy.DockerClient(engine.url, environment=environment) as client:
        await client.login(USERNAME, PASSWORD, registry=closed_registry, store=True)
        stored = json.loads((tmp_path / "config.json").read_text())
        assert list(stored["auths"]) == [closed_registry]
        await client.logout(closed_registry, store=True)
        assert not json.loads((tmp_path / "config.json").read_text()).get("auths")


async def test_pull_gives_the_image_or_all_of_them(client, registry):
    image = await client.images.pull(f"{registry}/busybox", "1")
    assert f"{registry}/busybox:1" in image.tags
    found = await client.images.pull(f"{registry}/busybox", all_tags=True)
    assert image in found
    data = await client.images.get_registry_data(f"{registry}/busybox:1")
    assert await data.pull() == image
    assert (await client.images.pull(f"{registry}/busybox@{data.id}")).id == image.id


async def test_a_pull_that_fails_raises(client, registry):
    """docker-py tells a missing tag and a missing repository apart by the text."""
    with pytest.raises(errors.ImageNotFound):
        await client.images.pull(f"{registry}/busybox", "no-such-tag")
    with pytest.raises(errors.ImageNotFound):
        await client.images.pull(f"{registry}/no-such-repository")


async def test_the_registry_tells_the_platforms(client, registry):
    data = await client.images.get_registry_data(f"{registry}/platforms:1")
    assert data.short_id == data.id[:19]
    assert data.image_name == f"{registry}/platforms:1"
    assert data.attrs["Descriptor"]["digest"] == data.id
    names = {(platform["os"], platform["architecture"]) for platform in data.attrs["Platforms"]}
    for os, architecture in names:
        assert await data.has_platform(f"{os}/{architecture}")
        assert await data.has_platform({"os": os, "architecture": architecture})
    assert await data.has_platform("linux") is (("linux", "amd64") in names)
    assert not await data.has_platform("linux/mips64le")
    with pytest.raises(errors.InvalidArgument, match="not a valid platform descriptor"):
        await data.has_platform("a/b/c/d")


async def test_pruning_tells_what_it_removed(client, prefix):
    label = f"{prefix}mark"
    made, _ = await classic(client, fileobj=io.BytesIO(f"FROM {IMAGE}\nLABEL {label}=1\n".encode()))
    pruned = await client.images.prune(filters={"label": label, "dangling": True})
    assert made.id in [item.get("Deleted") for item in pruned["ImagesDeleted"]]
    assert (await client.images.prune_builds(keep_storage=1 << 40))["SpaceReclaimed"] >= 0
