"""Filters of the operations that list, watch or clean up.

A value is a text, a boolean, a number, or a collection of them. Values of one name are alternatives (of ``label`` all
must fit); an object must fit every name given. A name that the operation does not know is refused before anything is
sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, TypedDict

from aiodockerpy._protocol.query import FilterValue

__all__ = [
    "BuildPruneFilters",
    "ConfigListFilters",
    "ContainerListFilters",
    "ContainerPruneFilters",
    "EventsFilters",
    "Filters",
    "ImageListFilters",
    "ImagePruneFilters",
    "ImageSearchFilters",
    "NetworkListFilters",
    "NetworkPruneFilters",
    "NodeListFilters",
    "PluginListFilters",
    "SecretListFilters",
    "ServiceListFilters",
    "TaskListFilters",
    "VolumeListFilters",
    "VolumePruneFilters",
]

Filters: TypeAlias = Mapping[str, FilterValue]
"""Filters as a plain mapping, such as a ``dict`` that was made before; names are checked when the call is made."""

ContainerListFilters = TypedDict(
    "ContainerListFilters",
    {
        "ancestor": FilterValue,
        "before": FilterValue,
        "exited": FilterValue,
        "expose": FilterValue,
        "health": FilterValue,
        "id": FilterValue,
        "is-task": FilterValue,
        "isolation": FilterValue,
        "label": FilterValue,
        "name": FilterValue,
        "network": FilterValue,
        "publish": FilterValue,
        "since": FilterValue,
        "status": FilterValue,
        "volume": FilterValue,
    },
    total=False,
)
"""Which containers to list.

- ``ancestor``: image it was made of, or one that image is built on: ``name[:tag]``, id or digest.
- ``before``: made before this container.
- ``exited``: exit code.
- ``expose``: exposed port: ``80/tcp`` or ``8000-8010``.
- ``health``: ``starting``, ``healthy``, ``unhealthy`` or ``none``.
- ``id``: id, or a part of it.
- ``is-task``: whether it belongs to a service.
- ``isolation``: ``default``, ``process`` or ``hyperv``; Windows only.
- ``label``: ``name`` or ``name=value``.
- ``name``: part of the name, or a regular expression.
- ``network``: id or name of a network it is on.
- ``publish``: published port, as ``expose``.
- ``since``: made after this container.
- ``status``: ``created``, ``running``, ``paused``, ``restarting``, ``removing``, ``exited`` or ``dead``.
- ``volume``: volume, or path of a mount.
"""

ContainerPruneFilters = TypedDict(
    "ContainerPruneFilters",
    {
        "label": FilterValue,
        "label!": FilterValue,
        "until": FilterValue,
    },
    total=False,
)
"""Which stopped containers to remove.

- ``label``: ``name`` or ``name=value``.
- ``label!``: not this label.
- ``until``: made before: a time, or a duration back from now such as ``10m``.
"""

ImageListFilters = TypedDict(
    "ImageListFilters",
    {
        "before": FilterValue,
        "dangling": FilterValue,
        "label": FilterValue,
        "label!": FilterValue,
        "reference": FilterValue,
        "since": FilterValue,
        "until": FilterValue,
    },
    total=False,
)
"""Which images to list.

- ``before``: made before this image.
- ``dangling``: whether it has no name.
- ``label``: ``name`` or ``name=value``.
- ``label!``: not this label.
- ``reference``: name, with ``*``.
- ``since``: made after this image.
- ``until``: made before: a time, or a duration back from now.
"""

ImageSearchFilters = TypedDict(
    "ImageSearchFilters",
    {
        "is-automated": FilterValue,
        "is-official": FilterValue,
        "stars": FilterValue,
    },
    total=False,
)
"""Which images to find.

- ``is-automated``: whether it was built by Docker Hub.
- ``is-official``: whether it is an official image.
- ``stars``: at least so many stars.
"""

ImagePruneFilters = TypedDict(
    "ImagePruneFilters",
    {
        "dangling": FilterValue,
        "label": FilterValue,
        "label!": FilterValue,
        "until": FilterValue,
    },
    total=False,
)
"""Which unused images to remove.

- ``dangling``: ``True``: only images without a name; ``False``: all that no container uses.
- ``label``: ``name`` or ``name=value``.
- ``label!``: not this label.
- ``until``: made before: a time, or a duration back from now.
"""

BuildPruneFilters = TypedDict(
    "BuildPruneFilters",
    {
        "description": FilterValue,
        "id": FilterValue,
        "inuse": FilterValue,
        "parent": FilterValue,
        "private": FilterValue,
        "shared": FilterValue,
        "type": FilterValue,
        "until": FilterValue,
        "unused-for": FilterValue,
    },
    total=False,
)
"""Which records of the build cache to remove.

