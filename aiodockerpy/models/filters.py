"""Filters of the operations that list, watch or clean up.

A value is a text, a boolean, a number, or a collection of them. Values of one name are alternatives (of ``label`` all
must fit); an object must fit every name given. A name that the operation does not have is refused before anything is
sent.
"""

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

Filters: TypeAlias = Mapping[str, object]
"""Filters as a plain mapping, such as a ``dict`` that was made before; names and values are checked by the call."""

_ContainerList = TypedDict("_ContainerList", {"is-task": FilterValue}, total=False)


class ContainerListFilters(_ContainerList, total=False):
    """Which containers to list.

    - ``is-task``: whether it belongs to a service.
    """

    ancestor: FilterValue
    """Image it was made of, or one that image is built on: ``name[:tag]``, id or digest."""
    before: FilterValue
    """Made before this container."""
    exited: FilterValue
    """Exit code."""
    expose: FilterValue
    """Exposed port: ``80/tcp`` or ``8000-8010``."""
    health: FilterValue
    """``starting``, ``healthy``, ``unhealthy`` or ``none``."""
    id: FilterValue
    """Id, or a part of it."""
    isolation: FilterValue
    """``default``, ``process`` or ``hyperv``; Windows only."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Part of the name, or a regular expression."""
    network: FilterValue
    """Id or name of a network it is on."""
    publish: FilterValue
    """Published port, as ``expose``."""
    since: FilterValue
    """Made after this container."""
    status: FilterValue
    """``created``, ``running``, ``paused``, ``restarting``, ``removing``, ``exited`` or ``dead``."""
    volume: FilterValue
    """Volume, or path of a mount."""


_NotLabel = TypedDict("_NotLabel", {"label!": FilterValue}, total=False)


class ContainerPruneFilters(_NotLabel, total=False):
    """Which stopped containers to remove.

    - ``label!``: not this label.
    """

    label: FilterValue
    """``name`` or ``name=value``."""
    until: FilterValue
    """Made before: a time, or a duration back from now such as ``10m``."""


class ImageListFilters(_NotLabel, total=False):
    """Which images to list.

    - ``label!``: not this label.
    """

    before: FilterValue
    """Made before this image."""
    dangling: FilterValue
    """Whether it has no name."""
    label: FilterValue
    """``name`` or ``name=value``."""
    reference: FilterValue
    """Name, with ``*``."""
    since: FilterValue
    """Made after this image."""
    until: FilterValue
    """Made before: a time, or a duration back from now."""


_ImageSearch = TypedDict("_ImageSearch", {"is-automated": FilterValue, "is-official": FilterValue}, total=False)


class ImageSearchFilters(_ImageSearch, total=False):
    """Which images to find.

    - ``is-automated``: whether it was built by Docker Hub.
    - ``is-official``: whether it is an official image.
    """

    stars: FilterValue
    """The least number of stars."""


class ImagePruneFilters(_NotLabel, total=False):
    """Which unused images to remove.

    - ``label!``: not this label.
    """

    dangling: FilterValue
    """``True``: only images without a name; ``False``: all that no container uses."""
    label: FilterValue
    """``name`` or ``name=value``."""
    until: FilterValue
    """Made before: a time, or a duration back from now."""


_BuildPrune = TypedDict("_BuildPrune", {"unused-for": FilterValue}, total=False)


class BuildPruneFilters(_BuildPrune, total=False):
    """Which records of the build cache to remove.

    - ``unused-for``: not used for this duration.
    """

    description: FilterValue
    """Description."""
    id: FilterValue
    """Id."""
    inuse: FilterValue
    """In use."""
    parent: FilterValue
    """Id of its parent."""
    private: FilterValue
    """Not shared."""
    shared: FilterValue
    """Shared."""
    type: FilterValue
    """Kind, such as ``regular`` or ``source.local``."""
    until: FilterValue
    """Not used since: a time, or a duration back from now."""


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


class NetworkPruneFilters(_NotLabel, total=False):
    """Which unused networks to remove.

    - ``label!``: not this label.
    """

    label: FilterValue
    """``name`` or ``name=value``."""
    until: FilterValue
    """Made before: a time, or a duration back from now."""


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


class VolumePruneFilters(_NotLabel, total=False):
    """Which unused volumes to remove.

    - ``label!``: not this label.
    """

    all: FilterValue
    """Named volumes too, not only anonymous ones (API 1.42+)."""
    label: FilterValue
    """``name`` or ``name=value``."""


_NodeList = TypedDict("_NodeList", {"node.label": FilterValue}, total=False)


class NodeListFilters(_NodeList, total=False):
    """Which nodes to list.

    - ``node.label``: label of the node: ``name`` or ``name=value``.
    """

    id: FilterValue
    """Beginning of the id."""
    label: FilterValue
    """Label of its engine."""
    membership: FilterValue
    """``accepted`` or ``pending``."""
    name: FilterValue
    """Beginning of the name."""
    role: FilterValue
    """``manager`` or ``worker``."""


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


_TaskList = TypedDict("_TaskList", {"_up-to-date": FilterValue, "desired-state": FilterValue}, total=False)


class TaskListFilters(_TaskList, total=False):
    """Which tasks to list.

    - ``_up-to-date``: whether it fits the service as it is now.
    - ``desired-state``: ``running``, ``shutdown`` or ``accepted``.
    """

    id: FilterValue
    """Beginning of the id."""
    label: FilterValue
    """``name`` or ``name=value``."""
    name: FilterValue
    """Beginning of the name."""
    node: FilterValue
    """Id or name of its node."""
    runtime: FilterValue
    """``container`` or ``plugin``."""
    service: FilterValue
    """Name or id of its service."""


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
