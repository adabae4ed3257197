"""Make and answer gRPC calls over one HTTP/2 connection.

Only what BuildKit uses: no compression, no deadlines in headers (cancelling resets the stream). Several messages are
joined before they are cut into frames, and a lock keeps the messages of two tasks on one stream apart.

A peer may send millions of small messages, or one with millions of fields: the event loop gets a turn after every
thousand messages, and large messages are decoded in a thread.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._cancelling import was_cancelled
from aiodockerpy.errors import DockerException, ProtocolError

from . import framing
from .framing import RpcError

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterable,
        Mapping,
        Sequence,
    )

    from .http2 import Connection, Headers, Stream
    from .protobuf import Message

M = TypeVar("M", bound="Message")

_AT_ONCE = 1024
"""Messages that are returned before the event loop gets a turn."""
_LARGE = 1 << 16
"""Bytes of a message from which on it is decoded in a thread."""
_MOST_CALLS = 1000
"""Calls of a peer that are answered at a time."""
_REFUSED_STREAM = 7


class _Messages:
    """Read the messages of a stream one by one or in batches, and write batches whole.

    Attributes:
        path: ``/package.Service/Method``.
    """

    def __init__(self, stream: Stream, path: str) -> None:
        self.path = path
        self._stream = stream
        self._splitter = framing.MessageSplitter()
        self._returned = 0
        self._lock = asyncio.Lock()

    async def recv(self) -> bytes | None:
        """Return the next message; ``None`` when the peer has ended its side.

        Raises:
            RpcError: The call ended with an error (calling side only).
            ProtocolError: What arrived is not gRPC.
            StreamReset: The peer reset the call.
            ConnectionFailed: The connection ended.
        """
        batch = await self.recv_batch(1)
        return batch[0] if batch else None

    async def recv_batch(self, limit: int = _AT_ONCE) -> list[bytes]:
        """Return the messages that have arrived, at least one; an empty list at the end. Raises as `recv` does."""
        if self._returned >= _AT_ONCE:
            self._returned = 0
            await asyncio.sleep(0)
        while not (batch := self._take(limit)):
            data = await self._stream.read()
            if not data:
                with self.reading():
                    self._splitter.close()
                break
            self._splitter.feed(data)
        self._returned += len(batch)
        return batch

    def _take(self, limit: int) -> list[bytes]:
        with self.reading():
            return self._splitter.take(limit)

    async def decode(self, kind: type[M], data: bytes) -> M:
        """Decode a message.

        Raises:
            ProtocolError: The bytes are not such a message.
        """
        with self.reading():
            return kind.decode(data) if len(data) < _LARGE else await asyncio.to_thread(kind.decode, data)

    @contextmanager
    def reading(self) -> Generator[None]:
        """Add the call and the peer to an error about what arrived."""
        try:
            yield
        except ProtocolError as error:
            raise ProtocolError(f"{self.path}: {self._stream.peer} sent what cannot be read: {error}") from error

    async def send(self, *payloads: bytes) -> None:
        """Send messages."""
        await self.send_framed(b"".join([framing.frame(payload) for payload in payloads]))

    async def send_framed(self, data: bytes) -> None:
        """Send messages that have their prefixes already."""
        async with self._lock:
            await self._stream.write(data)

    async def end(self) -> None:
        """End our side."""
        async with self._lock:
            await self._stream.write(b"", end=True)


class Call(_Messages):
    """A call to the peer."""

    async def recv_batch(self, limit: int = _AT_ONCE) -> list[bytes]:
        """Return the messages that have arrived; at the end check the status."""
        try:
            self._check_head(await self._stream.wait_headers())
            batch = await super().recv_batch(limit)
        except DockerException:
            self._check_status()
            raise
        if not batch:
            self._check_status(ended=True)
        return batch

    def reset(self) -> None:
        """Cancel the call."""
        self._stream.reset()

    def _check_head(self, headers: Headers) -> None:
        """Check that the answer is gRPC, and not for example a proxy's page about an error.

        Raises:
            ProtocolError: It is not.
        """
        found = framing.read_metadata(headers)
        status = found.get(":status", [""])[0]
        kind = found.get("content-type", [""])[0]
        if "grpc-status" not in found and (status != "200" or not kind.startswith("application/grpc")):
            what = f"HTTP status {status[:20]!r} and content type {kind[:100]!r}"
            raise ProtocolError(f"{self._stream.peer} answered {self.path} with {what} instead of gRPC")

    def _check_status(self, *, ended: bool = False) -> None:
        """Raise the status the peer gave, in trailers or instead of an answer."""
        headers = framing.read_metadata(self._stream.headers or [])
        if self._stream.trailers is not None:
            error = framing.read_status(framing.read_metadata(self._stream.trailers))
        elif "grpc-status" in headers:
            error = framing.read_status(headers)
        elif ended:
            raise ProtocolError(f"the answer of {self._stream.peer} to {self.path} ended without a gRPC status")
        else:
            return
        if error is not None:
            raise error


class Channel:
    """Make calls on a connection.

    Attributes:
        connection: The connection.
        direct: Whether it is HTTP/2 from its first byte on.
    """

    def __init__(self, connection: Connection, *, direct: bool = False) -> None:
        self.connection = connection
        self.direct = direct

    @asynccontextmanager
    async def call(self, path: str, metadata: Mapping[str, Sequence[str]] | None = None) -> AsyncGenerator[Call]:
        """Begin a call; leaving the block resets it unless it has ended.

        Raises:
            ConnectionFailed: The connection has ended.
            ProtocolError: The peer allows no further call now.
        """
        stream = self.connection.open(
            [
                (b":method", b"POST"),
                (b":scheme", b"http"),
                (b":path", path.encode("ascii")),
                (b":authority", b"localhost"),
                (b"te", b"trailers"),
                (b"content-type", b"application/grpc"),
                *framing.header_pairs(metadata or {}),
            ]
        )
        try:
            yield Call(stream, path)
        finally:
            stream.reset()

    async def unary(self, path: str, request: Message, response: type[M]) -> M:
        """Send one message and return the one that answers.

        Raises:
            RpcError: The call ended with an error.
            ConnectionFailed: The connection ended.
            ProtocolError: The answer is not such a message.
        """
        async with self.call(path) as call:
            await call.send(request.encode())
            await call.end()
            answer = await call.recv()
            if answer is None:
                raise ProtocolError(f"{self.connection.peer} answered {path} without a message")
            if await call.recv() is not None:  # at the end of the call, where its status is read
                raise ProtocolError(f"{self.connection.peer} answered {path} with more than one message")
            return await call.decode(response, answer)

    async def stream(self, path: str, request: Message, response: type[M]) -> AsyncIterator[M]:
        """Send one message and yield those that answer. Raises as `unary` does."""
        async with self.call(path) as call:
            await call.send(request.encode())
            await call.end()
            while batch := await call.recv_batch():
                for answer in batch:
                    yield await call.decode(response, answer)


class ServerCall(_Messages):
    """A call of the peer.

    Attributes:
        metadata: Its headers; a name may have several values.
    """

    def __init__(self, stream: Stream) -> None:
        self.metadata = framing.read_metadata(stream.headers or [])
        super().__init__(stream, self.first(":path"))
        self._answering = False

    def first(self, name: str) -> str:
        """Return the first value of a header; empty if there is none."""
        return self.metadata.get(name, [""])[0]

    async def request(self, kind: type[M]) -> M:
        """Return the one message of a unary call."""
        return await self.decode(kind, await self.recv() or b"")

    async def answer(self, response: Message) -> None:
        """Send a message."""
        await self.send(response.encode())

    async def send_framed(self, data: bytes) -> None:
        """Send messages that have their prefixes already; the first ones are preceded by the headers."""
        self.begin()
        await super().send_framed(data)

    def begin(self) -> None:
        """Send the headers, if they have not been sent."""
        if not self._answering:
            self._answering = True
            self._stream.send_headers(_ANSWER)

    def finish(self, error: RpcError | None = None) -> None:
        """Send the status."""
        # Without content-type in a block that is both headers and trailers the engine sees no status at all.
        head = [] if self._answering else _ANSWER
        self._stream.send_headers([*head, *framing.status_trailers(error)], end=True)


def _described(error: BaseException) -> str:
    """Return the class of an error, with the file it is about; any other text may hold a secret."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{type(error).__name__}: {error.strerror}: {os.fsdecode(error.filename)}"
    return type(error).__name__


