"""A byte proxy with faults, and a listener that answers what is not HTTP."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiodockerpy.testing.proxy import FaultProxy, Faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["FaultProxy", "Faults", "garbling"]


@asynccontextmanager
async def garbling(path: Path) -> AsyncIterator[str]:
    """A listener that answers to everything what is no HTTP."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 2oo Gut\r\nContent-Length: viel\r\n\r\n")
        writer.close()

    async with await asyncio.start_unix_server(answer, path):
        yield f"unix://{path}"
