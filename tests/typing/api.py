"""The public interface as users write it; never run, only read by type checkers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import assert_type

import aiodockerpy as docker
from aiodockerpy.buildkit import (
    BuildLog,
    BuildResult,
    BuildStep,
    BuildTransfer,
    BuildWarning,
    Env,
    Output,
    show,
)
from aiodockerpy.hooks import CallInfo, Hook
from aiodockerpy.models import ContainerInspect, ContainerWait, JSONMessage
from aiodockerpy.resources import Container, Image, Service
from aiodockerpy.types import EndpointSpec, IPAMConfig, IPAMPool, LogConfig, Mount, Resources, ServiceMode, Ulimit


async def use(client: docker.DockerClient) -> None:
    assert_type(await client.containers.run("busybox", ["true"]), bytes)
    web = await client.containers.run("busybox", detach=True, ports={"80/tcp": 8080}, mem_limit="512m")
    assert_type(web, Container)
    assert_type(web.info, ContainerInspect)
    async for chunk in client.containers.run("busybox"):
        assert_type(chunk, docker.Chunk)
    assert_type(await client.containers.list(all=True, filters={"status": "running"}), list[Container])
    assert_type(await web.logs(tail=10), bytes)
    async with web.logs(follow=True) as lines:
        async for line in lines:
            assert_type(line, docker.LogLine)
            assert_type(line.text, str)
    async for piece in web.logs().chunks():
        assert_type(piece, docker.Chunk)
    code, output = await web.exec_run("id")
    assert_type(code, int)
    assert_type(output, bytes)
    _, (out, _err) = await web.exec_run("id", demux=True)
    assert_type(out, bytes | None)
    assert_type(await web.wait(), ContainerWait)
    assert_type(await web.wait(timeout=timedelta(minutes=1)), ContainerWait)
    assert_type(await client.images.pull("busybox"), Image)
    assert_type(await client.images.pull("busybox", all_tags=True), list[Image])
    async for message in client.images.pull("busybox"):
        assert_type(message, JSONMessage)
    image, log = await client.images.build(path=".", secrets={"token": b"x", "npm": Env("NPM_TOKEN")})
    assert_type(image, Image)
    assert_type(log, list[JSONMessage])
    files, _ = await client.images.build(path=".", outputs=[Output.local("dist")])
    assert_type(files, Image | None)
    handle = client.images.build(path=".")
    assert_type(await show(handle), BuildResult)
    assert_type((await handle.built()).result, BuildResult)
    async for item in client.images.build(path="."):
        assert_type(item, BuildStep | BuildLog | BuildTransfer | BuildWarning)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.containers.run("busybox"))
    assert_type(task.result(), bytes)


async def use_types(client: docker.DockerClient) -> None:
    mounts = [Mount("/data", "data", read_only=True), Mount("/run", None, "tmpfs", tmpfs_size="64m")]
    log = LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m"})
    limits = [Ulimit(name="nofile", soft=1024, hard=2048)]
    await client.containers.run("busybox", mounts=mounts, log_config=log, ulimits=limits)
    await client.networks.create("net", ipam=IPAMConfig(pool_configs=[IPAMPool(subnet="10.1.0.0/16")]))
    web = await client.services.create(
        "nginx",
        mode=ServiceMode("replicated", 3),
        endpoint_spec=EndpointSpec(ports={8080: 80, 5353: (53, "udp")}),
        resources=Resources(mem_limit="512m"),
        mounts=mounts,
    )
    assert_type(web, Service)
    assert_type(mounts[0].read_only, bool | None)


class Slow(Hook):
    def end(self, call: CallInfo) -> None:
        assert_type(call.duration, float | None)


async def use_hooks() -> None:
    async with docker.from_env(hooks=Slow()) as client:
        await client.ping()
