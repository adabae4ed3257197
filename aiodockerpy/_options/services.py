"""docker-py's flat keywords for services, and the specification they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypedDict

from aiodockerpy import models
from aiodockerpy._options.containers import environment_list, split
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.models._base import Model, to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "ServiceOptions",
    "container_json",
    "endpoint_json",
    "host_lines",
    "merged",
    "mode_json",
    "mount_json",
    "network_json",
    "placement_json",
    "service_json",
]

_MOUNT_PARTS: Final = 3


class ServiceOptions(TypedDict, total=False):
    """What a service is to be; one that is not given, or is ``None``, is left to the engine (or, updating, as it is).

    Where a model is named, a mapping in the engine's JSON does as well.
    """

    args: Sequence[str] | None
    """Arguments of the command."""
    cap_add: Sequence[str] | None
    """Capabilities beyond the default ones."""
    cap_drop: Sequence[str] | None
    """Default capabilities to do without."""
    configs: Sequence[models.ServiceConfigReference | Mapping[str, Any]] | None
    """Configs that the containers see."""
    constraints: Sequence[str] | None
    """Which nodes may run it: ``["node.role == worker"]``."""
    container_labels: Mapping[str, str] | None
    """Labels of the containers."""
    dns_config: models.DNSConfig | Mapping[str, Any] | None
    """Name servers of the containers."""
    endpoint_spec: models.EndpointSpec | Mapping[str, Any] | None
    """How it is reached; ``Ports`` may be ``{published: target}`` or ``{published: (target, protocol, mode)}``."""
    env: Mapping[str, object] | Sequence[str] | None
    """Environment: a mapping, or ``NAME=value``."""
    force_update: int | None
    """Another number than before replaces the tasks though nothing else changes."""
    groups: Sequence[str] | None
    """Further groups of the command."""
    healthcheck: models.HealthConfig | Mapping[str, Any] | None
    """How health is tested."""
    hostname: str | None
    """Host name of the containers."""
    hosts: Mapping[str, str] | Sequence[str] | None
    """Lines of ``/etc/hosts``: name to address, or ``address name``."""
    init: bool | None
    """Whether an init process forwards signals and reaps."""
    isolation: str | None
    """How containers are kept apart; Windows."""
    labels: Mapping[str, str] | None
    """Labels of the service."""
    log_driver: str | None
    """Log driver of the containers."""
    log_driver_options: Mapping[str, str] | None
    """Its options."""
    maxreplicas: int | None
    """Tasks on one node at most."""
    mode: str | models.ServiceMode | Mapping[str, Any] | None
    """``replicated``, ``global``, ``replicated-job``, ``global-job``, or with their numbers."""
    mounts: Sequence[str | models.Mount | Mapping[str, Any]] | None
    """What is mounted; text is ``source:target[:rw]``, read only with any other third part."""
    name: str | None
    """Name of the service."""
    networks: Sequence[str | models.NetworkAttachmentConfig | Mapping[str, Any]] | None
    """Networks it is on."""
    open_stdin: bool | None
    """Whether stdin is kept open."""
    platforms: Sequence[tuple[str, str]] | None
    """Architecture and system of nodes that may run it: ``[("x86_64", "linux")]``."""
    preferences: Sequence[tuple[str, str] | models.PlacementPreference | Mapping[str, Any]] | None
    """How tasks are spread: ``[("spread", "node.labels.zone")]``."""
    privileges: models.Privileges | Mapping[str, Any] | None
    """Security options of the containers."""
    read_only: bool | None
    """Whether their root file system can only be read."""
    resources: models.ResourceRequirements | Mapping[str, Any] | None
    """Limits and reservations."""
    restart_policy: models.TaskRestartPolicy | Mapping[str, Any] | None
    """When tasks are started again."""
    rollback_config: models.UpdateConfig | Mapping[str, Any] | None
    """How it is rolled back."""
    secrets: Sequence[models.SecretReference | Mapping[str, Any]] | None
    """Secrets that the containers see."""
    stop_grace_period: int | None
    """Nanoseconds until a container that does not stop is killed."""
    stop_signal: str | None
    """Signal that asks containers to stop."""
    sysctls: Mapping[str, str] | None
    """Kernel parameters."""
    tty: bool | None
    """Whether containers have a terminal."""
    update_config: models.UpdateConfig | Mapping[str, Any] | None
    """How it is updated."""
    user: str | None
    """User of the command."""
    workdir: str | None
    """Directory the command starts in."""


def service_json(image: str | None, command: str | Sequence[str] | None, options: ServiceOptions) -> dict[str, Any]:
    """Make the part of a service's specification that the keywords tell, in the engine's JSON.

    Args:
        image: The image; left out if ``None``.
        command: What is started; text is split as a shell would. Left out if ``None``.
        options: The keywords; left as they are.

    Raises:
        TypeError: There is no such keyword.
        InvalidArgument: A value cannot be.
        pydantic.ValidationError: A mapping has an unknown field.
    """
    for name in options:
        if name not in ServiceOptions.__annotations__:
            raise TypeError(f"got an unexpected keyword argument '{name}'")
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    container = container_json(image, command, given)
    task = _fields(_TASK, given)
    if placement := placement_json(given):
        task["Placement"] = placement
    if "log_driver" in given or "log_driver_options" in given:
        task["LogDriver"] = _log_driver(given)
    if container:
        task["ContainerSpec"] = container
    spec = _fields(_SERVICE, given)
    if task:
        spec["TaskTemplate"] = task
    return spec


def container_json(image: str | None, command: str | Sequence[str] | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make the part of a specification that tells of the containers; other keywords are left alone."""
    container = _fields(_CONTAINER, given)
    if image is not None:
        container["Image"] = image
    if command is not None:
        container["Command"] = split(command)
    return container


