"""Reading logs: lines and chunks."""

from __future__ import annotations

import socket

import aiodocker
import aiohttp
import docker

import aiodockerpy
from benchmarks.measure import compare, each
from benchmarks.report import Goal, Row, rows

LINES = 100_000
LENGTH = 100


async def logs(url: str) -> list[Row]:
    """Read the logs of one container in every way; each line is one HTTP chunk, as the engine sends it."""
    path = url.removeprefix("unix://")
    async with (
        aiodockerpy.DockerClient(url) as ours,
        aiodocker.Docker(url) as theirs,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(path), read_bufsize=1 << 18) as bare,
    ):
        script = f"yes {'x' * (LENGTH - 1)} | head -n {LINES}"
        container = await ours.containers.create("busybox:1", ["sh", "-c", script])
        await container.start()
        await container.wait()
        address = f"http://docker/v{await ours.api_version()}/containers/{container.id}/logs?stdout=1"
        blocking = docker.DockerClient(url)
        entry = theirs.containers.container(container.id)
        low = blocking.containers.get(container.id)

        def socket_bytes() -> None:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(path)
                target = address.removeprefix("http://docker")
                sock.sendall(f"GET {target} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n".encode())
                while sock.recv(1 << 18):
                    pass

        async def bare_bytes() -> None:
            async with bare.get(address) as answer:
                async for _ in answer.content.iter_any():
                    pass

        try:
            results = await compare(
                {
                    "aiodockerpy, lines": lambda: drain(container.logs()),
                    "aiodockerpy, chunks": lambda: drain(container.logs().chunks()),
                    "aiohttp": bare_bytes,
                    "socket": socket_bytes,
                    "aiodocker": lambda: drain(entry.log(stdout=True, follow=True)),
                    "docker-py": lambda: [None for _ in low.logs(stream=True, follow=False)],
                },
                rounds=7,
            )
        finally:
            blocking.close()
            await container.remove()
    goals = {"lines": Goal("docker-py", 0.25), "chunks": Goal("docker-py", 0.18)}
    return rows("logs", f"a line of {LENGTH} bytes of a real engine", "µs", each(results, LINES), goals)


async def drain(items):
    """Read to the end."""
    async for _ in items:
        pass
