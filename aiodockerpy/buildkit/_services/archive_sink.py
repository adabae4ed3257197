"""Receive an output that arrives as one stream of bytes."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._arguments.paths import is_device
from aiodockerpy.buildkit._messages import BytesMessage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.buildkit.options import OutputTarget


async def receive_archive(call: ServerCall, target: OutputTarget) -> None:
    """Write a stream to its target; a path appears only when the stream is complete, but for that of a device."""
    call.begin()
    if isinstance(target, (str, os.PathLike)):
        path = Path(target)  # pyright: ignore[reportUnknownArgumentType]  # isinstance forgets the str
        write = _to_device if await asyncio.to_thread(is_device, path) else _to_path
        await write(call, path)
    elif callable(target):
        await _copy(call, target)
    else:
        file = target
        await _copy(call, lambda data: asyncio.to_thread(file.write, data))


async def _to_path(call: ServerCall, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    file = await asyncio.to_thread(part.open, "wb")
    try:
        await _copy(call, lambda data: asyncio.to_thread(file.write, data))
        await asyncio.to_thread(file.close)
        part.replace(path)
    finally:
        file.close()
        with suppress(FileNotFoundError):
            part.unlink()


async def _to_device(call: ServerCall, path: Path) -> None:
    with await asyncio.to_thread(path.open, "wb") as file:
        await _copy(call, lambda data: asyncio.to_thread(file.write, data))


async def _copy(call: ServerCall, write: Callable[[bytes], Awaitable[object]]) -> None:
    while batch := await call.recv_batch():
        await write(b"".join([BytesMessage.decode(data).data for data in batch]))
