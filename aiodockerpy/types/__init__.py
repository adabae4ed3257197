"""docker-py's types, and the types of what the client's methods take and return.

Each class of docker-py's is a model of ``aiodockerpy.models`` with docker-py's arguments, and is accepted wherever the
model is. As in docker-py it can be read and written by the names of the wire: ``mount["Target"]``.

Example:
    .. code-block:: python

        from aiodockerpy.types import Mount, Ulimit

        await client.containers.run(
            "busybox",
            "ls /data",
            mounts=[Mount("/data", "data", read_only=True)],
            ulimits=[Ulimit(name="nofile", soft=1024, hard=2048)],
        )
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._config.config_file import JsonObject as JsonObject
    from aiodockerpy._config.contexts import ClientArguments as ClientArguments
    from aiodockerpy._config.credentials import CredentialResolver as CredentialResolver
    from aiodockerpy._config.hosts import Host as Host, Scheme as Scheme
    from aiodockerpy._options.keywords import (
        Command as Command,
        Environment as Environment,
        KeyValues as KeyValues,
        Labels as Labels,
        Nanoseconds as Nanoseconds,
        Size as Size,
    )
    from aiodockerpy._protocol.operations import Span as Span
    from aiodockerpy._protocol.ping import Ping as Ping
    from aiodockerpy._protocol.platforms import PlatformArgument as PlatformArgument, PlatformFields as PlatformFields
    from aiodockerpy._protocol.query import FilterValue as FilterValue, HasId as HasId, IdOrName as IdOrName
    from aiodockerpy._protocol.timestamps import TimeBound as TimeBound, Timestamp as Timestamp
    from aiodockerpy._protocol.units import (
        Cells as Cells,
        Count as Count,
        Duration as Duration,
        FileMode as FileMode,
        Grace as Grace,
        Owner as Owner,
        PositiveDuration as PositiveDuration,
        PositiveInt as PositiveInt,
        Seconds as Seconds,
    )
    from aiodockerpy._protocol.versions import ApiVersion as ApiVersion
    from aiodockerpy._transport.diagnostics import Diagnostics as Diagnostics, OpenStream as OpenStream
    from aiodockerpy._transport.route import SshWay as SshWay
    from aiodockerpy._warming import WarmPart as WarmPart
    from aiodockerpy.api._credentials import Credentials as Credentials
    from aiodockerpy.streams.content import Content as Content
    from aiodockerpy.streams.stream import Stream
    from aiodockerpy.types.containers import *
    from aiodockerpy.types.healthcheck import Healthcheck as Healthcheck
    from aiodockerpy.types.networks import *
    from aiodockerpy.types.services import *
    from aiodockerpy.types.swarm import SwarmExternalCA as SwarmExternalCA, SwarmSpec as SwarmSpec

    CancellableStream = Stream
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._config.config_file": "JsonObject",
            "aiodockerpy._config.contexts": "ClientArguments",
            "aiodockerpy._config.credentials": "CredentialResolver",
            "aiodockerpy._config.hosts": "Host Scheme",
            "aiodockerpy._options.keywords": "Command Environment KeyValues Labels Nanoseconds Size",
            "aiodockerpy._protocol.operations": "Span",
            "aiodockerpy._protocol.ping": "Ping",
            "aiodockerpy._protocol.platforms": "PlatformArgument PlatformFields",
            "aiodockerpy._protocol.query": "FilterValue HasId IdOrName",
            "aiodockerpy._protocol.timestamps": "TimeBound Timestamp",
            "aiodockerpy._protocol.units": "Cells Count Duration FileMode Grace Owner PositiveDuration PositiveInt Seconds",
            "aiodockerpy._protocol.versions": "ApiVersion",
            "aiodockerpy._transport.diagnostics": "Diagnostics OpenStream",
            "aiodockerpy._transport.route": "SshWay",
            "aiodockerpy._warming": "WarmPart",
            "aiodockerpy.api._credentials": "Credentials",
            "aiodockerpy.streams.content": "Content",
            "aiodockerpy.streams.stream": "Stream:CancellableStream",
            "aiodockerpy.types.containers": "ContainerConfig DeviceRequest ExposedPorts HostConfig LogConfig LogConfigTypesEnum Ulimit",
            "aiodockerpy.types.healthcheck": "Healthcheck",
            "aiodockerpy.types.networks": "EndpointConfig IPAMConfig IPAMPool NetworkingConfig",
            "aiodockerpy.types.services": "ConfigReference ContainerSpec DNSConfig DriverConfig EndpointSpec Mount NetworkAttachmentConfig Placement PlacementPreference Privileges Resources RestartConditionTypesEnum RestartPolicy RollbackConfig SecretReference ServiceMode ServiceModeName TaskTemplate UpdateConfig",
            "aiodockerpy.types.swarm": "SwarmExternalCA SwarmSpec",
        },
    )
