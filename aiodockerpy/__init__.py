"""aiodockerpy: the asyncio-native Docker Engine client.

Example:
    .. code-block:: python

        import aiodockerpy as docker

        async with docker.from_env() as client:
            print(await client.containers.run("busybox", ["echo", "hello world"]))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from aiodockerpy import _moved, errors
from aiodockerpy._version import __version__
from aiodockerpy.client import DockerClient, from_context, from_env

if TYPE_CHECKING:
    from aiodockerpy import models, resources, streams, types, utils
    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._config.contexts import Context, ContextAPI
    from aiodockerpy._config.tls import TLSConfig
    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy._protocol.lines import LogLine
    from aiodockerpy.streams.stream import Stream

__all__ = [
    "AuthConfig",
    "Chunk",
    "Context",
    "ContextAPI",
    "DockerClient",
    "LogLine",
    "Stream",
    "TLSConfig",
    "__version__",
    "errors",
    "from_context",
    "from_env",
    "models",
    "resources",
    "streams",
    "types",
    "utils",
]

_moved.install()

# What loads when it is first used, so that importing the package stays cheap.
_LAZY = {
    "AuthConfig": "aiodockerpy._config.auth",
    "Chunk": "aiodockerpy._protocol.frames",
    "Context": "aiodockerpy._config.contexts",
    "ContextAPI": "aiodockerpy._config.contexts",
    "LogLine": "aiodockerpy._protocol.lines",
    "Stream": "aiodockerpy.streams.stream",
    "TLSConfig": "aiodockerpy._config.tls",
}
_MODULES = frozenset({"api", "buildkit", "models", "resources", "streams", "types", "utils"})


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"aiodockerpy.{name}")
    try:
        module = _LAZY[name]
    except KeyError:
        hint = ": docker-py's APIClient is the 'api' of a DockerClient here" if name == "APIClient" else ""
        raise AttributeError(f"module 'aiodockerpy' has no attribute {name!r}{hint}") from None
    return getattr(import_module(module), name)
