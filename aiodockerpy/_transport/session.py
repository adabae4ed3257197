"""The session manager: one object that owns every socket to one engine."""

from __future__ import annotations

import asyncio

# asyncio.to_thread imports it with its first use, which may be too late: no file descriptor may be left.
import concurrent.futures.thread  # noqa: F401  # pyright: ignore[reportUnusedImport]
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from aiodockerpy import errors
from aiodockerpy._loading import first_in_thread
from aiodockerpy._protocol.http import header_lines
from aiodockerpy._protocol.operations import Call, call as build_call
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.base import ByteStream, Duplex, Reply
from aiodockerpy._transport.http.calls import Calls
from aiodockerpy._transport.http.negotiation import Negotiation
from aiodockerpy._transport.http.prepare import Prepared, prepare
from aiodockerpy._transport.http.refusal import too_large
from aiodockerpy._transport.http.slots import Slots
from aiodockerpy._transport.http.streamed import dial_raw, hijack, open_stream
from aiodockerpy._transport.open_streams import StreamRegistry
from aiodockerpy._transport.retries import SAFE, send_again_if_safe
from aiodockerpy._transport.route import Route, SshSettings, find_route
from aiodockerpy._version import __version__
from aiodockerpy.streams.source import Abandoned, Openings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._config.resolve import Endpoint
    from aiodockerpy._transport.diagnostics import Diagnostics
    from aiodockerpy._transport.hooked import Watch
    from aiodockerpy._transport.with_aiohttp.uploads import Uploads
    from aiodockerpy.streams.content import Content

_log = logging.getLogger("aiodockerpy.transport")

S = TypeVar("S", bound="ByteStream")
T = TypeVar("T")


class Limits(NamedTuple):
    """The limits of the session manager.

    Attributes:
        connect_timeout: Seconds until a connection must be open; ``None`` for no limit.
        read_timeout: Seconds that an ordinary call waits for its answer; ``None`` for no limit. Streams, and calls that
            may last (``wait``, ``stop``, ``pull``, ``prune`` …), have none.
        pool_size: Ordinary calls at once. Streams are outside of it.
        pool_timeout: Seconds that a call waits for its turn; ``None`` for no limit.
        max_response_size: Bytes of one body, or of one message of a stream, that are collected at most.
    """

    connect_timeout: float | None = 10
    read_timeout: float | None = 60
    pool_size: int = 32
    pool_timeout: float | None = 60
    max_response_size: int = 256 << 20


@dataclass(slots=True)
class _Opened:
    """What exists from the first call on, and from the first upload."""

    route: Route
    calls: Calls
    negotiation: Negotiation
    uploads: Uploads | None = None


