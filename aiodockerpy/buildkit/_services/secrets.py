"""Serve secrets, each when a step that mounts it begins."""

from __future__ import annotations

import inspect
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._threads import in_own_thread
from aiodockerpy.buildkit._messages import GetSecretRequest, GetSecretResponse
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError
from aiodockerpy.buildkit.options import Env, SecretSource
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy.buildkit._rpc.calls import ServerCall

LARGEST = 500 * 1024
"""The most that BuildKit takes, in bytes."""


def check_secrets(sources: Mapping[str, SecretSource]) -> None:
    """Check the files of secrets, which are read when the engine asks.

    Raises:
        InvalidArgument: A file does not exist, is not a file, or is too large.
    """
    for id, source in sources.items():
        if not isinstance(source, os.PathLike):
            continue
        path = Path(source)  # pyright: ignore[reportUnknownArgumentType]  # isinstance forgets the str
        try:
            found = path.stat()
        except OSError as error:
            raise InvalidArgument(f"secrets[{id!r}]: {path} cannot be read: {error.strerror}") from None
        if stat.S_ISDIR(found.st_mode):
            raise InvalidArgument(f"secrets[{id!r}]: {path} is a directory")
        if found.st_size > LARGEST:
            raise InvalidArgument(f"secrets[{id!r}]: {path} has {found.st_size} bytes; at most {LARGEST} are possible")


class SecretService:
    """Serve the secrets of one build."""

    def __init__(self, sources: Mapping[str, SecretSource]) -> None:
        self._sources = sources

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        return {"/moby.buildkit.secrets.v1.Secrets/GetSecret": self._get}

    async def _get(self, call: ServerCall) -> None:
        request = await call.request(GetSecretRequest)
        source = self._sources.get(request.id)
        data = None if source is None else await _read(source)
        if data is None:  # the engine then skips an optional secret and fails a required one
            raise RpcError(NOT_FOUND, f"secret {request.id} not found")
        if len(data) > LARGEST:
            raise InvalidArgument(f"secret {request.id} has {len(data)} bytes; BuildKit takes {LARGEST} at most")
        await call.answer(GetSecretResponse(data))


async def _read(source: SecretSource) -> bytes | None:
    if isinstance(source, bytes):
        return source
    if isinstance(source, Env):
        variable = os.environ.get(source.name)
        return None if variable is None else os.fsencode(variable)
    if callable(source):
        found = source()
        value = await found if inspect.isawaitable(found) else found
        return value.encode() if isinstance(value, str) else value
    return await in_own_thread(_read_file, Path(source))


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
