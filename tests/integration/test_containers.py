"""Containers as objects, on real engines."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy import errors

IMAGE = "busybox:1"


async def test_without_a_change_the_list_of_changes_is_empty(client, prefix):
    """docker-py returns None here."""
    container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a")
    assert await container.diff() == []
    await container.write_bytes("/new", b"1")
    assert await container.diff() == [{"Path": "/new", "Kind": 1}]


async def test_a_container_becomes_an_image(client, prefix):
    container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a")
    await container.write_bytes("/new", b"1")
    image = await container.commit(
        f"{prefix}image",
        "v1",
        message="why",
        author="me",
        pause=False,
        changes=["ENV A=b", "CMD cat /new"],
        conf={"Labels": {"a": "b"}},
    )
    assert image.tags == [f"{prefix}image:v1"]
    assert image.attrs["Author"] == "me"
    assert image.attrs["Comment"] == "why"
    assert "A=b" in image.attrs["Config"]["Env"]
    assert image.labels == {"a": "b"}
    assert await client.containers.run(image, name=f"{prefix}b", remove=True) == b"1"
    one_text = await container.commit(f"{prefix}image", "v2", changes="ENV A=b\nENV C=d")
    assert {"A=b", "C=d"} <= set(one_text.attrs["Config"]["Env"])


async def test_limits_are_changed_zero_included(client, prefix):
    """docker-py sends no falsy value and knows no pids_limit, nano_cpus."""
    container = await client.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, mem_limit="64m", restart_policy={"Name": "always"}
    )
    result = await container.update(
        pids_limit=50,
        cpu_shares=512,
        mem_limit="128m",
        memswap_limit=-1,
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 2},
    )
    assert result.get("Warnings") is None or result["Warnings"] == []
    await container.reload()
    host = container.attrs["HostConfig"]
    assert (host["PidsLimit"], host["CpuShares"], host["Memory"]) == (50, 512, 128 << 20)
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    await container.update(nano_cpus=500_000_000)
    await container.update(pids_limit=0, restart_policy={"Name": "no"})
    await container.reload()
    assert container.attrs["HostConfig"]["NanoCpus"] == 500_000_000
    assert not container.attrs["HostConfig"]["PidsLimit"] or container.attrs["HostConfig"]["PidsLimit"] == -1
    with pytest.raises(TypeError, match=r"update\(\) got an unexpected keyword argument 'memory'"):
        await container.update(memory=1)


async def test_a_terminal_is_resized(client, prefix):
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, tty=True)
    await container.resize(height=20, width=70)
    code, output = await container.exec_run(["stty", "-F", "/proc/1/fd/0", "size"])
    assert (code, output) == (0, b"20 70\n")


async def test_the_image_is_an_awaitable_property(client, prefix):
    container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a")
    assert await container.image == await client.images.get(IMAGE)
    [sparse] = await client.containers.list(all=True, filters={"name": f"{prefix}a"}, sparse=True)
    assert await sparse.image == await container.image


async def test_a_sparse_list_is_one_request_and_tells_name_and_labels(client, prefix):
    """docker-py raises for the labels and has no name there."""
    await client.containers.create(IMAGE, ["true"], name=f"{prefix}a", labels={"x": "y"})
    [sparse] = await client.containers.list(all=True, filters={"name": f"{prefix}a"}, sparse=True)
    assert sparse.name == f"{prefix}a"
    assert sparse.labels == {"x": "y"}
    assert sparse.status == "created"
    await sparse.reload()
    assert sparse.attrs["State"]["Status"] == "created"


async def test_a_list_never_fails_while_containers_vanish(client, prefix):
    """docker-py raises NotFound unless told otherwise."""

    async def churn(n):
        for _ in range(3):
            container = await client.containers.create(IMAGE, ["true"], name=f"{prefix}{n}")
            await container.remove()

    work = asyncio.gather(*map(churn, range(4)))
    while not work.done():
        await client.containers.list(all=True)
    await work


async def test_the_snapshot_changes_only_by_reload(client, prefix):
    container = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a")
    await container.start()
    assert container.status == "created"
    await container.reload()
    assert container.status == "running"
    await container.rename(f"{prefix}b")
    assert container.name == f"{prefix}a"
    with pytest.raises(errors.Conflict):
        await container.remove()
    await container.restart(timeout=0)
    await container.restart(timeout=None, signal=None)  # docker-py raises a TypeError
    await container.kill()
    assert (await container.wait())["StatusCode"] == 137
    await container.remove()
    with pytest.raises(errors.NotFound):
        await container.reload()


async def test_pruning_tells_what_it_removed(client, prefix):
    container = await client.containers.create(IMAGE, name=f"{prefix}a", labels={f"{prefix}mark": ""}, stop_timeout=0)
    assert container.attrs["Config"]["StopTimeout"] == 0
    pruned = await client.containers.prune(filters={"label": f"{prefix}mark"})
    assert pruned["ContainersDeleted"] == [container.id]
    assert pruned["SpaceReclaimed"] >= 0


async def test_equal_by_id(client, prefix):
    container = await client.containers.create(IMAGE, name=f"{prefix}a")
    same = await client.containers.get(container.short_id)
    assert container == same
    assert {container} == {same}
    assert repr(container) == f"<Container: {container.id[:12]}>"
