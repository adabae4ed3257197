"""Images, networks and volumes: the same steps with docker-py and with this library, with the same outcome."""

from __future__ import annotations

import io
import random
import re
import tarfile

import docker
import pytest

from aiodockerpy import errors
from tests.integration.parity import both, general, ours, plain, renamed, same, theirs, without

pytestmark = pytest.mark.every_version

IMAGE = "busybox:1"
T = docker.types


@pytest.fixture
def docker_py(engine):
    """A docker-py client of the engine under test."""
    made = docker.DockerClient(engine.url, timeout=60)
    yield made
    made.close()


# ---- images
@same("ImageCollection.get", "name")
@same("Image.id")
@same("Image.short_id")
@same("Image.tags")
@same("Image.labels")
@same("Image.history")
@same("Image.reload")
@same("Image.save")
async def test_image_attributes_are_equal(client, docker_py):
    other, mine = docker_py.images.get(IMAGE), await client.images.get(IMAGE)
    assert mine.attrs == other.attrs
    for name in ("id", "short_id", "tags", "labels"):
        assert getattr(mine, name) == getattr(other, name), name
    assert repr(mine) == repr(other)
    assert plain(await mine.history()) == other.history()
    assert await mine.save() == b"".join(other.save())


@same("ImageCollection.list", "name", "filters")
async def test_image_lists_are_equal(client, docker_py, prefix):
    docker_py.images.get(IMAGE).tag(f"{prefix}image", "1")
    for options in (
        {"name": f"{prefix}image"},
        {"name": f"{prefix}image:1"},
        {"filters": {"reference": f"{prefix}*"}},
        {"name": f"{prefix}none"},
    ):
        expected = [image.attrs for image in docker_py.images.list(**options)]
        assert [image.attrs for image in await client.images.list(**options)] == expected
    assert expected == []


IMAGE_STEPS = {
    "a missing image": lambda c, p: c.images.get("no-such-image:1"),
    "removing a missing image": lambda c, p: c.images.remove("no-such-image:1"),
    "a bad reference": lambda c, p: c.images.get(f"{p}UPPER:1"),
    "history of what is gone": lambda c, p: (
        c.api.images.history("no-such-image")
        if hasattr(c.api, "images") and hasattr(c.api.images, "history")
        else c.api.history("no-such-image")
    ),
}


@pytest.mark.parametrize("name", IMAGE_STEPS)
async def test_image_failures_are_equal(client, docker_py, prefix, name):
    step = IMAGE_STEPS[name]
    expected = theirs(lambda: step(docker_py, prefix))

    async def make():
        return await step(client, prefix)

    assert await ours(make) == general(expected)


@same("ImageCollection.remove", "image")
async def test_removing_is_equal(client, docker_py, prefix):
    docker_py.images.get(IMAGE).tag(f"{prefix}theirs", "1")
    await (await client.images.get(IMAGE)).tag(f"{prefix}ours", "1")
    expected = docker_py.api.remove_image(f"{prefix}theirs:1")
    assert plain(await client.images.remove(f"{prefix}ours:1")) == [
        {key: value.replace("theirs", "ours") for key, value in item.items()} for item in expected
    ]


@same("ImageCollection.get_registry_data", "name")
@same("ImageCollection.pull", "repository", "tag", "all_tags")
@same("RegistryData.id")
@same("RegistryData.short_id")
@same("RegistryData.has_platform", "platform")
async def test_pull_and_registry_data_are_equal(client, docker_py, registry):
    name = f"{registry}/platforms:1"
    other, mine = docker_py.images.get_registry_data(name), await client.images.get_registry_data(name)
    assert mine.attrs == other.attrs
    for field in ("id", "short_id", "image_name"):
        assert getattr(mine, field) == getattr(other, field)
    for platform in ("linux/amd64", {"os": "linux"}, "windows/amd64", "linux/mips64"):
        assert await mine.has_platform(platform) == other.has_platform(
            platform if isinstance(platform, str) else dict(platform)
        )
    with pytest.raises(docker.errors.InvalidArgument) as expected:
        other.has_platform("a/b/c/d")
    with pytest.raises(errors.InvalidArgument) as found:
        await mine.has_platform("a/b/c/d")
    assert str(found.value) == str(expected.value)
    assert (await client.images.pull(f"{registry}/busybox", "1")).attrs == docker_py.images.pull(
        f"{registry}/busybox", "1"
    ).attrs
    assert {image.id for image in await client.images.pull(f"{registry}/busybox", all_tags=True)} == {
        image.id for image in docker_py.images.pull(f"{registry}/busybox", all_tags=True)
    }


