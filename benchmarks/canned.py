"""An engine that always gives the same answer, in a process of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Self


class CannedEngine:
    """Serves ``/_ping``, ``/version`` and one body for everything else, on a unix socket."""

    def __init__(self, body: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "docker.sock"
        self.url = f"unix://{self._path}"
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(str(self._path), body), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        for _ in range(200):
            if self._path.exists():
                return self
            time.sleep(0.05)
        raise RuntimeError("the canned engine did not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._folder.cleanup()


def _serve(path: str, body: bytes) -> None:
    os.nice(0)
    asyncio.run(_serve_forever(path, body))


async def _serve_forever(path: str, body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            what = b"" if head.startswith(b"HEAD") else b"OK" if b"/_ping" in head else body
            writer.write(
                b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(what) + what
            )
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, path)
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
