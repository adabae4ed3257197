"""docker-py's collections and objects: behaviour built on the operations of `aiodockerpy.api`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy.resources.containers import Container, ContainerCollection
    from aiodockerpy.resources.exec import ExecProcess, ExecResult
    from aiodockerpy.resources.images import Image, ImageCollection
    from aiodockerpy.resources.networks import Network, NetworkCollection
    from aiodockerpy.resources.options import ContainerOptions
    from aiodockerpy.resources.registry_data import RegistryData
    from aiodockerpy.resources.volumes import Volume, VolumeCollection

__all__ = [
    "Container",
    "ContainerCollection",
    "ContainerOptions",
    "ExecProcess",
    "ExecResult",
    "Image",
    "ImageCollection",
    "Network",
    "NetworkCollection",
    "RegistryData",
    "Volume",
    "VolumeCollection",
]

_HOME = {
    "Container": "containers",
    "ContainerCollection": "containers",
    "ContainerOptions": "options",
    "ExecProcess": "exec",
    "ExecResult": "exec",
    "Image": "images",
    "ImageCollection": "images",
    "Network": "networks",
    "NetworkCollection": "networks",
    "RegistryData": "registry_data",
    "Volume": "volumes",
    "VolumeCollection": "volumes",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
