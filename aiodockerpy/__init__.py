"""aiodockerpy: the asyncio-native Docker Engine client.

Example:
    .. code-block:: python

        import aiodockerpy as docker

        async with docker.from_env() as client:
            print(await client.containers.run("busybox", ["echo", "hello world"]))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import _moved
from aiodockerpy import errors as errors
from aiodockerpy._version import __version__ as __version__
from aiodockerpy.client import DockerClient as DockerClient
from aiodockerpy.client import from_context as from_context
from aiodockerpy.client import from_env as from_env

if TYPE_CHECKING:
    from aiodockerpy import api as api
    from aiodockerpy import buildkit as buildkit
    from aiodockerpy import hooks as hooks
    from aiodockerpy import models as models
    from aiodockerpy import otel as otel
    from aiodockerpy import progress as progress
    from aiodockerpy import resources as resources
    from aiodockerpy import streams as streams
    from aiodockerpy import terminals as terminals
    from aiodockerpy import testing as testing
    from aiodockerpy import types as types
    from aiodockerpy import utils as utils
    from aiodockerpy._config.auth import AuthConfig as AuthConfig
    from aiodockerpy._config.contexts import Context as Context
    from aiodockerpy._config.contexts import ContextAPI as ContextAPI
    from aiodockerpy._config.tls import TLSConfig as TLSConfig
    from aiodockerpy._protocol.frames import Chunk as Chunk
    from aiodockerpy._protocol.lines import LogLine as LogLine
    from aiodockerpy.scope import Scope as Scope
    from aiodockerpy.streams.stream import Stream as Stream
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._config.auth": "AuthConfig",
            "aiodockerpy._config.contexts": "Context ContextAPI",
            "aiodockerpy._config.tls": "TLSConfig",
            "aiodockerpy._protocol.frames": "Chunk",
            "aiodockerpy._protocol.lines": "LogLine",
            "aiodockerpy.scope": "Scope",
            "aiodockerpy.streams.stream": "Stream",
        },
        modules="api buildkit hooks models otel progress resources streams terminals testing types utils",
        own="DockerClient __version__ errors from_context from_env",
        hints={
            "APIClient": "docker-py's APIClient is the 'api' of a DockerClient here",
            "Client": "the client is aiodockerpy.DockerClient",
            "Docker": "the client is aiodockerpy.DockerClient",
            "auth": "client.credentials finds and keeps credentials",
            "constants": "the defaults are those of DockerClient",
            "containers": "it belongs to a client, 'aiodockerpy.from_env().containers'",
            "context": "docker-py's Context and ContextAPI are aiodockerpy.Context and ContextAPI here",
            "credentials": "client.credentials finds and keeps credentials",
            "images": "it belongs to a client, 'aiodockerpy.from_env().images'",
            "tls": "docker-py's tls.TLSConfig is aiodockerpy.TLSConfig here",
            "transport": "the address chooses it, 'DockerClient(\"ssh://me@server\")'",
        },
    )

_moved.install()
