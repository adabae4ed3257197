"""What one client does in one situation: a process of its own, so that one that hangs is a result too.

``python -m benchmarks.probes CLIENT PROBE JSON`` writes ``ready``, waits for a line, and writes what it saw as JSON.
Each client is used as its documentation shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
import resource
import ssl
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Final

import aiodocker
import aiohttp
import docker
import docker.tls
import docker.utils.socket

import aiodockerpy
from aiodockerpy.resources._following.events import EventsLost

Seen = Any
_FILTERS: Final = {"type": ["image"], "event": ["tag"]}
_QUIET: Final = 3
"""Seconds without an event after which no more are expected."""


class NoWayError(Exception):
    """The client cannot be asked for this; with whether it keeps the promise all the same."""


def tell(word: str) -> None:
    """Tell the parent how far this is."""
    print(word, flush=True)


async def told() -> None:
    """Say that all is ready, and wait until the parent has made its fault."""
    tell("ready")
    await asyncio.to_thread(sys.stdin.readline)


def told_blocking() -> None:
    """Say that all is ready, and wait until the parent has made its fault."""
    tell("ready")
    sys.stdin.readline()


def files() -> int:
    """Return how many files are open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def memory() -> int:
    """Return the resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


class Count:
    """Bytes that came; the first of them are told."""

    def __init__(self) -> None:
        self.size = 0

    def add(self, data: bytes | str) -> None:
        if not self.size:
            tell("reading")
        self.size += len(data)


class Ours:
    """aiodockerpy."""

    def __init__(self, given: dict[str, Any], count: Count) -> None:
        tls: Any = None
        if folder := given.get("certs"):
            tls = aiodockerpy.TLSConfig(
                client_cert=(f"{folder}/cert.pem", f"{folder}/key.pem"), ca_cert=f"{folder}/ca.pem"
            )
        self.given, self.count = given, count
        self.client = aiodockerpy.DockerClient(given["url"], tls=tls, max_pool_size=4, pool_timeout=2)

    async def aclose(self) -> None:
        await self.client.aclose()

    async def box(self) -> Any:
        return await self.client.containers.get(self.given["container"])

    async def leave(self) -> Seen:
        box = await self.box()
        before = files()
        await told()
        for _ in range(20):
            async for _line in box.logs(follow=True):
                break
        await asyncio.sleep(0.5)
        return files() - before

    async def timeouts(self) -> Seen:
        box = await self.box()
        await told()
        async with box.exec_run(self.given["command"]) as process:
            while True:
                with contextlib.suppress(TimeoutError, StopAsyncIteration):
                    async with asyncio.timeout(random.uniform(0, 0.003)):
                        self.count.add((await anext(process)).data)
                    continue
                if process.closed:
                    return self.count.size

    async def output(self) -> Seen:
        box = await self.box()
        await told()
        async with box.exec_run(self.given["command"], stdin=True) as process:
            if self.given.get("unread"):
                await process.stdin.write(bytes(self.given["unread"]))
            async for chunk in process:
                self.count.add(chunk.data)
        return self.count.size

    async def input(self) -> Seen:
        box = await self.box()
        await told()
        async with box.exec_run(self.given["command"], stdin=True) as process:
            result = await process.communicate(bytes(self.given["size"]))
        return len(result)

    async def sleeper(self) -> Seen:
        box = await self.box()
        await told()
        async with box.exec_run(self.given["command"]) as process:
            await anext(process)
            before = memory()
            await asyncio.sleep(8)
            return memory() - before

    async def logs(self) -> Seen:
        box = await self.box()
        await told()
        return len(await box.logs())

    async def lines(self) -> Seen:
        box = await self.box()
        await told()
        items = [line async for line in box.logs()]
        return [len(items), max(len(line.data) for line in items), sum(line.partial for line in items)]

    async def archive(self) -> Seen:
        box = await self.box()
        await told()
        async with box.get_archive("/bin/busybox") as archive:
            async for data in archive:
                self.count.add(data)
        return self.count.size

    async def push(self) -> Seen:
        await told()
        return str(await self.client.images.push(self.given["image"]))[:60]

    async def followers(self) -> Seen:
        box = await self.box()

        async def follow() -> None:
            async for _ in box.logs(follow=True):
                pass

        tasks = [asyncio.create_task(follow()) for _ in range(self.given["count"])]
        await asyncio.sleep(3)
        try:
            return await _timed(self.client.ping())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def crowded(self) -> Seen:
        await self.client.version()
        await told()
        stuck = [asyncio.create_task(self.client.version()) for _ in range(self.given["count"])]
        await asyncio.sleep(0.5)
        try:
            return str(await self.client.ping())
        finally:
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

    async def remove(self) -> Seen:
        box = await self.box()
        await told()
        await box.remove(force=True)
        return "removed"

    async def ping(self) -> Seen:
        await self.client.ping()
        await told()
        return bool(await self.client.ping())

    async def upload(self) -> Seen:
        box = await self.box()
        await told()
        return str(await box.put_archive("/no/such/folder", bytes(self.given["size"])))

    async def events(self) -> Seen:
        found = lost = 0
        async with self.client.events(filters=_FILTERS) as events:
            await told()
            while True:
                try:
                    async with asyncio.timeout(_QUIET):
                        event = await anext(events)
                except TimeoutError:
                    return [found, lost]
                lost += event.count if isinstance(event, EventsLost) else 0
                found += event.action == "tag"

    async def wait(self) -> Seen:
        box = await self.box()
        waiting = asyncio.create_task(_plain(box.wait()))
        await asyncio.sleep(0.5)
        await told()
        return (await waiting)["StatusCode"]

    async def inspect(self) -> Seen:
        await told()
        return str(await self.client.containers.get(self.given["name"]))[:60]


class Aiodocker:
    """aiodocker."""

    def __init__(self, given: dict[str, Any], count: Count) -> None:
        self.given, self.count = given, count
        context = None
        url = given["url"]
        if folder := given.get("certs"):
            context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
            context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
            url = url.replace("tcp://", "https://")
        timeout = aiohttp.ClientTimeout(total=None, connect=2) if given.get("impatient") else None
        self.client = aiodocker.Docker(url, ssl_context=context, timeout=timeout)
        self.box = self.client.containers.container(given.get("container", "x"))

    async def aclose(self) -> None:
        await self.client.close()

    async def leave(self) -> Seen:
        await self.client.version()
        before = files()
        await told()
        for _ in range(20):
            async for _line in self.box.log(stdout=True, follow=True):
                break
        await asyncio.sleep(0.5)
        return files() - before

    async def timeouts(self) -> Seen:
        await told()
        execution = await self.box.exec(self.given["command"])
        async with execution.start(detach=False) as stream:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(random.uniform(0, 0.003)):
                        message = await stream.read_out()
                    if message is None:
                        return self.count.size
                    self.count.add(message.data)

    async def output(self) -> Seen:
        await self.client.version()
        await told()
        execution = await self.box.exec(self.given["command"], stdin=True)
        async with execution.start(detach=False) as stream:
            if self.given.get("unread"):
                await stream.write_in(bytes(self.given["unread"]))
            while (message := await stream.read_out()) is not None:
                self.count.add(message.data)
        return self.count.size

    async def input(self) -> Seen:
        if self.given.get("must_end"):
            raise NoWayError("no call ends the input", False)
        await told()
        execution = await self.box.exec(self.given["command"], stdin=True)
        async with execution.start(detach=False) as stream:
            writing = asyncio.create_task(stream.write_in(bytes(self.given["size"])))
            while (message := await stream.read_out()) is not None:
                self.count.add(message.data)
            await writing
        return self.count.size

    async def sleeper(self) -> Seen:
        await told()
        execution = await self.box.exec(self.given["command"])
        async with execution.start(detach=False) as stream:
            await stream.read_out()
            before = memory()
            await asyncio.sleep(8)
            return memory() - before

    async def logs(self) -> Seen:
        await self.client.version()
        await told()
        return sum(map(len, await self.box.log(stdout=True)))

    async def lines(self) -> Seen:
        await told()
        items = await self.box.log(stdout=True)
        return [len(items), max(map(len, items)), 0]

    async def archive(self) -> Seen:
        await self.client.version()
        await told()
        archive = await self.box.get_archive("/bin/busybox")
        content = archive.extractfile("busybox")
        assert content is not None
        return len(content.read())

    async def push(self) -> Seen:
        await told()
        return str(await self.client.images.push(self.given["image"]))[-60:]

    async def followers(self) -> Seen:
        async def follow() -> None:
            async for _ in self.box.log(stdout=True, follow=True):
                pass

        tasks = [asyncio.create_task(follow()) for _ in range(self.given["count"])]
        await asyncio.sleep(3)
        try:
            return await _timed(self.client.version())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def crowded(self) -> Seen:
        await self.client.version()
        await told()
        stuck = [asyncio.create_task(self.client.system.info()) for _ in range(self.given["count"])]
        await asyncio.sleep(0.5)
        try:
            return str(await self.client.version())[:60]
        finally:
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)

    async def remove(self) -> Seen:
        await self.box.show()
        await told()
        await self.box.delete(force=True)
        return "removed"

    async def ping(self) -> Seen:
        await self.client.version()
        await told()
        return bool(await self.client.version())

    async def upload(self) -> Seen:
        await self.client.version()
        await told()
        return str(await self.box.put_archive("/no/such/folder", bytes(self.given["size"])))

    async def events(self) -> Seen:
        subscriber = self.client.events.subscribe(filters=json.dumps(_FILTERS))
        await asyncio.sleep(1)
        await told()
        found = 0
        while True:
            try:
                event = await asyncio.wait_for(subscriber.get(), _QUIET)
            except TimeoutError:
                return [found, 0]
            if event is None:
                return [found, 0]
            found += event["Action"] == "tag"

    async def wait(self) -> Seen:
        await self.client.version()
        waiting = asyncio.create_task(self.box.wait())
        await asyncio.sleep(0.5)
        await told()
        return (await waiting)["StatusCode"]

    async def inspect(self) -> Seen:
        await told()
        return repr(await self.client.containers.get(self.given["name"]))[:60]


class DockerPy:
    """docker-py."""

    def __init__(self, given: dict[str, Any], count: Count) -> None:
        self.given, self.count = given, count
        tls: Any = False
        if folder := given.get("certs"):
            tls = docker.tls.TLSConfig(
                client_cert=(f"{folder}/cert.pem", f"{folder}/key.pem"), ca_cert=f"{folder}/ca.pem", verify=True
            )
        self.client = docker.DockerClient(given["url"], tls=tls)
        self.low = self.client.api
        self.id = given.get("container", "x")

    def leave(self) -> Seen:
        box = self.client.containers.get(self.id)
        before = files()
        told_blocking()
        for _ in range(20):
            for _line in box.logs(stream=True, follow=True):
                break
        time.sleep(0.5)
        return files() - before

    def timeouts(self) -> Seen:
        raise NoWayError("a read cannot be cancelled", None)

    def _socket(self) -> Any:
        made = self.low.exec_create(self.id, self.given["command"], stdin=True)
        return self.low.exec_start(made["Id"], socket=True)

    def output(self) -> Seen:
        self.low.ping()
        told_blocking()
        if self.given.get("unread"):
            link = self._socket()
            getattr(link, "_sock", link).sendall(bytes(self.given["unread"]))
            pieces: Any = (data for _, data in docker.utils.socket.frames_iter(link, tty=False))
        else:
            made = self.low.exec_create(self.id, self.given["command"])
            pieces = self.low.exec_start(made["Id"], stream=True)
        for data in pieces:
            self.count.add(data)
        return self.count.size

    def input(self) -> Seen:
        told_blocking()
        link = self._socket()
        raw = getattr(link, "_sock", link)
        data = bytes(self.given["size"])
        writing = threading.Thread(target=_send, args=(raw, data), daemon=True)
        writing.start()
        for _, piece in docker.utils.socket.frames_iter(link, tty=False):
            self.count.add(piece)
        writing.join()
        return self.count.size

    def sleeper(self) -> Seen:
        told_blocking()
        made = self.low.exec_create(self.id, self.given["command"])
        stream = self.low.exec_start(made["Id"], stream=True)
        next(stream)
        before = memory()
        time.sleep(8)
        return memory() - before

    def logs(self) -> Seen:
        self.low.ping()
        told_blocking()
        return len(self.low.logs(self.id))

    def lines(self) -> Seen:
        told_blocking()
        items = list(self.low.logs(self.id, stream=True))
        return [len(items), max(map(len, items)), 0]

    def archive(self) -> Seen:
        self.low.ping()
        told_blocking()
        for data in self.low.get_archive(self.id, "/bin/busybox")[0]:
            self.count.add(data)
        return self.count.size

    def push(self) -> Seen:
        told_blocking()
        return self.client.images.push(self.given["image"]).strip()[-60:]

    def followers(self) -> Seen:
        def follow() -> None:
            for _ in self.low.logs(self.id, stream=True, follow=True):
                pass

        for _ in range(self.given["count"]):
            threading.Thread(target=follow, daemon=True).start()
        time.sleep(3)
        begin = time.perf_counter()
        self.low.ping()
        return time.perf_counter() - begin

    def crowded(self) -> Seen:
        raise NoWayError("a connection for each call, without a limit", None)

    def remove(self) -> Seen:
        box = self.client.containers.get(self.id)
        told_blocking()
        box.remove(force=True)
        return "removed"

    def ping(self) -> Seen:
        self.low.ping()
        told_blocking()
        return bool(self.low.ping())

    def upload(self) -> Seen:
        self.low.ping()
        told_blocking()
        return str(self.low.put_archive(self.id, "/no/such/folder", bytes(self.given["size"])))

    def events(self) -> Seen:
        stream = self.low.events(filters=_FILTERS, decode=True)
        found = [0]

        def read() -> None:
            for event in stream:
                found[0] += event["Action"] == "tag"

        told_blocking()
        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        before = -1
        while reading.is_alive() and before != found[0]:
            before = found[0]
            reading.join(_QUIET)
        return [found[0], 0]

    def wait(self) -> Seen:
        result: list[Any] = []

        def run() -> None:
            try:
                result.append(self.low.wait(self.id))
            except Exception as error:
                result.append(error)

        waiting = threading.Thread(target=run, daemon=True)
        waiting.start()
        time.sleep(0.5)
        told_blocking()
        waiting.join()
        if isinstance(result[0], Exception):
            raise result[0]
        return result[0]["StatusCode"]

    def inspect(self) -> Seen:
        told_blocking()
        return repr(self.client.containers.get(self.given["name"]))[:60]


def _send(raw: Any, data: bytes) -> None:
    with contextlib.suppress(OSError):
        raw.sendall(data)
        raw.shutdown(1)


async def _plain(awaitable: Any) -> Any:
    return await awaitable


async def _timed(awaitable: Any) -> float:
    begin = time.perf_counter()
    await asyncio.wait_for(awaitable, 5)
    return time.perf_counter() - begin


CLIENTS: Final = {"aiodockerpy": Ours, "aiodocker": Aiodocker, "docker-py": DockerPy}


def run(client: str, probe: str, given: dict[str, Any]) -> dict[str, Any]:
    """Do one thing and tell what was seen."""
    count = Count()
    try:
        kind: Any = CLIENTS[client]
        if kind is DockerPy:
            return {"returned": getattr(kind(given, count), probe)(), "size": count.size}
        return {"returned": asyncio.run(_asynchronous(kind, probe, given, count)), "size": count.size}
    except NoWayError as error:
        text, kept = error.args
        return {"no_way": text, "kept": kept}
    except Exception as error:
        text = " ".join(str(error).split())
        return {"raised": type(error).__name__, "text": text, "size": count.size}


async def _asynchronous(kind: Any, probe: str, given: dict[str, Any], count: Count) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = kind(given, count)
        try:
            return await getattr(made, probe)()
        finally:
            await made.aclose()


if __name__ == "__main__":
    seen = run(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
    tell("seen " + json.dumps(seen))
    os._exit(0)  # threads that hang do not matter any more
