"""Programs as they are ported from docker-py, with ``await`` added; never run, only read by type checkers."""

from __future__ import annotations

from typing import assert_type

import aiodockerpy as docker
from aiodockerpy.models import EventActor
from aiodockerpy.resources import Container, DetachedExec, Image, RunStream
from aiodockerpy.types import ContainerConfig


async def keywords_with_docker_pys_defaults(client: docker.DockerClient, container: Container) -> None:
    async for event in client.events(decode=True):
        assert_type(event.actor, EventActor)
        print(event.actor.id, event.actor.attributes)
    await container.stats(stream=False)
    await container.stats(decode=None, stream=False)
    await container.logs(stream=False)
    await container.attach(stream=False, demux=False)
    await container.exec_run("id", stream=False, socket=False)
    await container.exec_run("id", stream=False, demux=True)
    assert_type(await client.images.pull("busybox", stream=True, decode=True), Image)
    await client.images.push("busybox", stream=True, decode=True)
    assert_type(await client.containers.run("busybox", stream=False), bytes)


async def none_for_what_is_not_given(client: docker.DockerClient) -> None:
    await client.containers.create("x", name=None, mem_limit=None, ports=None, volumes=None, environment=None)
    await client.containers.run("x", None, name=None, network=None, user=None, labels=None, detach=True)
    await client.images.build(path=".", tag=None, dockerfile=None, platform=None, buildargs=None)


async def filters_made_before(client: docker.DockerClient) -> None:
    lists = {"label": ["a=b"]}
    texts = {"status": "running"}
    mixed = {"label": ["a=b"], "dangling": True}
    await client.containers.list(filters=lists)
    await client.containers.list(filters=texts)
    await client.images.prune(filters=mixed)
    await client.api.containers.list(filters=lists)
    client.events(filters=lists)
    client.containers.watch(lists)
    await client.networks.list(filters=lists)
    await client.volumes.list(filters=lists)
    await client.services.list(filters=lists)
    await client.nodes.list(filters=lists)


async def detached_or_not(client: docker.DockerClient, flag: bool) -> None:
    result = client.containers.run("x", detach=flag)
    if isinstance(result, RunStream):
        assert_type(await result, bytes)
    assert_type(await client.containers.run("x", detach=flag), bytes | Container)


async def exit_codes(container: Container) -> None:
    code, output = await container.exec_run("id")
    assert_type(code, int)
    assert_type(output, bytes)
    assert_type((await container.exec_run("id", demux=True)).exit_code, int)
    started = await container.exec_run("sleep 60", detach=True)
    assert_type(started, DetachedExec)
    assert_type(started.exit_code, None)


async def names_that_agree(client: docker.DockerClient, container: Container) -> None:
    await container.put_archive(path="/", data=b"")
    await client.api.containers.put_archive("web", path="/", data=b"")
    await client.api.containers.create(ContainerConfig(image="busybox", command="true"), name="web")
