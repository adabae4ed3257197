"""The Engine API itself, typed: one class for each part of it, one method for each operation.

``client.api.containers.stop("web", stop_timeout=5)`` is what the engine does, no more; ``container.stop()`` and
``client.containers.run(...)`` are behaviour built on it. Each part is loaded when it is first used.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._transport.base import Transport
    from aiodockerpy.api.build import BuildApi
    from aiodockerpy.api.configs import ConfigsApi
    from aiodockerpy.api.containers import ContainersApi
    from aiodockerpy.api.distribution import DistributionApi
    from aiodockerpy.api.exec import ExecApi
    from aiodockerpy.api.images import ImagesApi
    from aiodockerpy.api.networks import NetworksApi
    from aiodockerpy.api.nodes import NodesApi
    from aiodockerpy.api.plugins import PluginsApi
    from aiodockerpy.api.secrets import SecretsApi
    from aiodockerpy.api.services import ServicesApi
    from aiodockerpy.api.swarm import SwarmApi
    from aiodockerpy.api.system import SystemApi
    from aiodockerpy.api.tasks import TasksApi
    from aiodockerpy.api.volumes import VolumesApi

__all__ = ["Api"]


class Api:
    """Every operation of the Engine API, by the part it belongs to.

    Args:
        transport: The session manager, or anything that acts like it.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            from aiodockerpy._docker_py import moved_error

            raise moved_error(self, name)

    @cached_property
    def containers(self) -> ContainersApi:
        """Containers, their logs, files and checkpoints."""
        from aiodockerpy.api.containers import ContainersApi

        return ContainersApi(self.transport)

    @cached_property
    def exec(self) -> ExecApi:
        """Processes that are run in running containers."""
        from aiodockerpy.api.exec import ExecApi

        return ExecApi(self.transport)

    @cached_property
    def images(self) -> ImagesApi:
        """Images, and their way from and to registries and archives."""
        from aiodockerpy.api.images import ImagesApi

        return ImagesApi(self.transport)

    @cached_property
    def build(self) -> BuildApi:
        """The classic builder, the build cache, and the connections that BuildKit uses."""
        from aiodockerpy.api.build import BuildApi

        return BuildApi(self.transport)

    @cached_property
    def distribution(self) -> DistributionApi:
        """What a registry says of an image."""
        from aiodockerpy.api.distribution import DistributionApi

        return DistributionApi(self.transport)

    @cached_property
    def networks(self) -> NetworksApi:
        """Networks."""
        from aiodockerpy.api.networks import NetworksApi

        return NetworksApi(self.transport)

    @cached_property
    def volumes(self) -> VolumesApi:
        """Volumes."""
        from aiodockerpy.api.volumes import VolumesApi

        return VolumesApi(self.transport)

    @cached_property
    def swarm(self) -> SwarmApi:
        """The swarm this engine belongs to."""
        from aiodockerpy.api.swarm import SwarmApi

        return SwarmApi(self.transport)

    @cached_property
    def nodes(self) -> NodesApi:
        """The engines of the swarm."""
        from aiodockerpy.api.nodes import NodesApi

        return NodesApi(self.transport)

    @cached_property
    def services(self) -> ServicesApi:
        """Services of the swarm."""
        from aiodockerpy.api.services import ServicesApi

        return ServicesApi(self.transport)

    @cached_property
    def tasks(self) -> TasksApi:
        """The tasks of the swarm's services."""
        from aiodockerpy.api.tasks import TasksApi

        return TasksApi(self.transport)

    @cached_property
    def secrets(self) -> SecretsApi:
        """Secrets of the swarm."""
        from aiodockerpy.api.secrets import SecretsApi

        return SecretsApi(self.transport)

    @cached_property
    def configs(self) -> ConfigsApi:
        """Configs of the swarm."""
        from aiodockerpy.api.configs import ConfigsApi

        return ConfigsApi(self.transport)

    @cached_property
    def plugins(self) -> PluginsApi:
        """Plugins managed by the engine."""
        from aiodockerpy.api.plugins import PluginsApi

        return PluginsApi(self.transport)

    @cached_property
    def system(self) -> SystemApi:
        """The engine itself: version, events, disk usage, login."""
        from aiodockerpy.api.system import SystemApi

        return SystemApi(self.transport)
