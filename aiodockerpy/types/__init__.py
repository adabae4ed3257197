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

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._config.config_file import JsonObject as JsonObject
    from aiodockerpy._config.contexts import ClientArguments as ClientArguments
    from aiodockerpy._config.credentials import CredentialResolver as CredentialResolver
    from aiodockerpy._config.hosts import Host as Host
    from aiodockerpy._config.hosts import Scheme as Scheme
    from aiodockerpy._options.keywords import Environment as Environment
    from aiodockerpy._options.keywords import KeyValues as KeyValues
    from aiodockerpy._options.keywords import Labels as Labels
    from aiodockerpy._options.keywords import Nanoseconds as Nanoseconds
    from aiodockerpy._options.keywords import Size as Size
    from aiodockerpy._protocol.operations import Span as Span
    from aiodockerpy._protocol.ping import Ping as Ping
    from aiodockerpy._protocol.platforms import PlatformArgument as PlatformArgument
    from aiodockerpy._protocol.platforms import PlatformFields as PlatformFields
    from aiodockerpy._protocol.query import FilterValue as FilterValue
    from aiodockerpy._protocol.query import HasId as HasId
    from aiodockerpy._protocol.query import IdOrName as IdOrName
    from aiodockerpy._protocol.timestamps import TimeBound as TimeBound
    from aiodockerpy._protocol.timestamps import Timestamp as Timestamp
    from aiodockerpy._protocol.units import Count as Count
    from aiodockerpy._protocol.units import FileMode as FileMode
    from aiodockerpy._protocol.units import PositiveInt as PositiveInt
    from aiodockerpy._protocol.units import Seconds as Seconds
    from aiodockerpy._protocol.versions import ApiVersion as ApiVersion
    from aiodockerpy._transport.diagnostics import Diagnostics as Diagnostics
    from aiodockerpy._transport.diagnostics import OpenStream as OpenStream
    from aiodockerpy._transport.route import SshWay as SshWay
    from aiodockerpy._warming import WarmPart as WarmPart
    from aiodockerpy.api._credentials import Credentials as Credentials
    from aiodockerpy.streams.content import Content as Content
    from aiodockerpy.streams.stream import Stream
    from aiodockerpy.types.containers import ContainerConfig as ContainerConfig
    from aiodockerpy.types.containers import DeviceRequest as DeviceRequest
    from aiodockerpy.types.containers import ExposedPorts as ExposedPorts
    from aiodockerpy.types.containers import HostConfig as HostConfig
    from aiodockerpy.types.containers import LogConfig as LogConfig
    from aiodockerpy.types.containers import LogConfigTypesEnum as LogConfigTypesEnum
    from aiodockerpy.types.containers import Ulimit as Ulimit
    from aiodockerpy.types.healthcheck import Healthcheck as Healthcheck
    from aiodockerpy.types.networks import EndpointConfig as EndpointConfig
    from aiodockerpy.types.networks import IPAMConfig as IPAMConfig
    from aiodockerpy.types.networks import IPAMPool as IPAMPool
    from aiodockerpy.types.networks import NetworkingConfig as NetworkingConfig
    from aiodockerpy.types.services import ConfigReference as ConfigReference
    from aiodockerpy.types.services import ContainerSpec as ContainerSpec
    from aiodockerpy.types.services import DNSConfig as DNSConfig
    from aiodockerpy.types.services import DriverConfig as DriverConfig
    from aiodockerpy.types.services import EndpointSpec as EndpointSpec
    from aiodockerpy.types.services import Mount as Mount
    from aiodockerpy.types.services import NetworkAttachmentConfig as NetworkAttachmentConfig
    from aiodockerpy.types.services import Placement as Placement
    from aiodockerpy.types.services import PlacementPreference as PlacementPreference
    from aiodockerpy.types.services import Privileges as Privileges
    from aiodockerpy.types.services import Resources as Resources
    from aiodockerpy.types.services import RestartConditionTypesEnum as RestartConditionTypesEnum
    from aiodockerpy.types.services import RestartPolicy as RestartPolicy
    from aiodockerpy.types.services import RollbackConfig as RollbackConfig
    from aiodockerpy.types.services import SecretReference as SecretReference
    from aiodockerpy.types.services import ServiceMode as ServiceMode
    from aiodockerpy.types.services import ServiceModeName as ServiceModeName
    from aiodockerpy.types.services import TaskTemplate as TaskTemplate
    from aiodockerpy.types.services import UpdateConfig as UpdateConfig
    from aiodockerpy.types.swarm import SwarmExternalCA as SwarmExternalCA
    from aiodockerpy.types.swarm import SwarmSpec as SwarmSpec

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
            "aiodockerpy._options.keywords": "Environment KeyValues Labels Nanoseconds Size",
            "aiodockerpy._protocol.operations": "Span",
            "aiodockerpy._protocol.ping": "Ping",
            "aiodockerpy._protocol.platforms": "PlatformArgument PlatformFields",
            "aiodockerpy._protocol.query": "FilterValue HasId IdOrName",
            "aiodockerpy._protocol.timestamps": "TimeBound Timestamp",
            "aiodockerpy._protocol.units": "Count FileMode PositiveInt Seconds",
            "aiodockerpy._protocol.versions": "ApiVersion",
            "aiodockerpy._transport.diagnostics": "Diagnostics OpenStream",
            "aiodockerpy._transport.route": "SshWay",
            "aiodockerpy._warming": "WarmPart",
            "aiodockerpy.api._credentials": "Credentials",
            "aiodockerpy.streams.content": "Content",
            "aiodockerpy.streams.stream": "Stream:CancellableStream",
            "aiodockerpy.types.containers": (
                "ContainerConfig DeviceRequest ExposedPorts HostConfig LogConfig LogConfigTypesEnum Ulimit"
            ),
            "aiodockerpy.types.healthcheck": "Healthcheck",
            "aiodockerpy.types.networks": "EndpointConfig IPAMConfig IPAMPool NetworkingConfig",
            "aiodockerpy.types.services": (
                "ConfigReference ContainerSpec DNSConfig DriverConfig EndpointSpec Mount "
                "NetworkAttachmentConfig Placement PlacementPreference Privileges Resources "
                "RestartConditionTypesEnum RestartPolicy RollbackConfig SecretReference ServiceMode ServiceModeName "
                "TaskTemplate UpdateConfig"
            ),
            "aiodockerpy.types.swarm": "SwarmExternalCA SwarmSpec",
        },
    )
