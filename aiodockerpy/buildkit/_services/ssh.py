"""The caller's ssh agent, lent to a step: its keys may sign and be listed, and nothing else."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from aiodockerpy._transport.sockets.dial import unix_streams
from aiodockerpy.buildkit._messages import BytesMessage, CheckAgentRequest, Empty
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, UNKNOWN, RpcError
from aiodockerpy.errors import DockerException, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy.buildkit._rpc.calls import ServerCall

__all__ = ["AgentFilter", "SshService", "agent_sockets"]

_REQUEST_IDENTITIES, _SIGN_REQUEST = 11, 13
_FAILURE = b"\0\0\0\x01\x05"
_LONGEST = 256 << 10


def agent_sockets(ssh: Mapping[str, str | os.PathLike[str] | None]) -> dict[str, str]:
    """Find the socket of each agent.

    Raises:
        InvalidArgument: There is no agent to lend.
    """
    found: dict[str, str] = {}
    for id, path in ssh.items():
        socket = os.fspath(path) if path is not None else os.environ.get("SSH_AUTH_SOCK", "")
        if not socket:
            raise InvalidArgument(f"ssh[{id!r}]: no ssh agent is running (SSH_AUTH_SOCK is not set)")
        found[id or "default"] = socket
    return found


class AgentFilter:
    """Splits what a step says to the agent into requests, and lets only the harmless ones through."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; return what goes to the agent, and what is answered in its place.

        Raises:
            RpcError: A request is longer than any agent takes.
        """
        self._buffer += data
        allowed, refused = bytearray(), bytearray()
        while len(self._buffer) >= 5:
            size = int.from_bytes(self._buffer[:4], "big")
            if not 0 < size <= _LONGEST:
                raise RpcError(UNKNOWN, "this is not the ssh agent's protocol")
            if len(self._buffer) < 4 + size:
                break
            if self._buffer[4] in {_REQUEST_IDENTITIES, _SIGN_REQUEST}:
                allowed += self._buffer[: 4 + size]
            else:
                refused += _FAILURE
            del self._buffer[: 4 + size]
        return bytes(allowed), bytes(refused)


class SshService:
    """Answers for the agents of one build.

    Args:
        sockets: The path of an agent's socket by its id.
    """

    def __init__(self, sockets: Mapping[str, str]) -> None:
        self._sockets = sockets

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """The calls it answers."""
        return {
            "/moby.sshforward.v1.SSH/CheckAgent": self._check,
            "/moby.sshforward.v1.SSH/ForwardAgent": self._forward,
        }

    async def _check(self, call: ServerCall) -> None:
        request = await call.request(CheckAgentRequest)
        self._socket(request.id)
        await call.answer(Empty())

    def _socket(self, id: str) -> str:
        found = self._sockets.get(id or "default")
        if found is None:
            raise RpcError(NOT_FOUND, f"unset ssh forward key {id or 'default'}")
        return found

    async def _forward(self, call: ServerCall) -> None:
        socket = self._socket(call.first("buildkit.ssh.id"))
        try:
            reader, writer = await unix_streams(socket)
        except OSError as error:
            raise DockerException(f"the ssh agent at {socket} cannot be reached: {error}") from error
        call.begin()
        answering = asyncio.create_task(_answers(reader, call), name="aiodockerpy-ssh-agent")
        try:
            await _requests(call, writer)
            await answering
        finally:
            answering.cancel()
            writer.close()


async def _requests(call: ServerCall, writer: asyncio.StreamWriter) -> None:
    """Pass what the step says on to the agent, until the step closes its side."""
    allowed = AgentFilter()
    while (data := await call.recv()) is not None:
        to_agent, to_step = allowed.feed(BytesMessage.decode(data).data)
        if to_step:
            await call.answer(BytesMessage(to_step))
        if to_agent:
            writer.write(to_agent)
            await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _answers(reader: asyncio.StreamReader, call: ServerCall) -> None:
    """Pass what the agent says on to the step, until the agent closes."""
    while data := await reader.read(32 << 10):
        await call.answer(BytesMessage(data))
