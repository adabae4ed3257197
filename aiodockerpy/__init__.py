"""aiodockerpy: the asyncio-native Docker Engine client.

Example:
    .. code-block:: python

        import aiodockerpy as docker

        async with docker.from_env() as client:
            print(await client.containers.run("busybox", ["echo", "hello world"]))
"""

from typing import TYPE_CHECKING

from aiodockerpy import _moved, errors as errors
from aiodockerpy._version import __version__ as __version__
from aiodockerpy.client import DockerClient as DockerClient, from_context as from_context, from_env as from_env

if TYPE_CHECKING:
    from aiodockerpy import (
        api as api,
        buildkit as buildkit,
        hooks as hooks,
        models as models,
        otel as otel,
        progress as progress,
        resources as resources,
        streams as streams,
        terminals as terminals,
        testing as testing,
        types as types,
        utils as utils,
    )
    from aiodockerpy._config.auth import AuthConfig as AuthConfig
    from aiodockerpy._config.contexts import ContextAPI as ContextAPI
    from aiodockerpy._config.stored_contexts import Context as Context
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
            "aiodockerpy._config.contexts": "ContextAPI",
            "aiodockerpy._config.stored_contexts": "Context",
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
