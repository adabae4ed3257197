"""docker-py's types: its constructors, and models of the Engine API as what they make.

Each class is a model of ``aiodockerpy.models`` with docker-py's arguments, and is taken wherever the model is. As in
docker-py it can be read and written by the names of the wire: ``mount["Target"]``.

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

from aiodockerpy.streams.stream import Stream as CancellableStream
from aiodockerpy.types.containers import (
    ContainerConfig,
    DeviceRequest,
    HostConfig,
    LogConfig,
    LogConfigTypesEnum,
    Ulimit,
)
from aiodockerpy.types.healthcheck import Healthcheck
from aiodockerpy.types.networks import EndpointConfig, IPAMConfig, IPAMPool, NetworkingConfig
from aiodockerpy.types.services import (
    ConfigReference,
    ContainerSpec,
    DNSConfig,
    DriverConfig,
    EndpointSpec,
    Mount,
    NetworkAttachmentConfig,
    Placement,
    PlacementPreference,
    Privileges,
    Resources,
    RestartConditionTypesEnum,
    RestartPolicy,
    RollbackConfig,
    SecretReference,
    ServiceMode,
    TaskTemplate,
    UpdateConfig,
)
from aiodockerpy.types.swarm import SwarmExternalCA, SwarmSpec

__all__ = [
    "CancellableStream",
    "ConfigReference",
    "ContainerConfig",
    "ContainerSpec",
    "DNSConfig",
    "DeviceRequest",
    "DriverConfig",
    "EndpointConfig",
    "EndpointSpec",
    "Healthcheck",
    "HostConfig",
    "IPAMConfig",
    "IPAMPool",
    "LogConfig",
    "LogConfigTypesEnum",
    "Mount",
    "NetworkAttachmentConfig",
    "NetworkingConfig",
    "Placement",
    "PlacementPreference",
    "Privileges",
    "Resources",
    "RestartConditionTypesEnum",
    "RestartPolicy",
    "RollbackConfig",
    "SecretReference",
    "ServiceMode",
    "SwarmExternalCA",
    "SwarmSpec",
    "TaskTemplate",
    "Ulimit",
    "UpdateConfig",
]
