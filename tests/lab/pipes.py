"""Named pipes where there are none: the proactor loop's own part, over sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    Factory = Callable[[], asyncio.BaseProtocol]


class PipeTransport(asyncio.Transport):
    """As the proactor's transport over a pipe: a socket's, but without a half-close."""

    def __init__(self, inner: asyncio.BaseTransport) -> None:
        super().__init__()
        self._inner = inner

    def __getattribute__(self, name: str) -> object:
        if name in {"can_write_eof", "_inner", "__class__"}:
            return object.__getattribute__(self, name)
        return getattr(self._inner, name)

    def can_write_eof(self) -> bool:
        return False


class _OverPipe(asyncio.Protocol):
    """Passes on what happens, and another transport than there is."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner = inner
        self.data_received = inner.data_received
        self.eof_received = inner.eof_received
        self.connection_lost = inner.connection_lost
        self.pause_writing = inner.pause_writing
        self.resume_writing = inner.resume_writing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._inner.connection_made(PipeTransport(transport))


def pretend_pipes(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[[str, Factory], Awaitable[tuple[asyncio.Transport, object]]]
) -> list[str]:
    """Have the running loop pass for the proactor's.

    Args:
        monkeypatch: Undoes it.
        connect: Connects to the pipe of a path, or raises what Windows would.

    Returns:
        The paths that were asked for, as they come.
    """
    loop = asyncio.get_running_loop()
    asked: list[str] = []

    async def create_pipe_connection(factory: Callable[[], asyncio.Protocol], address: str) -> tuple[object, object]:
        asked.append(address)
        protocol = factory()
        transport, _ = await connect(address, lambda: _OverPipe(protocol))
        return transport, protocol

    monkeypatch.setattr(loop, "create_pipe_connection", create_pipe_connection, raising=False)
    monkeypatch.setattr(asyncio, "ProactorEventLoop", type(loop), raising=False)
    return asked