@same("ImageCollection.load", "data")
async def test_loading_gives_the_same(client, docker_py, prefix):
    docker_py.images.get(IMAGE).tag(f"{prefix}image", "1")
    data = b"".join(docker_py.images.get(f"{prefix}image:1").save(named=f"{prefix}image:1"))
    [mine], [other] = await client.images.load(data), docker_py.images.load(data)
    assert mine.attrs.keys() == other.attrs.keys()
    assert without(mine.attrs, "LastTagTime") == without(other.attrs, "LastTagTime")  # each of the two loads tagged it


@same("Image.save", "named")
async def test_a_tag_that_is_not_the_images_is_refused_alike(client, docker_py):
    with pytest.raises(docker.errors.InvalidArgument) as expected:
        docker_py.images.get(IMAGE).save(named="x:y")
    image = await client.images.get(IMAGE)
    with pytest.raises(errors.InvalidArgument) as found:
        image.save(named="x:y")
    assert str(found.value) == str(expected.value)


BUILDS = {
    "plain": ({}, ""),
    "arguments": ({"buildargs": {"X": "y"}}, "ARG X\nRUN echo $X > /x\nENV A=$X\n"),
    "labels": ({"labels": {"a": "b"}}, ""),
    "a stage": ({"target": "first"}, "LABEL first=1\n"),
    "hosts": ({"extra_hosts": {"h": "1.2.3.4"}}, "RUN grep -q '1.2.3.4.*h' /etc/hosts\n"),
    "limits": (
        {"container_limits": {"memory": 64 << 20, "memswap": -1, "cpushares": 5, "cpusetcpus": "0"}},
        "RUN true\n",
    ),
    "shm": ({"shmsize": 16 << 20}, "RUN df -k /dev/shm | grep -q 16384\n"),
    "no network": ({"network_mode": "none"}, "RUN test ! -e /sys/class/net/eth0\n"),
    "quiet": ({"quiet": True}, "LABEL q=1\n"),
    "platform": ({"platform": "linux/amd64"}, "LABEL p=1\n"),
    "always away": ({"forcerm": True, "rm": True, "nocache": True}, "RUN echo hi\n"),
    "a cache": ({"cache_from": [IMAGE]}, "RUN echo hi\n"),
    "compressed": ({"gzip": True}, "COPY f /f\n"),
}
VOLATILE = (
    "Id",
    "Created",
    "Metadata",
    "ContainerConfig",
    "Container",
    "RootFS",
    "RepoTags",
    "RepoDigests",
    "GraphDriver",
    "Parent",
    "LastTagTime",
    "Descriptor",
    "Size",
    "VirtualSize",
)


@same("ImageCollection.build", "path", "tag", *{keyword for options, _ in BUILDS.values() for keyword in options})
@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDS)
async def test_builds_make_the_same_image(client, docker_py, prefix, tmp_path, name):
    options, steps = BUILDS[name]
    (tmp_path / "f").write_text("1")
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE} AS first\n{steps}FROM first\n")
    before = repr(options)
    other, _ = docker_py.images.build(path=str(tmp_path), tag=f"{prefix}theirs:1", **options)
    mine, log = await client.images.build(builder="classic", path=str(tmp_path), tag=f"{prefix}ours:1", **options)
    assert repr(options) == before
    assert without(mine.attrs, *VOLATILE) == without(other.attrs, *VOLATILE)
    assert log
    assert mine.tags == [f"{prefix}ours:1"] or f"{prefix}ours:1" in mine.tags


BUILD_FAILURES = {
    "nothing": {},
    "no folder": {"path": "/no/such/folder"},
    "a context without a file": {"path": ".", "custom_context": True},
    "a bad tag": {"path": ".", "tag": "UPPER:case:twice"},
    "gzip and encoding": {"path": ".", "gzip": True, "encoding": "gzip"},
    "text": {"fileobj": io.StringIO("FROM x")},
    "no base": {"fileobj": b"FROM no-such-registry.invalid/x:1\n"},
    "a bad instruction": {"fileobj": b"FROM busybox:1\nNONSENSE\n"},
    "a failing step": {"fileobj": b"FROM busybox:1\nRUN exit 7\n"},
    "an empty Dockerfile": {"fileobj": b""},
}