def placement_json(given: Mapping[str, Any]) -> dict[str, Any]:
    """Make the part of a specification that tells where tasks run; other keywords are left alone."""
    return _fields(_PLACEMENT, given)


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Put what changes over present settings: by field in the task and its container, whole otherwise."""
    found = {**base, **change}
    for name in ("TaskTemplate", "ContainerSpec"):
        if name in base and name in change:
            found[name] = merged(base[name], change[name])
    return found


def _fields(table: Mapping[str, tuple[str, Callable[[Any], Any]]], given: Mapping[str, Any]) -> dict[str, Any]:
    return {table[name][0]: table[name][1](value) for name, value in given.items() if name in table}


def _log_driver(given: Mapping[str, Any]) -> dict[str, Any]:
    if "log_driver" not in given:
        raise InvalidArgument("log_driver_options without log_driver")
    options = given.get("log_driver_options")
    return {"Name": given["log_driver"], **({"Options": dict(options)} if options is not None else {})}


# ---- shapes


def _same(value: object) -> object:
    return value


def _model(kind: type[Model]) -> Callable[[Any], Any]:
    return lambda value: to_wire(value if isinstance(value, kind) else kind.model_validate(dict(value)))


def _models(kind: type[Model]) -> Callable[[Any], Any]:
    one = _model(kind)
    return lambda values: [one(value) for value in values]


def host_lines(value: Mapping[str, str] | Sequence[str]) -> list[str]:
    """Bring more names of hosts into the form of ``/etc/hosts``: ``address name``."""
    if not isinstance(value, Mapping):
        return list(value)
    return [f"{address} {name}" for name, address in sorted(value.items())]


def _mounts(values: Sequence[str | models.Mount | Mapping[str, Any]]) -> list[Any]:
    one = _model(models.Mount)
    return [mount_json(value) if isinstance(value, str) else one(value) for value in values]


def mount_json(text: str) -> dict[str, Any]:
    """Read a mount in short form: ``source:target[:rw]``, read only with any other third part."""
    parts = text.split(":")
    if len(parts) > _MOUNT_PARTS or not all(parts):
        raise InvalidArgument(f"mounts: {text!r} is not source:target[:mode]")
    if len(parts) == 1:
        return {"Target": text, "Type": "volume", "ReadOnly": False}
    source, target, *mode = parts
    kind = "bind" if source.startswith(("/", ".", "~")) else "volume"
    return {"Target": target, "Source": source, "Type": kind, "ReadOnly": bool(mode) and mode[0] != "rw"}


def _networks(values: Sequence[str | models.NetworkAttachmentConfig | Mapping[str, Any]]) -> list[Any]:
    return [network_json(value) for value in values]


def network_json(value: str | models.NetworkAttachmentConfig | Mapping[str, Any]) -> dict[str, Any]:
    """Make the attachment to a network, of which only the name may be given."""
    if isinstance(value, str):
        return {"Target": value}
    attachment: dict[str, Any] = _model(models.NetworkAttachmentConfig)(value)
    return attachment


def _preferences(values: Sequence[tuple[str, str] | models.PlacementPreference | Mapping[str, Any]]) -> list[Any]:
    one = _model(models.PlacementPreference)
    return [_spread(*value) if isinstance(value, tuple) else one(value) for value in values]


def _spread(strategy: str, descriptor: str) -> dict[str, Any]:
    if strategy != "spread":
        raise InvalidArgument(f"preferences: {strategy!r} is unknown; there is only 'spread'")
    return {"Spread": {"SpreadDescriptor": descriptor}}


def _platforms(values: Sequence[tuple[str, str]]) -> list[Any]:
    return [{"Architecture": architecture, "OS": system} for architecture, system in values]


def endpoint_json(value: models.EndpointSpec | Mapping[str, Any]) -> Any:
    """Make the endpoint of a service; ``Ports`` may be a mapping, see `ServiceOptions`."""
    if isinstance(value, models.EndpointSpec):
        return to_wire(value)
    fields = dict(value)
    if isinstance(fields.get("Ports"), Mapping):
        fields["Ports"] = [_port(published, target) for published, target in fields["Ports"].items()]
    return _model(models.EndpointSpec)(fields)


def _port(published: int, target: Any) -> dict[str, Any]:
    parts: list[Any] = [*target] if isinstance(target, tuple) else [target]
    number, protocol, mode = [*parts, None, None][:3]
    port: dict[str, Any] = {"Protocol": protocol or "tcp", "PublishedPort": published, "TargetPort": number}
    return port if mode is None else {**port, "PublishMode": mode}


_MODES = {
    "replicated": "Replicated",
    "global": "Global",
    "replicated-job": "ReplicatedJob",
    "global-job": "GlobalJob",
}


def mode_json(value: str | models.ServiceMode | Mapping[str, Any]) -> Any:
    """Make the mode of a service, of which only the name may be given."""
    if isinstance(value, models.ServiceMode):
        return to_wire(value)
    if not isinstance(value, str):  # docker-py's type has small letters
        return _model(models.ServiceMode)({_MODES.get(name, name): fields for name, fields in value.items()})
    if value not in _MODES:
        raise InvalidArgument(f"mode: {value!r} is none of {', '.join(_MODES)}")
    return {_MODES[value]: {}}


# Keyword: the field it becomes, and how.
_CONTAINER: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "args": ("Args", list),
    "cap_add": ("CapabilityAdd", list),
    "cap_drop": ("CapabilityDrop", list),
    "configs": ("Configs", _models(models.ServiceConfigReference)),
    "container_labels": ("Labels", dict),
    "dns_config": ("DNSConfig", _model(models.DNSConfig)),
    "env": ("Env", environment_list),
    "groups": ("Groups", list),
    "healthcheck": ("Healthcheck", _model(models.HealthConfig)),
    "hostname": ("Hostname", _same),
    "hosts": ("Hosts", host_lines),
    "init": ("Init", _same),
    "isolation": ("Isolation", _same),
    "mounts": ("Mounts", _mounts),
    "open_stdin": ("OpenStdin", _same),
    "privileges": ("Privileges", _model(models.Privileges)),
    "read_only": ("ReadOnly", _same),
    "secrets": ("Secrets", _models(models.SecretReference)),
    "stop_grace_period": ("StopGracePeriod", _same),
    "stop_signal": ("StopSignal", _same),
    "sysctls": ("Sysctls", dict),
    "tty": ("TTY", _same),
    "user": ("User", _same),
    "workdir": ("Dir", _same),
}
_TASK: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "force_update": ("ForceUpdate", int),
    "networks": ("Networks", _networks),
    "resources": ("Resources", _model(models.ResourceRequirements)),
    "restart_policy": ("RestartPolicy", _model(models.TaskRestartPolicy)),
}
_PLACEMENT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "constraints": ("Constraints", list),
    "maxreplicas": ("MaxReplicas", _same),
    "platforms": ("Platforms", _platforms),
    "preferences": ("Preferences", _preferences),
}
_SERVICE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "endpoint_spec": ("EndpointSpec", endpoint_json),
    "labels": ("Labels", dict),
    "mode": ("Mode", mode_json),
    "name": ("Name", _same),
    "rollback_config": ("RollbackConfig", _model(models.UpdateConfig)),
    "update_config": ("UpdateConfig", _model(models.UpdateConfig)),
}
