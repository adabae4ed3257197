"""A session: the connection on which the engine asks for what a build needs, for as long as the build lasts."""

from __future__ import annotations

import itertools
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from aiodockerpy._protocol.operations import call

from ._grpc import Channel, Server
from ._services import health

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from aiodockerpy._transport.base import Transport

    from ._grpc import ServerCall

    Method = Callable[[ServerCall], Awaitable[None]]

__all__ = ["Failures", "Service", "new_id", "open_control", "open_session"]

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Service(Protocol):
    """What answers some of the engine's calls."""

    def methods(self) -> Mapping[str, Method]:
        """The methods by ``/package.Service/Method``."""
        ...  # pyright wants a body


class Failures:
    """What went wrong on our side while the engine's calls were answered; the engine only hears that it did."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def add(self, path: str, error: Exception) -> None:
        """Keep an error."""
        error.add_note(f"while answering the engine's {path.rpartition('.')[2]}")
        self.errors.append(error)


def new_id() -> str:
    """Make an id for a session or a build: 25 characters, as BuildKit's own."""
    number = secrets.randbits(128)
    digits: list[str] = []
    for _ in range(25):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


@asynccontextmanager
async def open_control(transport: Transport) -> AsyncGenerator[Channel]:
    """Open a connection to BuildKit's Control API.

    Raises:
        APIError: The engine has none.
    """
    from ._h2 import Connection

    duplex = await transport.upgrade(call("Grpc", headers={"Upgrade": "h2c"}))
    async with Connection(duplex, client=True, name="buildkit-control") as connection:
        yield Channel(connection)


@asynccontextmanager
async def open_session(
    transport: Transport, services: Iterable[Service], *, shared_key: str, failures: Failures
) -> AsyncGenerator[str]:
    """Open a session; yields its id. The engine's calls are answered until the block is left.

    Args:
        transport: The way to the engine.
        services: What answers.
        shared_key: What the engine finds its copies of directories by.
        failures: Told of what goes wrong on our side.
    """
    from ._h2 import Connection

    methods: dict[str, Method] = {**health.METHODS}
    for service in services:
        methods.update(service.methods())
    server = Server(methods, failures.add)
    id = new_id()
    duplex = await transport.upgrade(call("Session", headers=_headers(id, shared_key, sorted(methods))))
    async with Connection(duplex, client=False, accept=server.accept, name="buildkit-session"):
        try:
            yield id
        finally:
            await server.aclose()


def _headers(id: str, shared_key: str, methods: list[str]) -> dict[str, str]:
    return {
        "Upgrade": "h2c",
        "X-Docker-Expose-Session-Uuid": id,
        "X-Docker-Expose-Session-Name": "",
        "X-Docker-Expose-Session-Sharedkey": shared_key,
        **_repeated("x-docker-expose-session-grpc-method", methods),
    }


def _repeated(name: str, values: list[str]) -> dict[str, str]:
    """Headers of one name. Names match in any case, so each value gets a spelling of its own."""
    spellings = itertools.product(*[{letter, letter.upper()} for letter in name])
    return {"".join(letters): value for letters, value in zip(spellings, values, strict=False)}
