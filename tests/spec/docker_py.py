"""What docker-py's objects can do, found in docker-py itself: every method and property, and the keywords of each."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from docker import APIClient, DockerClient
from docker.models import (
    configs,
    containers,
    images,
    networks,
    nodes,
    plugins,
    resource,
    secrets,
    services,
    swarm,
    volumes,
)
from docker.types import SwarmSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["surface"]

_OBJECTS = (resource.Model, resource.Collection)
_MODULES = (configs, containers, images, networks, nodes, plugins, secrets, services, swarm, volumes)

# Methods that pass keywords on without naming them, and where these are named.
_PASSED_ON: dict[str, Callable[..., object]] = {
    "ConfigCollection.create": APIClient.create_config,
    "ConfigCollection.list": APIClient.configs,
    "Container.attach": APIClient.attach,
    "Container.attach_socket": APIClient.attach_socket,
    "Container.commit": APIClient.commit,
    "Container.logs": APIClient.logs,
    "Container.remove": APIClient.remove_container,
    "Container.restart": APIClient.restart,
    "Container.start": APIClient.start,
    "Container.stats": APIClient.stats,
    "Container.stop": APIClient.stop,
    "Container.top": APIClient.top,
    "Container.update": APIClient.update_container,
    "Container.wait": APIClient.wait,
    "DockerClient.df": APIClient.df,
    "DockerClient.events": APIClient.events,
    "DockerClient.info": APIClient.info,
    "DockerClient.login": APIClient.login,
    "DockerClient.ping": APIClient.ping,
    "DockerClient.version": APIClient.version,
    "Image.tag": APIClient.tag,
    "ImageCollection.build": APIClient.build,
    "ImageCollection.prune_builds": APIClient.prune_builds,
    "ImageCollection.pull": APIClient.pull,
    "ImageCollection.push": APIClient.push,
    "ImageCollection.remove": APIClient.remove_image,
    "ImageCollection.search": APIClient.search,
    "Network.connect": APIClient.connect_container_to_network,
    "Network.disconnect": APIClient.disconnect_container_from_network,
    "NetworkCollection.create": APIClient.create_network,
    "NetworkCollection.get": APIClient.inspect_network,
    "NetworkCollection.list": APIClient.networks,
    "NodeCollection.list": APIClient.nodes,
    "SecretCollection.create": APIClient.create_secret,
    "SecretCollection.list": APIClient.secrets,
    "Service.logs": APIClient.service_logs,
    "ServiceCollection.list": APIClient.services,
    "Swarm.join": APIClient.join_swarm,
    "Swarm.leave": APIClient.leave_swarm,
    "VolumeCollection.create": APIClient.create_volume,
    "VolumeCollection.list": APIClient.volumes,
}
# What these low-level methods act on is the object itself.
_SUBJECTS = {"container", "net_id", "network", "service", "image", "self", "is_tty", "decode"}
_OF_CONTAINERS = {
    *containers.RUN_CREATE_KWARGS,
    *containers.RUN_HOST_CONFIG_KWARGS,
    *("ports", "volumes", "network", "networking_config"),
}
_OF_SERVICES = {
    *services.CONTAINER_SPEC_KWARGS,
    *services.TASK_TEMPLATE_KWARGS,
    *services.CREATE_SERVICE_KWARGS,
    *services.PLACEMENT_KWARGS,
    *("container_labels", "log_driver", "log_driver_options"),
}
_TOLD_ELSEWHERE = {
    "ContainerCollection.create": _OF_CONTAINERS,
    "ContainerCollection.run": {*_OF_CONTAINERS, "stream"},
    "ServiceCollection.create": _OF_SERVICES,
    "Service.update": {*_OF_SERVICES, "force_update", "fetch_current_spec"},
    "Swarm.init": set(inspect.signature(SwarmSpec).parameters) - {"version"} | {"external_ca"},
    "Swarm.update": set(inspect.signature(SwarmSpec).parameters) - {"version"} | {"external_ca"},
}
_PLUMBING = {"model", "id_attribute", "prepare_model", "client", "collection", "api", "from_env", "from_context"}


def surface() -> dict[str, frozenset[str]]:
    """Return the keywords of every method, and no keywords for every property, by ``Class.name``."""
    return {name: frozenset(_keywords(name, member)) for name, member in _members()}


def _members() -> Iterator[tuple[str, object]]:
    for kind in _classes():
        for name, member in inspect.getmembers(kind):
            if name.startswith("_") or name in _PLUMBING or (kind is DockerClient and isinstance(member, property)):
                continue
            if member is not getattr(resource.Collection, name, None):  # those only say that there is none
                yield f"{kind.__name__}.{name}", member


def _classes() -> Iterator[type]:
    yield DockerClient
    for module in _MODULES:
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, _OBJECTS) and kind.__module__ == module.__name__:
                yield kind


def _keywords(name: str, member: object) -> Iterable[str]:
    if not callable(member):
        return ()
    found = set(_named(member)) - {"self"}
    if passed_on := _PASSED_ON.get(name):
        found |= (set(_named(passed_on)) - _SUBJECTS) | _TAKEN_OUT.get(name, set())
        return found - {"args", "kwargs"}
    if any(kind.kind is kind.VAR_KEYWORD for kind in inspect.signature(member).parameters.values()):
        return found | _TOLD_ELSEWHERE[name]
    return found


# Keywords of the object that are not those of the low-level method it calls, or that look like its subject.
_TAKEN_OUT = {
    "Container.stats": {"decode"},
    "DockerClient.events": {"decode"},
    "ImageCollection.pull": {"decode"},
    "ImageCollection.push": {"decode"},
    "ImageCollection.remove": {"image"},
    "NetworkCollection.list": {"greedy"},
}


def _named(function: Callable[..., object]) -> list[str]:
    parameters = inspect.signature(inspect.unwrap(function)).parameters.values()
    return [found.name for found in parameters if found.kind not in {found.VAR_KEYWORD, found.VAR_POSITIONAL}]