@same("ImageCollection.build", *{keyword for options in BUILD_FAILURES.values() for keyword in options})
@pytest.mark.parametrize("name", BUILD_FAILURES)
async def test_builds_fail_alike(client, docker_py, name):
    def given():
        options = dict(BUILD_FAILURES[name])
        if isinstance(options.get("fileobj"), bytes):
            options["fileobj"] = io.BytesIO(options["fileobj"])
        return options

    expected = general(theirs(lambda: docker_py.images.build(**given())))

    async def make():
        return await client.images.build(builder="classic", **given())

    found = await ours(make)
    if name in {"a bad tag", "gzip and encoding"}:  # more exact classes, of the same base
        assert issubclass(getattr(errors, found[0]), errors.DockerException)
        assert expected[0] == "DockerException"
        assert found[1] == expected[1]
        return
    if name == "no folder":  # ours names the path, too
        assert found[0] == expected[0]
        assert found[1] == f"{expected[1]}, and '/no/such/folder' is not one"
        return
    if name == "text":  # ours names the parameter
        assert found[0] == expected[0] == "TypeError"
        assert "fileobj" in found[1]
        return
    assert portless(found) == portless(expected)


def portless(outcome):
    """An outcome without the port that a name was looked up from."""
    return tuple(re.sub(r":\d+->", ":N->", part) if isinstance(part, str) else part for part in outcome)


# ---- networks

NETWORKS = {
    "plain": {},
    "driver": {"driver": "bridge"},
    "options": {"options": {"com.docker.network.bridge.enable_icc": "false"}},
    "labels": {"labels": {"a": "b"}},
    "internal": {"internal": True},
    "attachable": {"attachable": True},
    "scope": {"scope": "local"},
    "check": {"check_duplicate": True},
    "pools": {
        "ipam": T.IPAMConfig(
            pool_configs=[
                T.IPAMPool(
                    subnet="10.88.{n}.0/24",
                    iprange="10.88.{n}.128/25",
                    gateway="10.88.{n}.1",
                    aux_addresses={"a": "10.88.{n}.5"},
                )
            ]
        )
    },
    "driver of addresses": {"ipam": T.IPAMConfig(driver="default", options={})},
    "ipv6": {
        "enable_ipv6": True,
        "ipam": T.IPAMConfig(pool_configs=[T.IPAMPool(subnet="10.88.{n}.0/24"), T.IPAMPool(subnet="fd00:88:{n}::/64")]),
    },
    "no driver": {"driver": "nonsense"},
    "bad subnet": {"ipam": T.IPAMConfig(pool_configs=[T.IPAMPool(subnet="nonsense")])},
    "ingress on a bridge": {"ingress": True},
}


def numbered(value, n):
    """A value with a number in it, so that two networks do not overlap."""
    if isinstance(value, str):
        return value.replace("{n}", str(n))
    if isinstance(value, dict):
        made = type(value).__new__(type(value))
        dict.update(made, {key: numbered(item, n) for key, item in value.items()})
        return made
    return [numbered(item, n) for item in value] if isinstance(value, list) else value


@same("NetworkCollection.create", "name", *{keyword for options in NETWORKS.values() for keyword in options})
@pytest.mark.parametrize("name", NETWORKS)
async def test_networks_are_made_alike(client, docker_py, prefix, driver_of_no_kind, name):
    def seen(attrs, n):
        found = without(attrs, "Id", "Created", "Name")
        if "ipam" not in NETWORKS[name] or name == "driver of addresses":
            found["IPAM"] = without(found["IPAM"], "Config")
        return eval(repr(found).replace(f"10.88.{n}.", "10.88.N.").replace(f":88:{n}:", ":88:N:"))

    options = numbered(NETWORKS[name], 12)
    before = repr(options)

    async def make():
        return seen((await client.networks.create(f"{prefix}ours", **options)).attrs, 12)

    expected, found = await both(
        lambda: seen(docker_py.networks.create(f"{prefix}theirs", **numbered(NETWORKS[name], 11)).attrs, 11), make
    )
    assert found == general(expected)
    assert repr(options) == before


