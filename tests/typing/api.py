"""The public interface as users write it; never run, only read by type checkers."""

from __future__ import annotations

import asyncio
from typing import assert_type

import aiodockerpy as docker
from aiodockerpy.models import ContainerInspect, ContainerWait, JSONMessage
from aiodockerpy.resources import Container, Image


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
    assert_type(code, int | None)
    assert_type(output, bytes)
    _, (out, _err) = await web.exec_run("id", demux=True)
    assert_type(out, bytes | None)
    assert_type(await web.wait(), ContainerWait)
    assert_type(await client.images.pull("busybox"), Image)
    assert_type(await client.images.pull("busybox", all_tags=True), list[Image])
    async for message in client.images.pull("busybox"):
        assert_type(message, JSONMessage)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(client.containers.run("busybox"))
    assert_type(task.result(), bytes)
