"""Lend the caller's ssh agent, or keys, to a step: it may list the keys and have them sign, and nothing else."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from aiodockerpy._transport.sockets.dial import unix_streams
from aiodockerpy.buildkit._messages import BytesMessage, CheckAgentRequest, Empty
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, UNKNOWN, RpcError
from aiodockerpy.errors import DockerException, InvalidArgument

from .ssh_keys import KeyAgent, read_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.buildkit.options import SshSource

Agent: TypeAlias = str | KeyAgent
"""The path of an agent's socket, or keys."""

_REQUEST_IDENTITIES, _SIGN_REQUEST = 11, 13
_FAILURE = b"\0\0\0\x01\x05"
_LONGEST = 256 << 10
_PIECE = 32 << 10


def find_agents(ssh: Mapping[str, SshSource]) -> dict[str, Agent]:
    """Find the agent of each id.

    Raises:
        InvalidArgument: There is no agent, or a path is neither a socket nor a private key.
    """
    return {id or "default": _agent(id or "default", source) for id, source in ssh.items()}


def _agent(id: str, source: SshSource) -> Agent:
    what = f"ssh[{id!r}]"
    paths = [source] if isinstance(source, (str, os.PathLike)) else source
    if not paths:
        socket = os.environ.get("SSH_AUTH_SOCK", "")
        if not socket:
            raise InvalidArgument(f"{what}: no ssh agent is running (SSH_AUTH_SOCK is not set)")
        return socket
    found = [Path(path).expanduser() for path in paths]
    if not any(_is_socket(path, what) for path in found):
        return KeyAgent([read_key(path, what) for path in found])
    if len(found) > 1:
        raise InvalidArgument(f"{what} must be one socket, or private keys, not {', '.join(map(str, found))}")
    return str(found[0])


def _is_socket(path: Path, what: str) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"{what}: {path} is neither a socket nor a private key: {error}") from None


class AgentFilter:
    """Split what a step sends to the agent into requests, and let only the harmless ones through."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Feed bytes; return the bytes for the agent, and the answers to refused requests.

        Raises:
            RpcError: A request is empty or longer than agents accept.
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
    """Serve the agents of one build.

    Args:
        agents: Agents by id.
    """

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        self._agents = agents

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        return {
            "/moby.sshforward.v1.SSH/CheckAgent": self._check,
            "/moby.sshforward.v1.SSH/ForwardAgent": self._forward,
        }

    async def _check(self, call: ServerCall) -> None:
        request = await call.request(CheckAgentRequest)
        self._agent(request.id)
        await call.answer(Empty())

    def _agent(self, id: str) -> Agent:
        found = self._agents.get(id or "default")
        if found is None:
            raise RpcError(NOT_FOUND, f"unset ssh forward key {id or 'default'}")
        return found

    async def _forward(self, call: ServerCall) -> None:
        agent = self._agent(call.first("buildkit.ssh.id"))
        if isinstance(agent, KeyAgent):
            await _pass_requests(call, lambda requests: call.answer(BytesMessage(agent.answer(requests))))
        else:
            await _connect(call, agent)


async def _connect(call: ServerCall, socket: str) -> None:
    """Forward requests and answers between a step and an agent's socket."""
    try:
        reader, writer = await unix_streams(socket)
    except OSError as error:
        raise DockerException(f"the ssh agent at {socket} cannot be reached: {error}") from error

    async def send(requests: bytes) -> None:
        writer.write(requests)
        await writer.drain()

    call.begin()
    asking = asyncio.create_task(_pass_requests(call, send), name="aiodockerpy-ssh-step")
    answering = asyncio.create_task(_pass_answers(reader, call), name="aiodockerpy-ssh-agent")
    try:
        await asyncio.wait((asking, answering), return_when=asyncio.FIRST_COMPLETED)
        await (asking if asking.done() else _refuse_end(answering, socket))
        if writer.can_write_eof():
            writer.write_eof()
        await answering
    except DockerException:
        raise
    except OSError as error:
        raise DockerException(f"the ssh agent at {socket} closed the connection: {error}") from error
    finally:
        asking.cancel()
        answering.cancel()
        await asyncio.gather(asking, answering, return_exceptions=True)
        writer.close()


async def _refuse_end(answering: asyncio.Task[None], socket: str) -> NoReturn:
    """Raise for an agent that ends before the step does, which would wait for an answer for ever."""
    await answering
    raise DockerException(f"the ssh agent at {socket} closed the connection")


async def _pass_requests(call: ServerCall, send: Callable[[bytes], Awaitable[None]]) -> None:
    """Pass a step's requests on to the agent, until the step closes its side."""
    call.begin()
    allowed = AgentFilter()
    while (data := await call.recv()) is not None:
        content = (await call.decode(BytesMessage, data)).data
        for start in range(0, len(content), _PIECE):
            to_agent, to_step = allowed.feed(content[start : start + _PIECE])
            if to_step:
                await call.answer(BytesMessage(to_step))
            if to_agent:
                await send(to_agent)


async def _pass_answers(reader: asyncio.StreamReader, call: ServerCall) -> None:
    """Pass the agent's answers on to the step, until the agent closes."""
    while data := await reader.read(_PIECE):
        await call.answer(BytesMessage(data))