async def test_a_connection_is_made_alike(client, docker_py, prefix):
    pools = T.IPAMConfig(pool_configs=[T.IPAMPool(subnet="10.88.13.0/24")])
    docker_py.networks.create(f"{prefix}net", ipam=pools)
    first, second = (
        docker_py.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}{who}") for who in ("theirs", "ours")
    )
    options = {"aliases": ["www"], "driver_opt": {"a": "b"}}
    docker_py.networks.get(f"{prefix}net").connect(first, ipv4_address="10.88.13.7", **options)
    await (await client.networks.get(f"{prefix}net")).connect(second.id, ipv4_address="10.88.13.7", **options)
    endpoints = []
    for container in (first, second):
        container.reload()
        endpoint = without(container.attrs["NetworkSettings"]["Networks"][f"{prefix}net"], "DNSNames")
        endpoints.append({**endpoint, "Aliases": [alias for alias in endpoint["Aliases"] if alias == "www"]})
    assert endpoints[0] == endpoints[1]


@same("NetworkCollection.get", "network_id")
@same("NetworkCollection.list", "names", "ids", "filters", "greedy")
@same("Network.id")
@same("Network.short_id")
@same("Network.name")
@same("Network.containers")
@same("Network.reload")
async def test_network_lists_and_attributes_are_equal(client, docker_py, prefix):
    other = docker_py.networks.create(f"{prefix}net", labels={"a": "b"})
    container = docker_py.containers.run(
        IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, network=f"{prefix}net"
    )
    other.reload()
    mine = await client.networks.get(f"{prefix}net")
    assert mine.attrs == other.attrs
    assert (mine.id, mine.short_id, mine.name, repr(mine)) == (other.id, other.short_id, other.name, repr(other))
    assert [c.id for c in await mine.containers] == [c.id for c in other.containers] == [container.id]
    for options in (
        {"names": [f"{prefix}net"]},
        {"ids": [other.id]},
        {"filters": {"name": f"{prefix}net"}},
        {"names": [f"{prefix}net"], "greedy": True},
    ):
        expected = [network.attrs for network in docker_py.networks.list(**options)]
        assert [network.attrs for network in await client.networks.list(**options)] == expected != []


NETWORK_STEPS = {
    "a missing network": lambda c, n: c.networks.get("no-such-network"),
    "one of the engine's own": lambda c, n: n.remove(),
    "a missing container": lambda c, n: n.connect("no-such-container"),
    "a container that is not on it": lambda c, n: n.disconnect("no-such-container"),
}


@same("Network.remove")
@pytest.mark.parametrize("name", NETWORK_STEPS)
async def test_network_failures_are_equal(client, docker_py, name):
    step = NETWORK_STEPS[name]
    expected = general(theirs(lambda: step(docker_py, docker_py.networks.get("bridge"))))
    network = await client.networks.get("bridge")

    async def make():
        return await step(client, network)

    assert await ours(make) == expected


# ---- volumes

