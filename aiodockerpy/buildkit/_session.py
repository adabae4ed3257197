"""Open the connections of a build: the control connection, and the session on which the engine makes its calls."""

from __future__ import annotations

import itertools
import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.errors import ConnectionFailed, NotFound, ProtocolError

from ._messages import BytesMessage
from ._rpc.calls import Call, Channel, Server, ServerCall
from ._services import health

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from aiodockerpy._transport.base import Transport

    from ._rpc.http2 import ByteConnection, Connection

    Method = Callable[[ServerCall], Awaitable[None]]

_SESSION: Final = "/moby.buildkit.v1.Control/Session"
# The API version from which on engines have HTTP/2 on their own socket.
_DIRECT_SINCE: Final = ApiVersion.parse("1.53")
_PIECE: Final = 1 << 20
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Service(Protocol):
    """Answer some of the engine's calls."""

    def methods(self) -> Mapping[str, Method]:
        """Return the handlers by ``/package.Service/Method``."""
        ...  # pyright wants a body


# Calls in which only the caller's own code and files take part: an output's target, a context given as content.
_CALLERS_OWN: Final = ("/moby.filesync.v1.FileSend/", "/moby.upload.v1.Upload/")


class Failures:
    """Keep the errors of answering the engine's calls; the engine is informed only that there were some.

    Attributes:
        first: The first error; ``None`` if there was none.
    """

    def __init__(self) -> None:
        self.first: BaseException | None = None
        self._callers_own: BaseException | None = None

    def add(self, path: str, error: BaseException) -> None:
        """Keep an error."""
        of_caller = path.startswith(_CALLERS_OWN) and not isinstance(error, ConnectionFailed | ProtocolError)
        if of_caller or not isinstance(error, Exception):
            self._callers_own = self._callers_own or error
        error.add_note(f"while answering the engine's {path.rpartition('.')[2]}")
        self.first = self.first or error

    def raise_callers_own(self) -> None:
        """Raise the exception of a caller's target or content as it was raised, or one that is no ``Exception``."""
        if self._callers_own is not None:
            raise self._callers_own


def new_id() -> str:
    """Generate an id for a session or a build: 25 characters, as BuildKit's own."""
    number = secrets.randbits(128)
    digits: list[str] = []
    for _ in range(25):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


@asynccontextmanager
async def open_control(transport: Transport) -> AsyncGenerator[Channel]:
    """Open a connection to BuildKit's Control API: through ``/grpc``, or as HTTP/2 from the first byte on.

    Engines have the latter from 29.2 on; later ones may have it alone.

    Raises:
        APIError: The engine has none.
        ProtocolError: The peer does not use HTTP/2.
    """
    from ._rpc.http2 import Connection

    grpc = call("Grpc", headers={"Upgrade": "h2c"})
    direct = False
    try:
        duplex = await transport.upgrade(grpc)
    except NotFound:
        if await transport.version() < _DIRECT_SINCE:
            raise
        duplex, direct = await transport.dial(grpc, "h2"), True
    peer = f"the engine at {duplex.peer}"
    async with Connection(duplex, client=True, name="buildkit-control", peer=peer) as connection:
        if direct:
            await connection.wait_ready()
        yield Channel(connection, direct=direct)


@asynccontextmanager
async def open_session(
    transport: Transport, control: Channel, services: Iterable[Service], *, shared_key: str, failures: Failures
) -> AsyncGenerator[tuple[str, Connection]]:
    """Open a session and yield its id and its connection; the engine's calls are answered until the block is left.

    Args:
        transport: The connections to the engine.
        control: A connection to the Control API; the session goes through it where there is no ``/session``.
        services: The services that answer.
        shared_key: The key by which the engine finds its copies of directories.
        failures: Keeps the errors of this side.
    """
    from ._rpc.http2 import Connection

    methods: dict[str, Method] = {**health.METHODS}
    for service in services:
        methods.update(service.methods())
    server = Server(methods, failures.add)
    id = new_id()
    metadata = _metadata(id, shared_key, methods)
    async with AsyncExitStack() as stack:
        below: ByteConnection
        peer = "the engine"
        if control.direct:  # its connection names the engine in errors
            below = CallBytes(await stack.enter_async_context(control.call(_SESSION, metadata)))
        else:
            duplex = await transport.upgrade(call("Session", headers=_headers(metadata)))
            below, peer = duplex, f"the engine at {duplex.peer}"
        connection = Connection(below, client=False, accept=server.accept, name="buildkit-session", peer=peer)
        await stack.enter_async_context(connection)
        stack.push_async_callback(server.aclose)
        yield id, connection


class CallBytes:
    """Carry bytes in the messages of a call, in both directions."""

    def __init__(self, call: Call | ServerCall) -> None:
        self._call = call
        self.closed_early = False

    async def read(self) -> bytes:
        """Return the next bytes; ``b""`` at the end."""
        while messages := await self._call.recv_batch():
            if data := b"".join([(await self._call.decode(BytesMessage, message)).data for message in messages]):
                return data
        return b""

    async def write(self, data: bytes) -> None:
        """Send all of the data."""
        for start in range(0, len(data), _PIECE):
            await self._call.send(BytesMessage(data[start : start + _PIECE]).encode())

    async def aclose(self) -> None:
        """Do nothing: the call ends with its own block."""


def _metadata(id: str, shared_key: str, methods: Iterable[str]) -> dict[str, list[str]]:
    return {
        "x-docker-expose-session-uuid": [id],
        "x-docker-expose-session-name": [""],
        "x-docker-expose-session-sharedkey": [shared_key],
        "x-docker-expose-session-grpc-method": sorted(methods),
    }


def _headers(metadata: Mapping[str, list[str]]) -> dict[str, str]:
    """Encode metadata as headers; names match in any case, so each of several values gets its own spelling."""
    headers = {"Upgrade": "h2c"}
    for name, values in metadata.items():
        spellings = itertools.product(*[dict.fromkeys((letter, letter.upper())) for letter in name])
        headers |= {"".join(letters): value for letters, value in zip(spellings, values, strict=False)}
    return headers