class Session:
    """The way to one engine: calls share a bounded pool, each stream has a connection of its own.

    Nothing is read or connected before the first call. It belongs to the event loop of that call.

    Args:
        find: Returns where the engine is; called once.
        version: The API version to use; ``None`` negotiates it.
        limits: Deadlines and pool size.
        user_agent: Sent with every request.
        ssh: How ``ssh://`` is reached.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[Endpoint]],
        *,
        version: ApiVersion | None = None,
        limits: Limits | None = None,
        user_agent: str | None = None,
        ssh: SshSettings | None = None,
    ) -> None:
        self._find = find
        self._version = version
        self._limits = limits or Limits()
        self.max_response_size = self._limits.max_response_size
        self._ssh = ssh
        self._user_agent = user_agent or f"aiodockerpy/{__version__}"
        header_lines({"User-Agent": self._user_agent})  # raises for a value that cannot be sent
        self._slots = Slots(self._limits.pool_size, self._limits.pool_timeout)
        self._registry = StreamRegistry()
        self._openings = Openings()
        self._opening = asyncio.Lock()
        self._opened: _Opened | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False

    # ---- what the operations use

    @property
    def host(self) -> Host | None:
        """Where the engine is; ``None`` before the first call."""
        return self._opened.route.host if self._opened is not None else None

    async def version(self) -> ApiVersion:
        """Return the API version in use, negotiated on the first call."""
        return await (await self._open()).negotiation.version()

    async def request(self, call: Call) -> Reply:
        """Send a call and return its whole answer."""
        if call.content is None:
            return await self._send(call, self._request)
        return await self._begin(call, self._request)

    async def open(self, call: Call) -> ByteStream:
        """Send a call and return when the head of its answer has come."""
        return await self._begin(call, self._stream)

    async def upgrade(self, call: Call) -> Duplex:
        """Send a call that switches its connection to bytes in both directions."""
        return await self._connected(call, hijack)

    async def dial(self, call: Call, protocol: str) -> Duplex:
        """Open a connection for a call, on which another protocol is used from the first byte on."""
        return await self._connected(call, lambda route, _: dial_raw(route, protocol))

    async def websocket(self, call: Call) -> Duplex:
        """Send a call that switches its connection to a websocket."""
        return await self._connected(call, _open_websocket)

    # ---- one try of each kind of call

    async def _send(self, call: Call, attempt: Callable[[_Opened, Prepared, bool], Awaitable[T]]) -> T:
        """Prepare and send a call; an error of its connection names the engine."""

        async def send(new: bool) -> T:
            return await attempt(*await self._prepare(call), new)

        try:
            return await send_again_if_safe(
                send,
                method=call.operation.method,
                may_go_on=lambda: not self.closed,
                reopen=lambda: self._opened is not None and self._opened.route.give_up_tunnel(),
                replaced=self._was_replaced,
            )
        except (errors.ConnectionFailed, errors.ProtocolError) as error:
            if self.closed:
                raise _closed_meanwhile(call) from error
            if self._opened is not None:
                self._opened.route.explain(error)
            raise

    async def _begin(self, call: Call, attempt: Callable[[_Opened, Prepared, bool], Awaitable[T]]) -> T:
        """Send a call whose answer may come at any time; `aclose` ends the wait."""
        try:
            return await self._openings.wait(self._send(call, attempt))
        except Abandoned:
            problem = _closed_meanwhile(call)
        raise problem

    async def _connected(self, call: Call, connect: Callable[[Route, Prepared], Awaitable[Duplex]]) -> Duplex:
        """Make a connection for a call, always a new one."""

        async def attempt(opened: _Opened, prepared: Prepared, _new: bool) -> Duplex:
            return self._register(await connect(opened.route, prepared), prepared)

        return await self._begin(call, attempt)

    async def _request(self, opened: _Opened, prepared: Prepared, new: bool) -> Reply:
        if prepared.call.content is not None:
            return await self._upload_and_read(opened, prepared)
        if prepared.call.operation.lasting:
            reply = await opened.calls.exchange(prepared, new=new)
        else:
            async with self._slots:
                reply = await opened.calls.exchange(prepared, new=new)
        opened.negotiation.notice(reply.headers)
        return reply

    async def _stream(self, opened: _Opened, prepared: Prepared, new: bool) -> ByteStream:  # noqa: ARG002 - always a new one
        if prepared.call.content is not None:
            body = await (await self._uploads(opened)).upload(prepared, cast("Content", prepared.call.content))
            return self._register(body, prepared)
        stream = await open_stream(opened.route, prepared)
        opened.negotiation.notice(stream.headers)
        return self._register(stream, prepared)

    # ---- the life of the session

    @property
    def connected(self) -> bool:
        """Whether there is anything to close."""
        return self._opened is not None

    async def aclose(self) -> None:
        """End every stream and close every connection; never waits for the engine. May be called again."""
        self.closed = True
        self._openings.close()
        for stream in self._registry.streams():
            stream.close()
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.calls.close()
            if opened.uploads is not None:
                await opened.uploads.aclose()
            await opened.route.aclose()

    def diagnostics(self) -> Diagnostics:
        """Return a picture of the session at this moment."""
        from aiodockerpy._transport.diagnostics import Diagnostics

        opened = self._opened
        agreed = opened.negotiation.agreed if opened is not None else self._version
        return Diagnostics(
            host=opened.route.label if opened is not None else "",
            api_version=str(agreed) if agreed is not None else None,
            pool_limit=self._slots.limit,
            pool_in_use=self._slots.in_use,
            pool_waiting=self._slots.waiting,
            streams=self._registry.snapshot(),
        )

    # ---- the path of a call

    async def _prepare(self, call: Call) -> tuple[_Opened, Prepared]:
        opened = await self._open()
        version = None
        if call.operation.versioned:
            version = opened.negotiation.agreed or await opened.negotiation.version()
        prepared = prepare(call, version, prefix=opened.route.host.prefix)
        if call.watch is not None:
            cast("Watch", call.watch).attempt(prepared.call, prepared.body, opened.route.host, version)
        return opened, prepared

    async def _open(self) -> _Opened:
        self._check_usable()
        opened = self._opened
        if opened is None:
            async with self._opening:
                opened = self._opened
                if opened is None:
                    opened = self._opened = await self._first_open()
        await opened.route.ready()
        return opened

    def _check_usable(self) -> None:
        if self.closed:
            raise RuntimeError("the client is closed")
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise RuntimeError("the client belongs to another event loop: make one client for each loop")

    async def _first_open(self) -> _Opened:
        endpoint = await self._find()
        route = await find_route(
            endpoint, user_agent=self._user_agent, connect_timeout=self._limits.connect_timeout, ssh=self._ssh
        )
        _log.debug("the engine is at %s", route.label)
        fixed = self._version
        if fixed is None and endpoint.api_version is not None:
            fixed = ApiVersion.parse(endpoint.api_version)
        calls = Calls(route, read_timeout=self._limits.read_timeout, max_size=self.max_response_size)
        return _Opened(route, calls, Negotiation(lambda: self._ping(route, calls), fixed))

    async def _uploads(self, opened: _Opened) -> Uploads:
        make = await first_in_thread(_import_uploads)
        self._check_usable()  # it may have been closed meanwhile
        if opened.uploads is None:
            opened.uploads = make(opened.route)
        return opened.uploads

    def _was_replaced(self, error: errors.APIError) -> bool:
        """Return whether a refusal shows that another engine answers now: its version is then requested again."""
        opened, response = self._opened, error.response
        return opened is not None and response is not None and opened.negotiation.notice(response.headers)

    async def _ping(self, route: Route, calls: Calls) -> Mapping[str, str]:
        """Return the headers of ``/_ping``: by HEAD, and where that is not answered as it should be by GET."""
        head = await self._ask(
            calls, prepare(build_call("SystemPingHead"), None, prefix=route.host.prefix), check=False
        )
        if head.status == 200:
            return head.headers
        return (await self._ask(calls, prepare(build_call("SystemPing"), None, prefix=route.host.prefix))).headers

    async def _ask(self, calls: Calls, prepared: Prepared, *, check: bool = True) -> Reply:
        async def send(new: bool) -> Reply:
            async with self._slots:
                return await calls.exchange(prepared, new=new, check=check)

        return await send_again_if_safe(send, method=prepared.method, may_go_on=lambda: not self.closed)

    async def _upload_and_read(self, opened: _Opened, prepared: Prepared) -> Reply:
        stream = await (await self._uploads(opened)).upload(prepared, cast("Content", prepared.call.content))
        body = bytearray()
        try:
            while data := await stream.read():
                body += data
                if len(body) > self.max_response_size:
                    raise stream.with_location(too_large(self.max_response_size))
            if self.closed:  # a body without a length ends with its connection, so this one may be cut
                raise _closed_meanwhile(prepared.call)
        finally:
            stream.close()
        return Reply(stream.status, stream.headers, bytes(body), prepared.call.operation.id)

    def _register(self, stream: S, prepared: Prepared) -> S:
        if self.closed:  # closed while the connection was being made
            stream.close()
            raise RuntimeError("the client is closed")
        if prepared.call.watch is not None:
            stream = cast("Watch", prepared.call.watch).follow(stream)
        self._registry.add(stream, operation=prepared.call.operation.name, path=prepared.path)
        return stream


def _closed_meanwhile(call: Call) -> RuntimeError:
    fate = "" if call.operation.method in SAFE else "; it may have been carried out"
    return RuntimeError(f"the client was closed before {call.operation.name} was answered{fate}")


def _import_uploads() -> type[Uploads]:
    """Load aiohttp, which only uploads and websockets need."""
    from aiodockerpy._transport.with_aiohttp.uploads import Uploads

    return Uploads


async def _open_websocket(route: Route, prepared: Prepared) -> Duplex:
    connect_websocket = await first_in_thread(_import_websocket)
    return await connect_websocket(route, prepared)


def _import_websocket() -> Callable[[Route, Prepared], Awaitable[Duplex]]:
    from aiodockerpy._transport.with_aiohttp.websocket import connect_websocket

    return connect_websocket
