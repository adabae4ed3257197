"""Lists of a thousand objects, as they come and with fields looked at; the answers are made of real entries."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING, Any

import aiodocker
import aiohttp
import docker

import aiodockerpy
from benchmarks.canned import CannedEngine
from benchmarks.measure import Work, compare, each
from benchmarks.report import Goal, Row, rows

if TYPE_CHECKING:
    from aiodockerpy.models import ContainerSummary, ImageSummary, NetworkSummary

LISTED = 1000
ROUNDS = 9


async def lists(url: str) -> list[Row]:
    """List containers beside the other clients, networks and images beside the parser of JSON alone."""
    found: list[Row] = []
    with CannedEngine(await _body(url, "containers/json")) as engine:
        async with aiodockerpy.DockerClient(engine.url) as ours:
            found += await _containers(ours, engine.url)
    for kind in ("networks", "images/json"):
        with CannedEngine(await _body(url, kind)) as engine:
            found += await _beside_json(kind, engine.url)
    return found


async def _body(url: str, kind: str) -> bytes:
    """Make a list of one entry of the engine, with ids of their own."""
    async with aiodockerpy.DockerClient(url) as client:
        container = await client.containers.create("busybox:1", ["true"], labels={"a": "b"}, ports={"80/tcp": 0})
        try:
            entries = {
                "containers/json": lambda: client.api.containers.list(all=True),
                "networks": client.api.networks.list,
                "images/json": client.api.images.list,
            }
            entry = (await entries[kind]())[0].to_dict()
        finally:
            await container.remove()
    return json.dumps([{**entry, "Id": f"{number:064x}"} for number in range(LISTED)]).encode()


async def _containers(ours: aiodockerpy.DockerClient, url: str) -> list[Row]:
    blocking = docker.DockerClient(url, version="1.45")
    async with (
        aiodocker.Docker(url, api_version="v1.45") as theirs,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(url.removeprefix("unix://"))) as bare,
    ):

        async def bare_list() -> Any:
            async with bare.get("http://docker/v1.45/containers/json?all=1") as answer:
                return json.loads(await answer.read())

        async def ours_looked_at() -> None:
            for found in await ours.api.containers.list(all=True):
                _container(found)

        async def bare_looked_at() -> None:
            for found in await bare_list():
                _look(found)

        async def aiodocker_looked_at() -> None:
            for found in await theirs.containers.list(all=True):
                _look(found)

        def blocking_looked_at() -> None:
            for found in blocking.containers.list(all=True, sparse=True):
                _look(found.attrs)

        plain: dict[str, Work] = {
            "aiodockerpy": lambda: ours.api.containers.list(all=True),
            "aiohttp": bare_list,
            "aiodocker": lambda: theirs.containers.list(all=True),
            "docker-py": lambda: blocking.containers.list(all=True, sparse=True),
        }
        looked_at: dict[str, Work] = {
            "aiodockerpy": ours_looked_at,
            "aiohttp": bare_looked_at,
            "aiodocker": aiodocker_looked_at,
            "docker-py": blocking_looked_at,
        }
        works = {"": plain, ", six fields of each": looked_at}
        try:
            return [
                row
                for what, work in works.items()
                for row in rows(
                    "lists",
                    f"list of {LISTED} containers{what}",
                    "ms",
                    each(await compare(work, ROUNDS), 1, 1e3),
                    Goal("docker-py", 1.0),
                )
            ]
        finally:
            blocking.close()


async def _beside_json(kind: str, url: str) -> list[Row]:
    """Measure a list whose fields are looked at beside ``json.loads`` of what a blocking socket reads."""
    what = kind.partition("/")[0]
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(url.removeprefix("unix://"))
        async with aiodockerpy.DockerClient(url) as ours:

            async def looked_at() -> None:
                if what == "networks":
                    for network in await ours.api.networks.list():
                        _network(network)
                else:
                    for image in await ours.api.images.list():
                        _image(image)

            works: dict[str, Work] = {"aiodockerpy": looked_at, "json.loads": lambda: json.loads(_read(sock, kind))}
            results = each(await compare(works, ROUNDS), 1, 1e3)
    return rows("lists", f"list of {LISTED} {what}, five fields of each", "ms", results, Goal("json.loads", 1.4))


def _read(sock: socket.socket, path: str) -> bytes:
    sock.sendall(f"GET /v1.45/{path} HTTP/1.1\r\nHost: docker\r\n\r\n".encode())
    head, _, begin = sock.recv(1 << 18).partition(b"\r\n\r\n")
    missing = int(re.findall(rb"Content-Length: ([0-9]+)", head)[0]) - len(begin)
    pieces = [begin]
    while missing:
        pieces.append(sock.recv(1 << 18))
        missing -= len(pieces[-1])
    return b"".join(pieces)


def _container(found: ContainerSummary) -> object:
    return (found.id, found.names, found.image, found.state, found.labels, found.created)


def _look(found: dict[str, Any]) -> object:
    return (found["Id"], found["Names"], found["Image"], found["State"], found["Labels"], found["Created"])


def _network(found: NetworkSummary) -> object:
    return (found.id, found.name, found.driver, found.scope, found.labels)


def _image(found: ImageSummary) -> object:
    return (found.id, found.repo_tags, found.size, found.labels, found.created)