_ANSWER: Headers = [(b":status", b"200"), (b"content-type", b"application/grpc")]


class Server:
    """Answer calls, each in a task of its own; `aclose` ends them.

    Args:
        handlers: A handler for each ``/package.Service/Method``.
        failed: Called with path and exception when a handler raises anything but `RpcError`.
    """

    def __init__(
        self,
        handlers: Mapping[str, Callable[[ServerCall], Awaitable[None]]],
        failed: Callable[[str, BaseException], None] = lambda _path, _error: None,
    ) -> None:
        self._handlers = handlers
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, stream: Stream) -> None:
        """Answer a stream in a task of its own; refuse it if too many are being answered."""
        if len(self._tasks) >= _MOST_CALLS:
            stream.reset(_REFUSED_STREAM)
            return
        task = asyncio.create_task(self._answer(stream), name="aiodockerpy-buildkit-service")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Cancel the calls that are being answered and wait for their end."""
        tasks: Iterable[asyncio.Task[None]] = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, stream: Stream) -> None:
        call = ServerCall(stream)
        status: RpcError | None = None
        try:
            await self._handle(call)
        except RpcError as error:
            status = error
        except DockerException as error:
            self._failed(call.path, error)
            status = RpcError(framing.UNKNOWN, str(error))
        except BaseException as error:  # whatever a caller's callable or content raises must reach the build
            if was_cancelled(error):
                raise
            self._failed(call.path, error)
            status = RpcError(framing.UNKNOWN, f"the client failed: {_described(error)}")
        try:
            call.finish(status)
        except DockerException:  # the peer has reset the stream or closed the connection
            pass
        finally:
            stream.close()

    async def _handle(self, call: ServerCall) -> None:
        handler = self._handlers.get(call.path)
        if handler is None:
            raise RpcError(framing.UNIMPLEMENTED, f"unknown method {call.path}")
        await handler(call)
