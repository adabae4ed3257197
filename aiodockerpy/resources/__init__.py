"""docker-py's collections and objects: behaviour built on the operations of `aiodockerpy.api`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy.resources.attach import AttachedProcess
    from aiodockerpy.resources.configs import Config, ConfigCollection
    from aiodockerpy.resources.containers import Container, ContainerCollection
    from aiodockerpy.resources.events import EventsLost, EventStream, Resync
    from aiodockerpy.resources.exec import ExecProcess, ExecResult
    from aiodockerpy.resources.images import Image, ImageCollection
    from aiodockerpy.resources.logs import LogFollower
    from aiodockerpy.resources.networks import Network, NetworkCollection
    from aiodockerpy.resources.nodes import Node, NodeCollection
    from aiodockerpy.resources.options import ContainerOptions
    from aiodockerpy.resources.plugins import Plugin, PluginCollection
    from aiodockerpy.resources.process import ProcessHandle, ProcessInput, ProcessOutput
    from aiodockerpy.resources.registry_data import RegistryData
    from aiodockerpy.resources.secrets import Secret, SecretCollection
    from aiodockerpy.resources.services import Service, ServiceCollection, ServiceOptions
    from aiodockerpy.resources.stats import StatsStream
    from aiodockerpy.resources.swarm import Swarm, SwarmOptions
    from aiodockerpy.resources.volumes import Volume, VolumeCollection
    from aiodockerpy.resources.watch import Change, View

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
    "AttachedProcess": "attach",
    "Change": "watch",
    "Config": "configs",
    "ConfigCollection": "configs",
    "Container": "containers",
    "ContainerCollection": "containers",
    "ContainerOptions": "options",
    "EventStream": "events",
    "EventsLost": "events",
    "ExecProcess": "exec",
    "ExecResult": "exec",
    "Image": "images",
    "ImageCollection": "images",
    "LogFollower": "logs",
    "Network": "networks",
    "NetworkCollection": "networks",
    "Node": "nodes",
    "NodeCollection": "nodes",
    "Plugin": "plugins",
    "PluginCollection": "plugins",
    "ProcessHandle": "process",
    "ProcessInput": "process",
    "ProcessOutput": "process",
    "RegistryData": "registry_data",
    "Resync": "events",
    "Secret": "secrets",
    "SecretCollection": "secrets",
    "Service": "services",
    "ServiceCollection": "services",
    "ServiceOptions": "services",
    "StatsStream": "stats",
    "Swarm": "swarm",
    "SwarmOptions": "swarm",
    "View": "watch",
    "Volume": "volumes",
    "VolumeCollection": "volumes",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
