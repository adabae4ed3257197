"""Receive an output that arrives as one stream of bytes."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._arguments.paths import DEVICE, FIFO, special
from aiodockerpy._replacing import SHARED, Replacement
from aiodockerpy._threads import OwnThread
from aiodockerpy.buildkit._messages import BytesMessage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from io import FileIO

    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.buildkit.options import OutputTarget


async def receive_archive(call: ServerCall, target: OutputTarget) -> None:
    """Write a stream to its target; a file appears only when the stream is complete."""
    call.begin()
    if isinstance(target, (str, os.PathLike)):
        path = Path(target)  # pyright: ignore[reportUnknownArgumentType]  # isinstance forgets the str
        in_place = await asyncio.to_thread(special, path) in {DEVICE, FIFO}
        await (_to_special(call, path) if in_place else _to_file(call, path))
    elif callable(target):
        await _copy(call, target)
    else:
        file = target
        with closing(OwnThread()) as thread:
            await _copy(call, lambda data: thread.run(file.write, data))


async def _to_file(call: ServerCall, path: Path) -> None:
    replacement = Replacement(path, SHARED)
    try:
        await asyncio.to_thread(replacement.open)
        await _copy(call, lambda data: asyncio.to_thread(replacement.write, data))
        await asyncio.to_thread(replacement.complete)
    finally:
        await asyncio.shield(asyncio.to_thread(replacement.discard))


async def _to_special(call: ServerCall, path: Path) -> None:
    """Write into a device or a FIFO, in a thread that is not waited for: there may be no reader."""
    thread, opened = OwnThread(), ExitStack()
    try:
        file = await thread.run(lambda: opened.enter_context(path.open("wb", 0)))
        await _copy(call, lambda data: thread.run(_write, file, data))
    finally:
        thread.close(opened.close)


def _write(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


async def _copy(call: ServerCall, write: Callable[[bytes], Awaitable[object]]) -> None:
    while batch := await call.recv_batch():
        await write(b"".join([(await call.decode(BytesMessage, data)).data for data in batch]))
