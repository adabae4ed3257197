"""A proxy before a real engine that notes what was called, and what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote, urlsplit

from aiodockerpy.testing._core import Call, route
from aiodockerpy.testing.proxy import dial

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n")
_VERSION = re.compile(r"/v\d+\.\d+(?=/)")
_MADE: Final = {
    "containers.create": ("container", re.compile(rb'"Id":"([0-9a-f]{64})"')),
    "networks.create": ("network", re.compile(rb'"Id":"([0-9a-f]{64})"')),
    "volumes.create": ("volume", re.compile(rb'"Name":"([^"]+)"')),
}


class Recorder:
    """Listen on a unix socket and pass everything on to an engine.

    Args:
        target: The engine.

    Attributes:
        calls: The requests, without bodies.
        made: What was made, as kind and id, the oldest first.
    """

    def __init__(self, target: str) -> None:
        self.calls: list[Call] = []
        self.made: list[tuple[str, str]] = []
        self.url: str = ""
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()
        self._folder = ""
        self._server: asyncio.Server

    async def start(self) -> None:
        """Start to listen."""
        self._folder = tempfile.mkdtemp(prefix="rec")
        path = Path(self._folder, "docker.sock")
        if sys.platform != "win32":
            self._server = await asyncio.start_unix_server(self._accept, path)
        self.url = f"unix://{path}"

    async def close(self) -> None:
        """Stop, and close every connection."""
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._carry(reader, writer)
        writer.close()

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        engine_reader, engine_writer = await dial(self._target)
        latest: list[Call] = []

        async def to_engine() -> None:
            while data := await reader.read(65536):
                if (request := _REQUEST.match(data)) is not None:
                    self._note(request, latest)
                engine_writer.write(data)
                await engine_writer.drain()
            engine_writer.write_eof()

        async def to_client() -> None:
            while data := await engine_reader.read(65536):
                if latest and latest[-1].operation in _MADE:
                    kind, pattern = _MADE[latest[-1].operation]
                    if data.startswith(b"HTTP/1.1 201") and (found := pattern.search(data)) is not None:
                        self.made.append((kind, found[1].decode()))
                        latest.clear()
                writer.write(data)
                await writer.drain()

        passing = asyncio.create_task(to_engine())
        try:
            await to_client()
        finally:
            passing.cancel()
            engine_writer.close()

    def _note(self, request: re.Match[bytes], latest: list[Call]) -> None:
        method, target = request[1].decode(), urlsplit(request[2].decode("latin-1"))
        path = unquote(_VERSION.sub("", target.path, count=1))
        found = route(method, path)
        if found is not None:
            call = Call(found[0].name, method, path, parse_qs(target.query, keep_blank_values=True), b"")
            self.calls.append(call)
            latest.append(call)