VOLUMES = {
    "plain": {},
    "driver": {"driver": "local"},
    "options": {"driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}},
    "labels": {"labels": {"a": "b", "c": ""}},
    "no driver": {"driver": "nonsense"},
    "bad options": {"driver_opts": {"nonsense": "x"}},
}


@same("VolumeCollection.create", "name", *{keyword for options in VOLUMES.values() for keyword in options})
@pytest.mark.parametrize("name", VOLUMES)
async def test_volumes_are_made_alike(client, docker_py, prefix, driver_of_no_kind, name):
    def seen(attrs):
        return without(attrs, "Name", "CreatedAt", "Mountpoint")

    async def make():
        return seen((await client.volumes.create(f"{prefix}ours", **VOLUMES[name])).attrs)

    expected, found = await both(lambda: seen(docker_py.volumes.create(f"{prefix}theirs", **VOLUMES[name]).attrs), make)
    assert found == renamed(general(expected))


@same("VolumeCollection.get", "volume_id")
@same("VolumeCollection.list", "filters")
@same("Volume.id")
@same("Volume.short_id")
@same("Volume.name")
@same("Volume.reload")
async def test_volume_lists_and_attributes_are_equal(client, docker_py, prefix):
    other = docker_py.volumes.create(f"{prefix}v", labels={"a": "b"})
    mine = await client.volumes.get(f"{prefix}v")
    other.reload()
    assert mine.attrs == other.attrs
    assert (mine.id, mine.short_id, mine.name, repr(mine)) == (other.id, other.short_id, other.name, repr(other))
    for filters in ({"name": f"{prefix}v"}, {"label": "a=b", "name": prefix}, {"name": f"{prefix}none"}):
        assert [v.attrs for v in await client.volumes.list(filters=filters)] == [
            v.attrs for v in docker_py.volumes.list(filters=filters)
        ]


async def test_volume_failures_are_equal(client, docker_py, prefix):
    volume = docker_py.volumes.create(f"{prefix}v")
    container = docker_py.containers.create(
        IMAGE, name=f"{prefix}a", volumes={volume.name: {"bind": "/d", "mode": "rw"}}
    )
    for step in (lambda c: c.volumes.get("no-such-volume"),):
        expected = general(theirs(lambda step=step: step(docker_py)))

        async def make(step=step):
            return await step(client)

        assert await ours(make) == expected
    expected = general(theirs(volume.remove))
    mine = await client.volumes.get(volume.name)
    assert await ours(mine.remove) == expected
    assert container.id in expected[1]


# ---- further methods


@same("Image.tag", "repository", "tag", "force")
@same("Image.remove", "force", "noprune")
@same("ImageCollection.remove", "image", "force", "noprune")
async def test_names_come_and_go_alike(client, docker_py, prefix):
    other, mine = docker_py.images.get(IMAGE), await client.images.get(IMAGE)
    names = f"{prefix}theirs", f"{prefix}ours"
    for options in ({"tag": "1"}, {}, {"tag": "2", "force": True}, {"tag": "bad tag"}):
        expected, found = await both(
            lambda options=options: other.tag(names[0], **options),
            lambda options=options: mine.tag(names[1], **options),
        )
        assert found == renamed(general(expected))
    for image, options in (("{}:1", {"force": True}), ("{}:2", {"noprune": True}), ("{}:2", {}), ("{}", {})):
        expected, found = await both(
            lambda image=image, options=options: docker_py.api.remove_image(image.format(names[0]), **options),
            lambda image=image, options=options: client.images.remove(image.format(names[1]), **options),
        )
        assert plain(found) == renamed(general(expected))
    expected, found = await both(lambda: other.remove(noprune=True), mine.remove)  # it has names, and a container
    assert found == general(expected)
    assert isinstance(found, tuple)
    [their_built], [our_built] = (
        [docker_py.images.build(fileobj=io.BytesIO(f"FROM {IMAGE}\nLABEL {name}=1\n".encode()))[0]] for name in names
    )
    mine = await client.images.get(our_built.id)
    expected, found = await both(
        lambda: their_built.remove(force=True, noprune=True), lambda: mine.remove(force=True, noprune=True)
    )
    assert [list(item) for item in plain(found)] == [list(item) for item in expected]


@same("Image.save", "chunk_size")
@same("ImageCollection.list", "all")
async def test_saving_and_listing_are_equal(client, docker_py):
    other, mine = docker_py.images.get(IMAGE), await client.images.get(IMAGE)
    assert b"".join(other.save(chunk_size=1 << 20, named=True)) == await mine.save(chunk_size=1 << 20, named=True)
    found = await client.images.list(all=True)
    assert {image.id for image in found} == {image.id for image in docker_py.images.list(all=True)}
    assert mine in found


@same("ImageCollection.push", "repository", "tag", "auth_config")
@same("ImageCollection.pull", "platform", "auth_config")
@same("ImageCollection.get_registry_data", "auth_config")
@same("RegistryData.pull", "platform")
@same("RegistryData.reload")
async def test_registries_are_used_alike(client, docker_py, prefix, registry):
    auth = {"username": "a", "password": "b"}
    name = f"{registry}/{prefix}image"
    docker_py.images.get(IMAGE).tag(name, "1")
    assert "digest" in docker_py.images.push(name, "1", auth_config=auth)
    pushed = await client.images.push(name, "1", auth_config=auth)
    other = docker_py.images.get_registry_data(f"{name}:1", auth_config=auth)
    mine = await client.images.get_registry_data(f"{name}:1", auth_config=auth)
    assert pushed.digest == mine.id == other.id
    expected, found = await both(lambda: other.pull(platform="linux/amd64"), lambda: mine.pull(platform="linux/amd64"))
    assert found.attrs == expected.attrs
    options = {"platform": "linux/amd64", "auth_config": auth}
    expected, found = await both(
        lambda: docker_py.images.pull(name, "1", **options), lambda: client.images.pull(name, "1", **options)
    )
    assert found.attrs == expected.attrs
    await mine.reload()
    assert mine.attrs == other.attrs
    for what in ("pull", "get_registry_data"):
        missing = f"{registry}/{prefix}missing:1"
        expected, found = await both(
            lambda what=what, missing=missing: getattr(docker_py.images, what)(missing),
            lambda what=what, missing=missing: getattr(client.images, what)(missing),
        )
        assert found[1:] == general(expected)[1:]
        assert found[0] in {"ImageNotFound", expected[0]}


@same("ImageCollection.prune", "filters")
@same("ImageCollection.prune_builds", "filters", "keep_storage", "all")
@same("NetworkCollection.prune", "filters")
@same("VolumeCollection.prune", "filters")
async def test_pruning_is_equal(client, docker_py, prefix):
    """Of nothing, since others use the engine too."""
    filters = {"label": f"{prefix}none"}
    assert plain(await client.images.prune(filters=filters)) == docker_py.images.prune(filters=filters)
    options = {"filters": {"until": "1000h"}, "keep_storage": 1 << 50, "all": False}
    assert plain(await client.images.prune_builds(**options)) == docker_py.images.prune_builds(**options)
    filters = {"label": f"{prefix}none"}
    assert plain(await client.networks.prune(filters=filters)) == docker_py.networks.prune(filters=filters)
    assert plain(await client.volumes.prune(filters=filters)) == docker_py.volumes.prune(filters=filters)


@same("ImageCollection.search", "term", "limit")
async def test_searching_fails_alike(client, docker_py):
    """The registry of a term that begins with a host is asked there: nobody answers."""
    for options in ({"term": "127.0.0.1:1/x"}, {"term": "127.0.0.1:1/x", "limit": 5}):
        expected, found = await both(
            lambda options=options: docker_py.images.search(**options),
            lambda options=options: client.images.search(**options),
        )
        assert portless(found) == portless(general(expected))
        assert isinstance(found, tuple)


CONTEXTS = {
    "an archive": {"custom_context": True, "dockerfile": "Other"},
    "a packed archive": {"custom_context": True, "encoding": "gzip", "dockerfile": "Other"},
    "a Dockerfile in memory": {},
    "a limit of silence": {"timeout": 60},
    "newer bases": {"pull": False},
    "isolation": {"isolation": "default"},
    "without proxies": {"use_config_proxy": False},
    "squashed": {"squash": False},
}


@same("ImageCollection.build", "fileobj", *{keyword for options in CONTEXTS.values() for keyword in options})
@pytest.mark.parametrize("name", CONTEXTS)
async def test_contexts_of_ones_own_make_the_same_image(client, docker_py, prefix, name):
    options = CONTEXTS[name]
    dockerfile = f"FROM {IMAGE}\nLABEL a={prefix}\n".encode()

    def given():
        if not options.get("custom_context"):
            return io.BytesIO(dockerfile)
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz" if "encoding" in options else "w") as tar:
            info = tarfile.TarInfo("Other")
            info.size = len(dockerfile)
            tar.addfile(info, io.BytesIO(dockerfile))
        return io.BytesIO(out.getvalue())

    async def build():
        image, _ = await client.images.build(builder="classic", fileobj=given(), tag=f"{prefix}ours", **options)
        return image

    expected, found = await both(
        lambda: docker_py.images.build(fileobj=given(), tag=f"{prefix}theirs", **options)[0], build
    )
    if isinstance(expected, tuple):
        assert found == general(expected)
    else:
        assert without(found.attrs, *VOLATILE) == without(expected.attrs, *VOLATILE)


CONNECTIONS = {
    "an address": {"ipv4_address": "{subnet}.77"},
    "two names": {"aliases": ["a", "b"]},
    "options": {"driver_opt": {"x": "y"}},
    "a hardware address": {"mac_address": "02:42:ac:11:65:43"},
    "a link": {"links": {"{prefix}other": "db"}},
    "links as pairs": {"links": [("{prefix}other", "db")]},
    "a link-local address": {"link_local_ips": ["169.254.34.68"]},
    "an IPv6 address": {"ipv6_address": "fd00:77::5"},
    "a bad address": {"ipv4_address": "nonsense"},
    "another network's address": {"ipv4_address": "10.1.1.1"},
}


@same("Network.connect", "container", *{keyword for options in CONNECTIONS.values() for keyword in options})
@same("Network.disconnect", "container", "force")
async def test_connections_are_made_alike(client, docker_py, prefix):
    subnet = f"10.{random.randrange(90, 200)}.7"
    other = docker_py.networks.create(
        f"{prefix}net", ipam=T.IPAMConfig(pool_configs=[T.IPAMPool(subnet=f"{subnet}.0/24")])
    )
    mine = await client.networks.get(other.id)
    docker_py.containers.create(IMAGE, name=f"{prefix}other")
    for name, given in CONNECTIONS.items():
        options = eval(repr(given).replace("{subnet}", subnet).replace("{prefix}", prefix))
        boxes = [docker_py.containers.create(IMAGE, name=f"{prefix}{who}") for who in ("theirs", "ours")]
        before = repr(options)
        expected, found = await both(
            lambda options=options, boxes=boxes: other.connect(boxes[0], **options),
            lambda options=options, boxes=boxes: mine.connect(boxes[1].name, **options),
        )
        assert repr(options) == before
        if isinstance(found, tuple) and found[0] == "UnsupportedByEngine":  # told, where the engine ignores it
            boxes[0].start()
            boxes[0].reload()
            assert options["mac_address"] not in str(boxes[0].attrs["NetworkSettings"])
            for box in boxes:
                box.remove(force=True)
            continue
        assert found == _about(expected, *boxes), name
        endpoints = []
        for box in boxes:
            box.reload()
            endpoint = box.attrs["NetworkSettings"]["Networks"].get(other.name)
            if endpoint is not None and endpoint["Aliases"]:  # engines add the short id of the container
                endpoint["Aliases"] = [alias for alias in endpoint["Aliases"] if alias != box.short_id]
            endpoints.append(without(endpoint, "DNSNames"))
        assert endpoints[0] == endpoints[1], name
        for force in (False, True):
            expected, found = await both(
                lambda boxes=boxes, force=force: other.disconnect(boxes[0].name, force=force),
                lambda boxes=boxes, force=force: mine.disconnect(boxes[1].name, force=force),
            )
            assert found == _about(expected, *boxes), name
        for box in boxes:
            box.remove()


def _about(outcome, theirs_box, ours_box):
    """docker-py's outcome, about our container."""
    return renamed(
        renamed(renamed(general(outcome)), theirs_box.id, ours_box.id), theirs_box.short_id, ours_box.short_id
    )


@same("NetworkCollection.get", "verbose", "scope")
async def test_networks_are_found_alike(client, docker_py, prefix):
    docker_py.networks.create(f"{prefix}net")
    for options in ({"verbose": True}, {"scope": "local"}, {"scope": "swarm"}, {"verbose": False, "scope": "local"}):
        expected, found = await both(
            lambda options=options: docker_py.networks.get(f"{prefix}net", **options).attrs,
            lambda options=options: _attrs(client.networks.get(f"{prefix}net", **options)),
        )
        assert found == general(expected)


async def _attrs(getting):
    return (await getting).attrs


@same("Volume.remove", "force")
async def test_volumes_are_removed_alike(client, docker_py, prefix):
    """docker-py never sends ``force``."""
    docker_py.volumes.create(f"{prefix}theirs")
    docker_py.volumes.create(f"{prefix}ours")
    other, mine = docker_py.volumes.get(f"{prefix}theirs"), await client.volumes.get(f"{prefix}ours")
    expected, found = await both(other.remove, mine.remove)
    assert found is expected is None
    expected, found = await both(other.remove, mine.remove)
    assert found == renamed(general(expected))
    assert await mine.remove(force=True) is None
    expected = theirs(lambda: other.remove(force=True))
    assert expected[0] == "NotFound"
