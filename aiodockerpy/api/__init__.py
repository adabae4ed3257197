"""The Engine API itself, typed: one class for each part of it, one method for each operation.

``client.api.containers.stop("web", stop_timeout=5)`` is what the engine does, no more; ``container.stop()`` and
``client.containers.run(...)`` are behaviour built on it. Each part is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy._docker_py import Hinting
from aiodockerpy._exhausted import part

if TYPE_CHECKING:
    from aiodockerpy._protocol.operations import Call as Call, Operation as Operation
    from aiodockerpy._transport.base import Reply as Reply, Transport as Transport
    from aiodockerpy.api.build import BuildApi as BuildApi
    from aiodockerpy.api.configs import ConfigsApi as ConfigsApi
    from aiodockerpy.api.containers import ContainersApi as ContainersApi, WaitCondition as WaitCondition
    from aiodockerpy.api.distribution import DistributionApi as DistributionApi
    from aiodockerpy.api.exec import ExecApi as ExecApi
    from aiodockerpy.api.images import ImagesApi as ImagesApi
    from aiodockerpy.api.networks import NetworksApi as NetworksApi
    from aiodockerpy.api.nodes import NodesApi as NodesApi
    from aiodockerpy.api.plugins import PluginsApi as PluginsApi
    from aiodockerpy.api.secrets import SecretsApi as SecretsApi
    from aiodockerpy.api.services import RegistryAuthFrom as RegistryAuthFrom, ServicesApi as ServicesApi
    from aiodockerpy.api.swarm import SwarmApi as SwarmApi
    from aiodockerpy.api.system import DataUsageType as DataUsageType, SystemApi as SystemApi
    from aiodockerpy.api.tasks import TasksApi as TasksApi
    from aiodockerpy.api.volumes import VolumesApi as VolumesApi
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._protocol.operations": "Call Operation",
            "aiodockerpy._transport.base": "Reply Transport",
            "aiodockerpy.api.build": "BuildApi",
            "aiodockerpy.api.configs": "ConfigsApi",
            "aiodockerpy.api.containers": "ContainersApi WaitCondition",
            "aiodockerpy.api.distribution": "DistributionApi",
            "aiodockerpy.api.exec": "ExecApi",
            "aiodockerpy.api.images": "ImagesApi",
            "aiodockerpy.api.networks": "NetworksApi",
            "aiodockerpy.api.nodes": "NodesApi",
            "aiodockerpy.api.plugins": "PluginsApi",
            "aiodockerpy.api.secrets": "SecretsApi",
            "aiodockerpy.api.services": "RegistryAuthFrom ServicesApi",
            "aiodockerpy.api.swarm": "SwarmApi",
            "aiodockerpy.api.system": "DataUsageType SystemApi",
            "aiodockerpy.api.tasks": "TasksApi",
            "aiodockerpy.api.volumes": "VolumesApi",
        },
        own="Api",
    )


class Api(Hinting):
    """Every operation of the Engine API, by the part it belongs to.

    Args:
        transport: The session manager, or anything that acts like it.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    containers: ContainersApi = part("aiodockerpy.api.containers.ContainersApi", "transport")
    """Containers, their logs, files and checkpoints."""
    exec: ExecApi = part("aiodockerpy.api.exec.ExecApi", "transport")
    """Processes that are run in running containers."""
    images: ImagesApi = part("aiodockerpy.api.images.ImagesApi", "transport")
    """Images, and their way from and to registries and archives."""
    build: BuildApi = part("aiodockerpy.api.build.BuildApi", "transport")
    """The classic builder, the build cache, and the connections that BuildKit uses."""
    distribution: DistributionApi = part("aiodockerpy.api.distribution.DistributionApi", "transport")
    """Digests and platforms of images in their registries."""
    networks: NetworksApi = part("aiodockerpy.api.networks.NetworksApi", "transport")
    """Networks."""
    volumes: VolumesApi = part("aiodockerpy.api.volumes.VolumesApi", "transport")
    """Volumes."""
    swarm: SwarmApi = part("aiodockerpy.api.swarm.SwarmApi", "transport")
    """The swarm this engine belongs to."""
    nodes: NodesApi = part("aiodockerpy.api.nodes.NodesApi", "transport")
    """The engines of the swarm."""
    services: ServicesApi = part("aiodockerpy.api.services.ServicesApi", "transport")
    """Services of the swarm."""
    tasks: TasksApi = part("aiodockerpy.api.tasks.TasksApi", "transport")
    """The tasks of the swarm's services."""
    secrets: SecretsApi = part("aiodockerpy.api.secrets.SecretsApi", "transport")
    """Secrets of the swarm."""
    configs: ConfigsApi = part("aiodockerpy.api.configs.ConfigsApi", "transport")
    """Configs of the swarm."""
    plugins: PluginsApi = part("aiodockerpy.api.plugins.PluginsApi", "transport")
    """Plugins managed by the engine."""
    system: SystemApi = part("aiodockerpy.api.system.SystemApi", "transport")
    """The engine itself: version, events, disk usage, login."""