- ``description``: description.
- ``id``: id.
- ``inuse``: in use.
- ``parent``: id of its parent.
- ``private``: not shared.
- ``shared``: shared.
- ``type``: kind, such as ``regular`` or ``source.local``.
- ``until``: not used since: a time, or a duration back from now.
- ``unused-for``: not used for this duration.
"""


class NetworkListFilters(TypedDict, total=False):
    """Which networks to list."""

    dangling: FilterValue
    """Whether no container uses it."""
    driver: FilterValue
    """Driver."""
    id: FilterValue
    """Id, or a part of it."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Part of the name."""
    scope: FilterValue
    """``swarm``, ``global`` or ``local``."""
    type: FilterValue
    """``custom`` or ``builtin``."""


NetworkPruneFilters = TypedDict(
    "NetworkPruneFilters",
    {
        "label": FilterValue,
        "label!": FilterValue,
        "until": FilterValue,
    },
    total=False,
)
"""Which unused networks to remove.

- ``label``: ``name`` or ``name=value``.
- ``label!``: not this label.
- ``until``: made before: a time, or a duration back from now.
"""


class VolumeListFilters(TypedDict, total=False):
    """Which volumes to list."""

    dangling: FilterValue
    """Whether no container uses it."""
    driver: FilterValue
    """Driver."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Part of the name."""


VolumePruneFilters = TypedDict(
    "VolumePruneFilters",
    {
        "all": FilterValue,
        "label": FilterValue,
        "label!": FilterValue,
    },
    total=False,
)
"""Which unused volumes to remove.

- ``all``: named volumes too, not only anonymous ones (API 1.42+).
- ``label``: ``name`` or ``name=value``.
- ``label!``: not this label.
"""

NodeListFilters = TypedDict(
    "NodeListFilters",
    {
        "id": FilterValue,
        "label": FilterValue,
        "membership": FilterValue,
        "name": FilterValue,
        "node.label": FilterValue,
        "role": FilterValue,
    },
    total=False,
)
"""Which nodes to list.

- ``id``: beginning of the id.
- ``label``: label of its engine.
- ``membership``: ``accepted`` or ``pending``.
- ``name``: beginning of the name.
- ``node.label``: label of the node: ``name`` or ``name=value``.
- ``role``: ``manager`` or ``worker``.
"""


class ServiceListFilters(TypedDict, total=False):
    """Which services to list."""

    id: FilterValue
    """Beginning of the id."""
    label: FilterValue
    """``name`` or ``name=value``."""
    mode: FilterValue
    """``replicated``, ``global``, ``replicated-job`` or ``global-job``."""
    name: FilterValue
    """Beginning of the name."""
    runtime: FilterValue
    """``container`` or ``plugin``."""


TaskListFilters = TypedDict(
    "TaskListFilters",
    {
        "_up-to-date": FilterValue,
        "desired-state": FilterValue,
        "id": FilterValue,
        "label": FilterValue,
        "name": FilterValue,
        "node": FilterValue,
        "runtime": FilterValue,
        "service": FilterValue,
    },
    total=False,
)
"""Which tasks to list.

- ``_up-to-date``: whether it fits the service as it is now.
- ``desired-state``: ``running``, ``shutdown`` or ``accepted``.
- ``id``: beginning of the id.
- ``label``: ``name`` or ``name=value``.
- ``name``: beginning of the name.
- ``node``: id or name of its node.
- ``runtime``: ``container`` or ``plugin``.
- ``service``: name or id of its service.
"""


class SecretListFilters(TypedDict, total=False):
    """Which secrets to list."""

    id: FilterValue
    """Beginning of the id."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Part of the name."""
    names: FilterValue
    """Whole name."""


class ConfigListFilters(TypedDict, total=False):
    """Which configs to list."""

    id: FilterValue
    """Beginning of the id."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Part of the name."""


class PluginListFilters(TypedDict, total=False):
    """Which plugins to list."""

    capability: FilterValue
    """Capability, such as ``volumedriver``."""
    enabled: FilterValue
    """Whether it is enabled."""


class EventsFilters(TypedDict, total=False):
    """Which events to watch."""

    config: FilterValue
    """Name or id of a config."""
    container: FilterValue
    """Name or id of a container."""
    daemon: FilterValue
    """Name or id of the engine."""
    event: FilterValue
    """Action, such as ``die``."""
    image: FilterValue
    """Reference or id of an image."""
    label: FilterValue
    """Label of a container or image: ``name`` or ``name=value``."""
    network: FilterValue
    """Name or id of a network."""
    node: FilterValue
    """Id of a node."""
    plugin: FilterValue
    """Name or id of a plugin."""
    scope: FilterValue
    """``local`` or ``swarm``."""
    secret: FilterValue
    """Name or id of a secret."""
    service: FilterValue
    """Name or id of a service."""
    type: FilterValue
    """Kind of object, see `EventType`."""
    volume: FilterValue
    """Name of a volume."""
