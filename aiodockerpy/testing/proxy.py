"""A byte proxy that fails as networks and daemons do, between a client and any engine."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import struct
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._protocol.outside import read_int
from aiodockerpy._protocol.unfit import shown
from aiodockerpy._protocol.units import Count, Duration, PositiveInt, as_seconds
from aiodockerpy.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FaultProxy", "Faults"]

BLOCK = 65536
METHOD = 8  # bytes of the longest method with the blank after it
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@checks_arguments
@dataclass(slots=True)
class Faults:
    """What goes wrong; may be changed while connections are open.

    Byte counts are of one connection, from the engine to the client.

    Attributes:
        delay: Seconds to wait before each block goes to the client.
        delay_request: Seconds to wait before each block goes to the engine.
        chunk: Largest number of bytes given to the client at once.
        rate: Bytes per second to the client.
        stall_after: Bytes after which nothing more reaches the client; the connection stays open.
        cut_after: Bytes after which the connection is closed.
        half_close_after: Bytes after which only the engine's side ends; what the client sends still arrives.
        reset: A cut is a reset (TCP only), not an orderly end.
        stall_request_after: Bytes *from* the client after which nothing more reaches the engine or is read.
        cut_request_after: Bytes *from* the client after which the connection is closed.
        execute_then_cut: The engine gets the request and answers; the connection is closed before the answer.
        drop_idle: Seconds without a byte in either direction after which the connection is closed.
        refuse: New connections are closed at once.
        tamper: Returns what the client gets for each block that the engine sent.
        watch: Is called with each block that the client sent.
    """

    delay: Duration = 0.0
    delay_request: Duration = 0.0
    chunk: PositiveInt | None = None
    rate: float | None = None
    stall_after: Count | None = None
    cut_after: Count | None = None
    half_close_after: Count | None = None
    reset: bool = False
    stall_request_after: Count | None = None
    cut_request_after: Count | None = None
    execute_then_cut: bool = False
    drop_idle: Duration | None = None
    refuse: bool = False
    tamper: Callable[[bytes], bytes] | None = None
    watch: Callable[[bytes], object] | None = None


@dataclass(slots=True, eq=False)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    engine_reader: asyncio.StreamReader
    engine_writer: asyncio.StreamWriter
    sent: int = 0
    received: int = 0
    last: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def touch(self) -> None:
        self.last = asyncio.get_running_loop().time()


class _Cut(Exception):
    """Ends a connection now."""


@hints_at_async
@checks_arguments
class FaultProxy:
    """Listen on a socket of its own and pass bytes to an engine, with faults.

    Use it as ``async with FaultProxy(url, Faults(cut_after=100)) as proxy``, and point a client at ``proxy.url``. The
    engine may be a real one.

    Args:
        target: The engine, as ``unix:///path`` or ``tcp://host:port``.
        faults: What goes wrong; nothing by default.
        tcp: Listen on a TCP port of this machine instead of a unix socket.
        backlog: How many connections the kernel keeps until they are accepted.
        accepts: Accept from the start; without it the backlog fills until `accept` is called.

    Attributes:
        faults: What goes wrong.
        accepted: How many connections were accepted.
        bytes_to_client: Bytes that clients got.
        bytes_to_engine: Bytes that the engine got.
        requests: How often a block from a client began with each HTTP method.
    """

    def __init__(
        self,
        target: str,
        faults: Faults | None = None,
        *,
        tcp: bool = False,
        backlog: Count = 100,
        accepts: bool = True,
    ) -> None:
        self.faults: Faults = faults or Faults()
        self.accepted: int = 0
        self.bytes_to_client: int = 0
        self.bytes_to_engine: int = 0
        self.requests: Counter[str] = Counter()
        self._target = check_target(target)
        self._tcp = tcp
        self._backlog = backlog
        self._accepts = accepts
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: set[_Connection] = set()
        self._stop = contextlib.AsyncExitStack()
        self._url = ""
        self._listener: socket.socket

    @property
    def url(self) -> str:
        """The address for the client."""
        return self._url

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._tasks)

    async def __aenter__(self) -> Self:
        self._listener = self._listen()
        self._listener.listen(self._backlog)
        self._stop.callback(self._listener.close)
        if self._accepts:
            await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop.aclose()

    async def accept(self) -> None:
        """Start to accept connections."""
        server = await asyncio.start_server(self._handle, sock=self._listener, backlog=self._backlog)
        self._stop.push_async_callback(self._end, server)

    async def cut_all(self, *, reset: bool = False) -> None:
        """Close every open connection now."""
        for connection in list(self._connections):
            _close(connection.writer, reset=reset)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, condition: Callable[[FaultProxy], bool]) -> None:
        """Wait until the condition holds of this proxy, such as ``lambda proxy: proxy.bytes_to_client > 0``."""
        while not condition(self):  # noqa: ASYNC110  # the condition may be of anything
            await asyncio.sleep(0.005)

    def _listen(self) -> socket.socket:
        if self._tcp:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.bind(("127.0.0.1", 0))
            self._url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        else:
            folder = Path(tempfile.mkdtemp(prefix="adpfault"))
            self._stop.callback(shutil.rmtree, folder, ignore_errors=True)
            listener = _unix_listener(str(folder / "proxy.sock"))
            self._url = f"unix://{folder / 'proxy.sock'}"
        listener.setblocking(False)
        return listener

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        await self.cut_all()
        await server.wait_closed()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._tasks.add(task)
        self.accepted += 1
        try:
            if not self.faults.refuse:
                await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # the client or the engine went away, or the test did
        finally:
            _close(writer, reset=False)
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        engine_reader, engine_writer = await dial(self._target)
        connection = _Connection(reader, writer, engine_reader, engine_writer)
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch_idle(connection))
                both = [group.create_task(self._to_engine(connection)), group.create_task(self._to_client(connection))]
                await asyncio.wait(both, return_when=asyncio.ALL_COMPLETED)
                watch.cancel()
        except* (_Cut, OSError):
            _close(writer, reset=self.faults.reset)
        finally:
            self._connections.discard(connection)
            _close(engine_writer, reset=False)

    async def _to_engine(self, connection: _Connection) -> None:
        while data := await connection.reader.read(BLOCK):
            connection.touch()
            faults = self.faults
            if faults.watch is not None:
                faults.watch(data)
            if faults.delay_request:
                await asyncio.sleep(as_seconds(faults.delay_request))
            allowed, ends = _within(data, connection.sent, faults.stall_request_after, faults.cut_request_after)
            if (method := allowed[:METHOD].partition(b" ")[0]).isupper():
                self.requests[method.decode(errors="replace")] += 1
            connection.engine_writer.write(allowed)
            await connection.engine_writer.drain()
            connection.sent += len(allowed)
            self.bytes_to_engine += len(allowed)
            await _stop_if(ends)
        connection.engine_writer.write_eof()

    async def _to_client(self, connection: _Connection) -> None:
        while data := await connection.engine_reader.read(self.faults.chunk or BLOCK):
            connection.touch()
            faults = self.faults
            if faults.execute_then_cut:
                raise _Cut
            if faults.delay:
                await asyncio.sleep(as_seconds(faults.delay))
            if faults.tamper is not None:
                data = faults.tamper(data)
            limit = faults.cut_after if faults.half_close_after is None else faults.half_close_after
            allowed, ends = _within(data, connection.received, faults.stall_after, limit)
            connection.writer.write(allowed)
            await connection.writer.drain()
            connection.received += len(allowed)
            self.bytes_to_client += len(allowed)
            if ends == "cut" and faults.half_close_after is not None:
                break
            await _stop_if(ends)
            if faults.rate:
                await asyncio.sleep(len(allowed) / faults.rate)
        connection.writer.write_eof()

    async def _watch_idle(self, connection: _Connection) -> None:
        while True:
            await asyncio.sleep(0.02)
            limit = as_seconds(self.faults.drop_idle)
            if limit is not None and asyncio.get_running_loop().time() - connection.last > limit:
                raise _Cut


def _within(data: bytes, already: int, stall: int | None, cut: int | None) -> tuple[bytes, str]:
    """Return what of the data may pass, and whether the connection stalls or is cut after it."""
    limits = [(limit, name) for limit, name in ((stall, "stall"), (cut, "cut")) if limit is not None]
    for limit, name in sorted(limits):
        if already + len(data) >= limit:
            return data[: max(0, limit - already)], name
    return data, ""


async def _stop_if(ends: str) -> None:
    if ends == "cut":
        raise _Cut
    if ends == "stall":
        await asyncio.get_running_loop().create_future()


def _unix_listener(path: str) -> socket.socket:
    if sys.platform != "win32":
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        return listener
    raise OSError("there are no unix sockets on Windows: use tcp=True")


def check_target(target: str) -> str:
    """Return the address of an engine.

    Raises:
        InvalidValue: It is neither ``unix:///path`` nor ``tcp://host:port``.
    """
    scheme, _, place = target.partition("://")
    port = read_int(place.rpartition(":")[2], minimum=1)
    if scheme == "unix" and place:
        return target
    if scheme == "tcp" and ":" in place and port is not None and port < 65536:
        return target
    raise InvalidValue(f"target must be an address such as 'unix:///path' or 'tcp://host:port', not {shown(target)}")


async def dial(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to ``unix:///path`` or ``tcp://host:port``."""
    scheme, _, place = target.partition("://")
    if scheme == "unix":
        if sys.platform != "win32":
            return await asyncio.open_unix_connection(place)
        raise OSError("there are no unix sockets on Windows")
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host, int(port))


def _close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    connection = writer.get_extra_info("socket")
    if reset and connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    if reset:
        writer.transport.abort()
    else:
        writer.close()
