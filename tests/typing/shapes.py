"""What programs of docker-py pass on from elsewhere, and do with results; never run, only read by type checkers."""

from __future__ import annotations

import asyncio
import io
import os
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, assert_type

import aiodockerpy as docker
from aiodockerpy import errors
from aiodockerpy.models import EventMessage
from aiodockerpy.resources import Container
from aiodockerpy.types import Healthcheck, Mount, RestartPolicy, ServiceMode


class Settings(Mapping[str, str]):
    """A mapping of a program's own."""

    def __getitem__(self, key: str) -> str:
        return os.environ[key]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


async def what_may_be_missing(
    client: docker.DockerClient,
    text: str | None,
    number: int | None,
    variables: dict[str, str] | None,
    command: list[str] | None,
    ports: dict[str, int] | None,
    volumes: dict[str, dict[str, str]] | None,
) -> None:
    web = await client.containers.run(
        "x", command, name=text, environment=variables, ports=ports, volumes=volumes, mem_limit=text, user=text,
        working_dir=text, network=text, labels=variables, pids_limit=number, detach=True,
    )  # fmt: skip
    assert_type(web, Container)
    await web.exec_run("id", environment=variables, workdir=text, user=text)
    await web.logs(tail=number, since=None, until=None)
    await web.stop(timeout=number)
    await web.restart(timeout=number)
    await web.kill(signal=text)
    await web.commit(repository=text, tag=text, message=None, author=None)
    await client.images.pull("x", tag=text, platform=text)
    await client.networks.create("x", driver=text, options=variables, labels=variables)
    await client.volumes.create(text, driver=text, driver_opts=variables, labels=variables)
    await client.images.build(path=".", tag=text, buildargs=variables, labels=variables, target=text, platform=text)
    await client.containers.list(filters=None, since=text, before=text)


async def mappings_made_before(client: docker.DockerClient, options: dict[str, Any]) -> None:
    create = client.containers.create
    await client.containers.run("x", **options)
    await create("x", **options)
    await create("x", environment=Settings(), labels=MappingProxyType({"a": "b"}), sysctls=OrderedDict(a="b"))
    await create("x", environment=os.environ)
    await create("x", environment=[f"{name}={value}" for name, value in os.environ.items()])
    grown: defaultdict[str, list[int]] = defaultdict(list)
    await create("x", ports=grown)
    for_one = {"80/tcp": 8080, "81/tcp": None}
    await create("x", ports=for_one)
    with_address = {"80/tcp": ("127.0.0.1", 80)}
    await create("x", ports=with_address)
    by_number = {80: 8080}
    await create("x", ports=by_number)
    binds = {"/a": {"bind": "/b", "mode": "ro"}}
    await create("x", volumes=binds)
    by_path = {Path("/a"): {"bind": "/b", "mode": "rw"}}
    await create("x", volumes=by_path)
    restart = {"Name": "on-failure", "MaximumRetryCount": 5}
    health = {"test": ["CMD", "x"], "interval": 5}
    await create("x", restart_policy=restart, healthcheck=health)
    await create("x", healthcheck=Healthcheck(test="curl -f localhost", interval="30s", retries=3))
    mounts = [Mount("/a", "/b", type="bind")]
    links = {"db": "db"}
    await create("x", mounts=mounts, links=links, tmpfs={"/x": ""}, dns=("1.1.1.1",), group_add=["a", 1], user=1000)
    await create(await client.images.get("x"), ("a", "b"), nano_cpus=int(1e9), storage_opt={"size": "1g"})


async def results(client: docker.DockerClient, container: Container) -> None:
    for line in (await container.logs()).splitlines():
        print(line.decode())
    result = await container.wait()
    if result["StatusCode"] != 0:
        raise SystemExit(result.get("StatusCode", 1))
    for change in await container.diff() or []:
        print(change["Path"], change["Kind"])
    sample = await container.stats(stream=False)
    print(sample["cpu_stats"]["cpu_usage"]["total_usage"])
    bits, stat = await container.get_archive("/x")
    print(stat["size"])
    data = io.BytesIO()
    async for piece in bits:
        data.write(piece)
    await container.put_archive("/", data)
    await container.put_archive("/", data.getvalue())
    await client.images.load(data)
    code, output = await container.exec_run(["sh", "-c", "id"], demux=False)
    if code != 0:
        raise RuntimeError(output.decode())
    found = {one.id: one for one in await client.containers.list()}
    print(container in found.values(), sorted(found.values(), key=lambda one: one.name))
    print((await client.info())["ServerVersion"], (await client.version())["ApiVersion"])
    for layer in await (await client.images.get("x")).history():
        print(layer["Id"], layer["Size"])
    async for event in client.events(decode=True, filters={"type": "container", "event": ["die", "start"]}):
        assert_type(event, EventMessage)
        print(event["Action"], event["Actor"]["Attributes"]["name"], event.get("id"))
    async for message in client.images.pull("x", stream=True, decode=True):
        print(message.get("status"), message.get("progressDetail", {}).get("current"))


async def failures(client: docker.DockerClient) -> None:
    try:
        _, log = await client.images.build(path=".", tag="x", rm=True, nocache=False, forcerm=True)
    except errors.BuildError as error:
        for chunk in error.build_log:
            if "stream" in chunk:
                print(chunk["stream"])
        raise
    for message in log:
        if "stream" in message:
            print(message["stream"].strip())


async def tasks_and_callbacks(client: docker.DockerClient) -> None:
    async def one(image: str) -> bytes:
        return await client.containers.run(image, remove=True)

    print(b"".join(await asyncio.gather(*(one(name) for name in "ab"))))
    started = await asyncio.gather(*[client.containers.run(name, detach=True) for name in "ab"])
    await asyncio.gather(*[container.stop() for container in started], return_exceptions=True)
    task = asyncio.create_task(client.containers.run("x", detach=True))
    handler: Callable[[Container], object] = lambda container: container.name  # noqa: E731
    handler(await task)
    assert_type(await asyncio.wait_for(client.containers.run("x"), 5), bytes)
    filters: Mapping[str, str | list[str]] = {"label": "a"}
    await client.containers.list(filters=filters)
    await client.volumes.prune(filters={"dangling": True})
    service = await client.services.create(
        "x", command=["a"], env=["A=b"], mode=ServiceMode("replicated", replicas=2), constraints=["node.role==manager"],
        networks=["n"], restart_policy=RestartPolicy(condition="any"), endpoint_spec=None,
    )  # fmt: skip
    await service.update(image="y")
    print([each["Status"]["State"] for each in await service.tasks()])
