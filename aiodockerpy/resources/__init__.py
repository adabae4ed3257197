"""docker-py's collections and objects: behaviour built on the operations of `aiodockerpy.api`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._options.containers import ContainerOptions
    from aiodockerpy.resources._following.events import EventsLost, EventStream, Resync
    from aiodockerpy.resources._following.logs import LogFollower
    from aiodockerpy.resources._following.stats import StatsStream
    from aiodockerpy.resources._following.view import Change, View
    from aiodockerpy.resources._processes.attach import AttachedProcess
    from aiodockerpy.resources._processes.exec import ExecProcess, ExecResult
    from aiodockerpy.resources._processes.handle import ProcessHandle, ProcessInput, ProcessOutput
    from aiodockerpy.resources.configs import Config, ConfigCollection
    from aiodockerpy.resources.container import Container
    from aiodockerpy.resources.containers import ContainerCollection
    from aiodockerpy.resources.images import Image, ImageCollection
    from aiodockerpy.resources.networks import Network, NetworkCollection
    from aiodockerpy.resources.nodes import Node, NodeCollection
    from aiodockerpy.resources.plugins import Plugin, PluginCollection
    from aiodockerpy.resources.registry_data import RegistryData
    from aiodockerpy.resources.secrets import Secret, SecretCollection
    from aiodockerpy.resources.services import Service, ServiceCollection, ServiceOptions
    from aiodockerpy.resources.swarm import Swarm, SwarmOptions
    from aiodockerpy.resources.volumes import Volume, VolumeCollection

__all__ = [
    "AttachedProcess",
    "Change",
    "Config",
    "ConfigCollection",
    "Container",
    "ContainerCollection",
    "ContainerOptions",
    "EventStream",
    "EventsLost",
    "ExecProcess",
    "ExecResult",
    "Image",
    "ImageCollection",
    "LogFollower",
    "Network",
    "NetworkCollection",
    "Node",
    "NodeCollection",
    "Plugin",
    "PluginCollection",
    "ProcessHandle",
    "ProcessInput",
    "ProcessOutput",
    "RegistryData",
    "Resync",
    "Secret",
    "SecretCollection",
    "Service",
    "ServiceCollection",
    "ServiceOptions",
    "StatsStream",
    "Swarm",
    "SwarmOptions",
    "View",
    "Volume",
    "VolumeCollection",
]

_HOME = {
    "AttachedProcess": "aiodockerpy.resources._processes.attach",
    "Change": "aiodockerpy.resources._following.view",
    "Config": "aiodockerpy.resources.configs",
    "ConfigCollection": "aiodockerpy.resources.configs",
    "Container": "aiodockerpy.resources.container",
    "ContainerCollection": "aiodockerpy.resources.containers",
    "ContainerOptions": "aiodockerpy._options.containers",
    "EventStream": "aiodockerpy.resources._following.events",
    "EventsLost": "aiodockerpy.resources._following.events",
    "ExecProcess": "aiodockerpy.resources._processes.exec",
    "ExecResult": "aiodockerpy.resources._processes.exec",
    "Image": "aiodockerpy.resources.images",
    "ImageCollection": "aiodockerpy.resources.images",
    "LogFollower": "aiodockerpy.resources._following.logs",
    "Network": "aiodockerpy.resources.networks",
    "NetworkCollection": "aiodockerpy.resources.networks",
    "Node": "aiodockerpy.resources.nodes",
    "NodeCollection": "aiodockerpy.resources.nodes",
    "Plugin": "aiodockerpy.resources.plugins",
    "PluginCollection": "aiodockerpy.resources.plugins",
    "ProcessHandle": "aiodockerpy.resources._processes.handle",
    "ProcessInput": "aiodockerpy.resources._processes.handle",
    "ProcessOutput": "aiodockerpy.resources._processes.handle",
    "RegistryData": "aiodockerpy.resources.registry_data",
    "Resync": "aiodockerpy.resources._following.events",
    "Secret": "aiodockerpy.resources.secrets",
    "SecretCollection": "aiodockerpy.resources.secrets",
    "Service": "aiodockerpy.resources.services",
    "ServiceCollection": "aiodockerpy.resources.services",
    "ServiceOptions": "aiodockerpy.resources.services",
    "StatsStream": "aiodockerpy.resources._following.stats",
    "Swarm": "aiodockerpy.resources.swarm",
    "SwarmOptions": "aiodockerpy.resources.swarm",
    "View": "aiodockerpy.resources._following.view",
    "Volume": "aiodockerpy.resources.volumes",
    "VolumeCollection": "aiodockerpy.resources.volumes",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
