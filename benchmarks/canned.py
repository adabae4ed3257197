"""An engine that always gives the same answers, in a process of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_SMALL = b'{"Id": "x", "Config": {"Tty": false}, "State": {}, "Running": false, "ExitCode": 0, "ProcessConfig": {}}'
_PIECES_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: a piece, many times.

    Attributes:
        piece: Of the body; several are sent in turn.
        count: How often, all of several together.
        chunked: Whether each piece is sent as a chunk of the chunked encoding; otherwise the body ends with the
            connection.
        encoded: Whether the piece is chunked already.
        kind: The content type, without ``application/``.
        endless: Whether the answer stays open after that.
    """

    piece: bytes | tuple[bytes, ...]
    count: int = 1
    chunked: bool = False
    kind: str = "json"
    endless: bool = False
    encoded: bool = False


class CannedEngine:
    """Serves ``/_ping`` and answers by path on a unix socket; everything else is answered with one body.

    Args:
        body: For all paths without an answer of their own.
        answers: By the end of the path; the longest that fits counts.
    """

    def __init__(self, body: bytes = _SMALL, answers: dict[str, Answer] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "docker.sock"
        self.url = f"unix://{self._path}"
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(str(self._path), body, answers or {}), daemon=True)

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


def _serve(path: str, body: bytes, answers: dict[str, Answer]) -> None:
    asyncio.run(_serve_forever(path, body, answers))


async def _serve_forever(path: str, body: bytes, answers: dict[str, Answer]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                await _skip_body(head, reader)
                method, target = head.split(b" ", 2)[:2]
                path = target.partition(b"?")[0].decode()
                ends = sorted((end for end in answers if path.endswith(f"/{end}")), key=len)
                if ends and method != b"PUT":
                    await _stream(answers[ends[-1]], head, reader, writer)
                    break
                what = b"" if method in {b"HEAD", b"PUT"} else b"OK" if path.endswith("/_ping") else body
                writer.write(
                    b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(what) + what
                )
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path, limit=1 << 20)
    await server.serve_forever()


async def _stream(answer: Answer, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if b"pgrade: tcp" in head:
        writer.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n")
    else:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
        if answer.chunked or answer.encoded:
            writer.write(b"Transfer-Encoding: chunked\r\n")
    writer.write(f"Api-Version: 1.45\r\nContent-Type: application/{answer.kind}\r\n\r\n".encode())
    pieces = answer.piece if isinstance(answer.piece, tuple) else (answer.piece,)
    piece = b"".join([b"%x\r\n%b\r\n" % (len(part), part) for part in pieces] if answer.chunked else pieces)
    together = max(1, min(answer.count, _PIECES_AT_ONCE // len(piece)))
    block, rest = piece * together, answer.count % together
    for _ in range(answer.count // together):
        writer.write(block)
        await writer.drain()
    writer.write(piece * rest + (b"0\r\n\r\n" if answer.chunked and not answer.endless else b""))
    await writer.drain()
    if answer.endless:
        await reader.read()  # until the client leaves


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def _skip_body(head: bytes, reader: asyncio.StreamReader) -> None:
    """Read the body of a request, without keeping it."""
    if found := re.search(rb"(?i)content-length: (\d+)", head):
        missing = int(found[1])
        while missing and (data := await reader.read(min(missing, 1 << 20))):
            missing -= len(data)
    elif b"chunked" in head:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
