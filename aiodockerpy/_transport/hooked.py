"""Hooks around calls and streams: a transport over a session, loaded only by clients that have hooks."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from aiodockerpy._config.http_headers import usable_header
from aiodockerpy._transport.base import ByteStream, Closing, Duplex, Reply
from aiodockerpy.errors import APIError, DockerException
from aiodockerpy.hooks import CallInfo, CallKind, Hook
from aiodockerpy.streams.content import Pieces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._protocol.operations import Call
    from aiodockerpy._protocol.versions import ApiVersion
    from aiodockerpy._transport.session import Session

S = TypeVar("S", bound="ByteStream")

_log = logging.getLogger("aiodockerpy.hooks")


class Hooked:
    """A `Transport` that calls hooks for everything that goes through a session.

    Args:
        session: What sends.
        hooks: What is called.
    """

    def __init__(self, session: Session, hooks: tuple[Hook, ...]) -> None:
        self._session = session
        self.max_response_size = session.max_response_size
        self._hooks = hooks

    async def version(self) -> ApiVersion:
        """Return the API version in use."""
        return await self._session.version()

    async def request(self, call: Call) -> Reply:
        """Send a call and return its whole answer."""
        watch = Watch(self._hooks, call, "call", self._session.host)
        with watch:
            reply = await self._session.request(watch.call)
        watch.answered_whole(reply)
        return reply

    async def open(self, call: Call) -> ByteStream:
        """Send a call and return when the head of its answer has come."""
        return await self._streamed(call, "stream", self._session.open)

    async def upgrade(self, call: Call) -> Duplex:
        """Send a call that switches its connection to bytes in both directions."""
        return await self._streamed(call, "upgrade", self._session.upgrade)

    async def dial(self, call: Call, protocol: str) -> Duplex:
        """Open a connection for a call, on which another protocol is used from the first byte on."""
        return await self._streamed(call, "dial", lambda watched: self._session.dial(watched, protocol))

    async def websocket(self, call: Call) -> Duplex:
        """Send a call that switches its connection to a websocket."""
        return await self._streamed(call, "websocket", self._session.websocket)

    async def _streamed(self, call: Call, kind: CallKind, send: Callable[[Call], Awaitable[S]]) -> S:
        watch = Watch(self._hooks, call, kind, self._session.host)
        with watch:
            return await send(watch.call)


class Watch:
    """One call under way: fills in its `CallInfo`, and calls the hooks. Leaving its block by an exception is an error.

    Attributes:
        call: The call to send, with the headers that hooks have added.
    """

    def __init__(self, hooks: tuple[Hook, ...], call: Call, kind: CallKind, host: Host | None) -> None:
        operation = call.operation
        self._hooks: list[Hook] = []  # those whose `begin` was called
        self._info = CallInfo(operation.name, operation.id, kind, operation.method, call.path, operation.path, host)
        self._sent: Call | None = None
        self._body = 0
        self._over = False
        self._begun = time.monotonic()
        with self:
            for hook in hooks:
                self._hooks.append(hook)
                _run(hook, "begin", hook.begin, self._info)
            self.call = replace(call, headers={**_usable(self._info.headers), **call.headers}, watch=self)

    def attempt(self, call: Call, body: bytes | None, host: Host, version: ApiVersion | None) -> None:
        """Record that the call is about to be sent, once more if it was before."""
        self._info.attempts += 1
        self._info.host = host
        self._info.api_version = str(version) if version is not None else None
        self._sent, self._body = call, len(body or b"")

    def follow(self, stream: S) -> S:
        """Return a wrapper of a stream that reports its end as the end of the call."""
        self._info.status = stream.status
        self._info.answered = time.monotonic() - self._begun
        kind = _HookedDuplex if hasattr(stream, "write") else _HookedStream
        return cast("S", kind(cast("Duplex", stream), self))

    def answered_whole(self, reply: Reply) -> None:
        """Record the whole answer of an ordinary call."""
        self._info.status, self._info.received = reply.status, len(reply.body)
        self._finish(None)

    def ended(self, stream: ByteStream, written: int = 0, error: BaseException | None = None) -> None:
        """Record how a stream has ended; only the first end counts."""
        self._info.received, self._info.closed_early = stream.received, stream.closed_early
        self._finish(error, written)

    def _finish(self, error: BaseException | None, written: int = 0) -> None:
        if self._over:
            return
        self._over = True
        self._info.duration = time.monotonic() - self._begun
        self._info.sent = written + (self._body or _uploaded(self._sent))
        if isinstance(error, APIError):
            self._info.status = error.status_code
        with ExitStack() as ends:  # all are called, also if one raises KeyboardInterrupt
            for hook in reversed(self._hooks):
                if error is None:
                    ends.callback(_run, hook, "end", hook.end, self._info)
                else:
                    ends.callback(_run, hook, "error", hook.error, self._info, error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._finish(error)


def _run(hook: Hook, name: str, method: Callable[..., None], *arguments: object) -> None:
    try:
        method(*arguments)
    except Exception:  # noqa: BLE001 - whatever the program's hooks raise
        _log.exception("a hook raised in %s.%s; the call goes on without it", type(hook).__name__, name)


def _usable(headers: Any) -> dict[str, str]:
    """Return the headers of hooks that can be sent, named as those of the configuration are."""
    found: dict[str, str] = {}
    if not hasattr(headers, "items"):
        _log.warning("the headers that a hook has set are left out: a dict is needed, not %s", type(headers).__name__)
        return found
    for name, value in headers.items():
        canonical, problem = usable_header(name, value)
        if problem:
            _log.warning("a header that a hook has added is left out: %s", problem)
        else:
            found[canonical] = value
    return found


def _uploaded(call: Call | None) -> int:
    """Return how much of a call's content was sent."""
    content = call.content if call is not None else None
    if isinstance(content, Pieces):
        return content.size
    return memoryview(cast("bytes", content)).nbytes if isinstance(content, bytes | bytearray | memoryview) else 0


class _HookedStream:
    """A stream that reports its end to the hooks; everything else is delegated to the wrapped one."""

    def __init__(self, stream: ByteStream, watch: Watch) -> None:
        self._stream = stream
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def read(self) -> bytes:
        """Read what has arrived; empty at the end."""
        try:
            data = await self._stream.read()
        except DockerException as error:
            self._ended(error)
            raise
        if not data:
            self._ended(None)
        return data

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
        self._ended(None)

    def _ended(self, error: BaseException | None) -> None:
        self._watch.ended(self._stream, error=error)


class _HookedDuplex(_HookedStream, Closing):
    """A hooked stream of two directions; counts what is written."""

    def __init__(self, stream: Duplex, watch: Watch) -> None:
        super().__init__(stream, watch)
        self._duplex = stream
        self._written = 0

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data."""
        await self._duplex.write(data)
        self._written += memoryview(data).nbytes

    def _ended(self, error: BaseException | None) -> None:
        self._watch.ended(self._stream, self._written, error)
