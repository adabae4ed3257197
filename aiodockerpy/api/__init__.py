"""The Engine API itself, typed: one class for each part of it, one method for each operation.

``client.api.containers.stop("web", stop_timeout=5)`` is what the engine does, no more; ``container.stop()`` and
``client.containers.run(...)`` are behaviour built on it. Each part is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy._exhausted import importing_property

if TYPE_CHECKING:
    from aiodockerpy._protocol.operations import Call as Call
    from aiodockerpy._protocol.operations import Operation as Operation
    from aiodockerpy._transport.base import Reply as Reply
    from aiodockerpy._transport.base import Transport as Transport
    from aiodockerpy.api.build import BuildApi as BuildApi
    from aiodockerpy.api.configs import ConfigsApi as ConfigsApi
    from aiodockerpy.api.containers import ContainersApi as ContainersApi
    from aiodockerpy.api.containers import WaitCondition as WaitCondition
    from aiodockerpy.api.distribution import DistributionApi as DistributionApi
    from aiodockerpy.api.exec import ExecApi as ExecApi
    from aiodockerpy.api.images import ImagesApi as ImagesApi
    from aiodockerpy.api.networks import NetworksApi as NetworksApi
    from aiodockerpy.api.nodes import NodesApi as NodesApi
    from aiodockerpy.api.plugins import PluginsApi as PluginsApi
    from aiodockerpy.api.secrets import SecretsApi as SecretsApi
    from aiodockerpy.api.services import RegistryAuthFrom as RegistryAuthFrom
    from aiodockerpy.api.services import ServicesApi as ServicesApi
    from aiodockerpy.api.swarm import SwarmApi as SwarmApi
    from aiodockerpy.api.system import DataUsageType as DataUsageType
    from aiodockerpy.api.system import SystemApi as SystemApi
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


class Api:
    """Every operation of the Engine API, by the part it belongs to.

    Args:
        transport: The session manager, or anything that acts like it.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            from aiodockerpy._docker_py import missing_attribute

            raise missing_attribute(self, name)

    @importing_property
    def containers(self) -> ContainersApi:
        """Return the operations on containers, their logs, files and checkpoints."""
        from aiodockerpy.api.containers import ContainersApi

        return ContainersApi(self.transport)

    @importing_property
    def exec(self) -> ExecApi:
        """Processes that are run in running containers."""
        from aiodockerpy.api.exec import ExecApi

        return ExecApi(self.transport)

    @importing_property
    def images(self) -> ImagesApi:
        """Images, and their way from and to registries and archives."""
        from aiodockerpy.api.images import ImagesApi

        return ImagesApi(self.transport)

    @importing_property
    def build(self) -> BuildApi:
        """The classic builder, the build cache, and the connections that BuildKit uses."""
        from aiodockerpy.api.build import BuildApi

        return BuildApi(self.transport)

    @importing_property
    def distribution(self) -> DistributionApi:
        """What a registry says of an image."""
        from aiodockerpy.api.distribution import DistributionApi

        return DistributionApi(self.transport)

    @importing_property
    def networks(self) -> NetworksApi:
        """Networks."""
        from aiodockerpy.api.networks import NetworksApi

        return NetworksApi(self.transport)

    @importing_property
    def volumes(self) -> VolumesApi:
        """Volumes."""
        from aiodockerpy.api.volumes import VolumesApi

        return VolumesApi(self.transport)

    @importing_property
    def swarm(self) -> SwarmApi:
        """The swarm this engine belongs to."""
        from aiodockerpy.api.swarm import SwarmApi

        return SwarmApi(self.transport)

    @importing_property
    def nodes(self) -> NodesApi:
        """The engines of the swarm."""
        from aiodockerpy.api.nodes import NodesApi

        return NodesApi(self.transport)

    @importing_property
    def services(self) -> ServicesApi:
        """Services of the swarm."""
        from aiodockerpy.api.services import ServicesApi

        return ServicesApi(self.transport)

    @importing_property
    def tasks(self) -> TasksApi:
        """The tasks of the swarm's services."""
        from aiodockerpy.api.tasks import TasksApi

        return TasksApi(self.transport)

    @importing_property
    def secrets(self) -> SecretsApi:
        """Secrets of the swarm."""
        from aiodockerpy.api.secrets import SecretsApi

        return SecretsApi(self.transport)

    @importing_property
    def configs(self) -> ConfigsApi:
        """Configs of the swarm."""
        from aiodockerpy.api.configs import ConfigsApi

        return ConfigsApi(self.transport)

    @importing_property
    def plugins(self) -> PluginsApi:
        """Plugins managed by the engine."""
        from aiodockerpy.api.plugins import PluginsApi

        return PluginsApi(self.transport)

    @importing_property
    def system(self) -> SystemApi:
        """The engine itself: version, events, disk usage, login."""
        from aiodockerpy.api.system import SystemApi

        return SystemApi(self.transport)
