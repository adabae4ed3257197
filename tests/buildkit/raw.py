"""An engine whose answers are bytes: HTTP/2 frames made by hand, right or wrong, on a connection in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame

from aiodockerpy import buildkit
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.buildkit._rpc.framing import frame
from tests.buildkit.memory import End, pair

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = SettingsFrame(0).serialize()
GRPC = [(":status", "200"), ("content-type", "application/grpc")]
OK = [("grpc-status", "0")]


def headers(id: int, pairs: list[tuple[str | bytes, str | bytes]], *, end: bool = False) -> bytes:
    flags = ["END_HEADERS", *["END_STREAM"] * end]
    return HeadersFrame(id, Encoder().encode(pairs), flags=flags).serialize()


def data(id: int, content: bytes, *, end: bool = False) -> bytes:
    pieces = [content[at : at + 16384] for at in range(0, len(content), 16384)] or [b""]
    frames: list[Frame] = [DataFrame(id, piece) for piece in pieces]
    if end:
        frames[-1].flags.add("END_STREAM")
    return b"".join(item.serialize() for item in frames)


def answer(id: int, *messages: bytes, trailers: list[tuple[str, str]] | None = None) -> bytes:
    """A whole gRPC answer."""
    body = b"".join(frame(message) for message in messages)
    return headers(id, GRPC) + data(id, body) + headers(id, OK if trailers is None else trailers, end=True)


class RawEngine:
    """A transport whose connections answer the calls on streams 1 and 3 with given bytes, and then end.

    Args:
        play: Makes the bytes for a stream.
        cut: Whether the connection ends after them.
    """

    def __init__(self, play: Callable[[int], bytes], *, cut: bool = True, calls: int = 1) -> None:
        self._play = play
        self._cut = cut
        self._calls = calls
        self._tasks: list[asyncio.Task[None]] = []

    async def version(self) -> ApiVersion:
        return ApiVersion(1, 51)

    async def upgrade(self, call) -> End:
        mine, theirs = pair()
        mine.room = 1 << 30
        self._tasks.append(asyncio.create_task(self._serve(mine, call.operation.id)))
        return theirs

    async def _serve(self, mine: End, operation: str) -> None:
        await mine.write(HELLO)
        if operation == "Grpc":
            seen = b""
            while seen.count(b"\0\0\0\1\x04") + seen.count(b"\1\4\0\0\0") < self._calls:  # HEADERS of the calls
                seen += await mine.read()
            await mine.write(b"".join(self._play(2 * number + 1) for number in range(self._calls)))
            if self._cut:
                await mine.aclose()
        while await mine.read():
            pass

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def workers(engine: RawEngine) -> object:
    return await buildkit.BuildKit(engine).workers()


async def info(engine: RawEngine) -> object:
    return await buildkit.BuildKit(engine).info()


async def disk_usage(engine: RawEngine) -> object:
    return await buildkit.BuildKit(engine).disk_usage()


async def prune(engine: RawEngine) -> object:
    return await buildkit.BuildKit(engine).prune()


async def build(engine: RawEngine) -> object:
    engine._calls = 2
    kit = buildkit.BuildKit(engine)
    kit._features = buildkit.EngineFeatures(ApiVersion(1, 51), containerd_store=False)
    return await buildkit.solve(engine, kit, buildkit.BuildOptions(dockerfile_text="FROM x"))


CALLS = [workers, info, disk_usage, prune, build]
