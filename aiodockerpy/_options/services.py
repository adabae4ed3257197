"""docker-py's flat keywords for services, and the specification they make."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from aiodockerpy._arguments import kinds
from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._arguments.kinds import Kind, either, items
from aiodockerpy._arguments.objects import instance, model
from aiodockerpy._options.mounts import MOUNTS
from aiodockerpy._options.shapes import COMMAND, HEALTHCHECK, HOST_LINES, check_names, read, timed
from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    import os

    from aiodockerpy import models
    from aiodockerpy._options.keywords import Command, Environment, KeyValues, Labels, Nanoseconds


class ServiceOptions(TypedDict, total=False):
    """The settings of a service; one that is not given, or is ``None``, is left to the engine (or, updating, as it is).

    Where a model is named, a mapping in the engine's JSON does as well.
    """

    args: Sequence[str] | None
    """Arguments of the command."""
    cap_add: Sequence[str] | None
    """Capabilities beyond the default ones."""
    cap_drop: Sequence[str] | None
    """Default capabilities to do without."""
    configs: Sequence[models.ServiceConfigReference | Mapping[str, Any]] | None
    """Configs that are mounted into the containers."""
    constraints: Sequence[str] | None
    """Which nodes may run it: ``["node.role == worker"]``."""
    container_labels: Labels | None
    """Labels of the containers."""
    dns_config: models.DNSConfig | Mapping[str, Any] | None
    """Name servers of the containers."""
    endpoint_spec: models.EndpointSpec | Mapping[str, Any] | None
    """How it is reached; ``Ports`` may be ``{published: target}`` or ``{published: (target, protocol, mode)}``."""
    env: Environment | None
    """Environment: a mapping, or ``NAME=value``."""
    force_update: int | None
    """A number other than the one before replaces the tasks even if nothing else changes."""
    groups: Sequence[str] | None
    """Further groups of the command."""
    healthcheck: models.HealthConfig | Mapping[str, Any] | None
    """How health is tested."""
    hostname: str | None
    """Host name of the containers."""
    hosts: Mapping[str, str] | Sequence[str] | None
    """Lines of ``/etc/hosts``: name to address, ``address name``, or ``name:address``."""
    init: bool | None
    """Whether an init process forwards signals and reaps."""
    isolation: str | None
    """How containers are kept apart; Windows."""
    labels: Labels | None
    """Labels of the service."""
    log_driver: str | None
    """Log driver of the containers."""
    log_driver_options: KeyValues | None
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
    platforms: Sequence[tuple[str, str] | models.Platform | Mapping[str, Any]] | None
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
    """Secrets that are mounted into the containers."""
    stop_grace_period: Nanoseconds | None
    """Time until a container that does not stop is killed: nanoseconds, a timedelta, or text such as ``"30s"``."""
    stop_signal: str | None
    """Signal that asks containers to stop."""
    sysctls: KeyValues | None
    """Kernel parameters (sysctls)."""
    tty: bool | None
    """Whether containers have a terminal."""
    update_config: models.UpdateConfig | Mapping[str, Any] | None
    """How it is updated."""
    user: str | int | None
    """User of the command."""
    workdir: str | os.PathLike[str] | None
    """Directory the command starts in."""


def service_json(image: str | None, command: Command | None, options: ServiceOptions) -> dict[str, Any]:
    """Return the part of a service's specification that the keywords set, in the engine's JSON.

    Args:
        image: The image; left out if ``None``.
        command: The command; text is split as a shell would. Left out if ``None``.
        options: The keywords; left as they are.

    Raises:
        TypeError: There is no such keyword.
        InvalidArgument: A value does not fit.
    """
    given = service_values(options)
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


def service_values(options: Mapping[str, Any]) -> ServiceOptions:
    """Return the keywords as this library has them, which can be read again.

    Raises:
        TypeError: There is no such keyword.
        InvalidArgument: A value does not fit.
    """
    check_names(options, ServiceOptions.__annotations__, "create")
    values = {name: read(_kinds()[name], value, name) for name, value in options.items() if value is not None}
    return cast("ServiceOptions", values)


def container_json(image: str | None, command: Command | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a specification that concerns the containers; other keywords are left alone."""
    container = _fields(_CONTAINER, given)
    if image is not None:
        container["Image"] = image
    if command is not None:
        container["Command"] = read(COMMAND, command, "command")
    return container


def placement_json(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a specification that says where tasks run; other keywords are left alone."""
    return _fields(_PLACEMENT, given)


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Merge changes into present settings: by field in the task and its container, whole otherwise."""
    found = {**base, **change}
    for name in ("TaskTemplate", "ContainerSpec"):
        if name in base and name in change:
            found[name] = merged(base[name], change[name])
    return found


def _to_wire(value: object) -> Any:
    from aiodockerpy.models._base import to_wire  # which loads the models

    return to_wire(value)


def _fields(table: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    return {table[name]: _to_wire(read(_kinds()[name], value, name)) for name, value in given.items() if name in table}


def _log_driver(given: Mapping[str, Any]) -> dict[str, Any]:
    if "log_driver" not in given:
        raise InvalidArgument("log_driver_options without log_driver")
    options = given.get("log_driver_options")
    driver = {"Name": read(kinds.TEXT, given["log_driver"], "log_driver")}
    return driver if options is None else {**driver, "Options": read(kinds.KEY_VALUES, options, "log_driver_options")}


# ---- shapes

NETWORK: Final = either(kinds.TEXT.then(lambda name: {"Target": name}), model("NetworkAttachmentConfig"))


def network_json(value: str | models.NetworkAttachmentConfig | Mapping[str, Any]) -> dict[str, Any]:
    """Return the attachment to a network, of which only the name may be given."""
    return cast("dict[str, Any]", _to_wire(read(NETWORK, value, "network")))


def _spread(parts: tuple[str, str]) -> dict[str, Any]:
    strategy, descriptor = parts
    if strategy != "spread":
        raise Unfit(strategy, "'spread'", is_type=False)
    return {"Spread": {"SpreadDescriptor": descriptor}}


_PREFERENCE: Final = either(kinds.pair((kinds.TEXT, kinds.TEXT)).then(_spread), model("PlacementPreference"))
_PLATFORM: Final = either(
    kinds.pair((kinds.TEXT, kinds.TEXT)).then(lambda parts: {"Architecture": parts[0], "OS": parts[1]}),
    model("Platform"),
)


_TARGET_PORT: Final = kinds.whole(1, 65535)


def _target(value: Any) -> list[Any]:
    """Return the port, the protocol and the mode that a service's port is published with."""
    parts: list[Any] = [*value] if kinds.is_sequence(value) else [value]
    if not 1 <= len(parts) <= 3:
        raise Unfit(value, "a port, or (port, protocol, mode)", is_type=False)
    number, protocol, mode = [*parts, None, None][:3]
    return [_TARGET_PORT.read(number), *(None if part is None else kinds.TEXT.read(part) for part in (protocol, mode))]


def _ports(ports: Mapping[int, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for published, (number, protocol, mode) in ports.items():
        port = {"Protocol": protocol or "tcp", "PublishedPort": published, "TargetPort": number}
        found.append(port if mode is None else {**port, "PublishMode": mode})
    return found


_PORTS: Final = kinds.mapping(kinds.whole(0, 65535), Kind("a port, or (port, protocol, mode)", _target)).then(_ports)
_ENDPOINT: Final = model("EndpointSpec")


def _endpoint(value: Any) -> Any:
    if is_object(value):
        name = next((name for name in ("Ports", "ports") if isinstance(value.get(name), Mapping)), "")
        value = {**value, name: _PORTS.read_at(f"[{name!r}]", value[name])} if name else value
    return _ENDPOINT.read(value)


ENDPOINT: Final = Kind(_ENDPOINT.wanted, _endpoint)


def endpoint_json(value: models.EndpointSpec | Mapping[str, Any]) -> Any:
    """Return the endpoint of a service; ``Ports`` may be a mapping, see `ServiceOptions`."""
    return _to_wire(read(ENDPOINT, value, "endpoint_spec"))


_MODES: Final = {
    "replicated": "Replicated",
    "global": "Global",
    "replicated-job": "ReplicatedJob",
    "global-job": "GlobalJob",
}
_MODE: Final = model("ServiceMode")


def _mode(value: Any) -> Any:
    if is_object(value):  # docker-py's type has small letters
        return _MODE.read({_MODES.get(name, name): {} if fields is None else fields for name, fields in value.items()})
    return _MODE.read(value)


MODE: Final = either(kinds.choice(_MODES).then(lambda name: {_MODES[name]: {}}), Kind(_MODE.wanted, _mode))


def mode_json(value: str | models.ServiceMode | Mapping[str, Any]) -> Any:
    """Return the mode of a service, of which only the name may be given."""
    return _to_wire(read(MODE, value, "mode"))


# Keywords whose kind is narrower than their annotation.
_SHAPES: Final[Mapping[str, Kind]] = {
    "args": kinds.WORDS,
    "cap_add": kinds.TEXTS,
    "cap_drop": kinds.TEXTS,
    "constraints": items(kinds.TEXT),
    "endpoint_spec": ENDPOINT,
    "force_update": either(instance(bool).then(int), kinds.NUMBER),
    "groups": kinds.TEXTS,
    "healthcheck": HEALTHCHECK,
    "hosts": HOST_LINES,
    "mode": MODE,
    "mounts": MOUNTS,
    "networks": items(NETWORK),
    "platforms": items(_PLATFORM),
    "preferences": kinds.in_order(items(_PREFERENCE)),
    "restart_policy": timed(model("TaskRestartPolicy")),
    "rollback_config": timed(model("UpdateConfig")),
    "update_config": timed(model("UpdateConfig")),
    "user": kinds.TOLERANT_TEXT,
    "workdir": kinds.TOLERANT_TEXT,
}


@cache
def _kinds() -> Mapping[str, Kind]:
    """Return the kind of every keyword; mappings stand for models."""
    annotations = ServiceOptions.__annotations__
    found = kinds_of({name: annotations[name] for name in annotations.keys() - _SHAPES.keys()}, globals())
    return {**found, **_SHAPES}


def _fields_of(keywords: str, **others: str) -> dict[str, str]:
    """Map keywords to the fields that they set: those of the same name, and others."""
    return {name: name.title().replace("_", "") for name in keywords.split()} | others


_CONTAINER: Final = _fields_of(
    "args configs env groups healthcheck hostname hosts init isolation mounts open_stdin privileges read_only secrets "
    "stop_grace_period stop_signal sysctls user",
    cap_add="CapabilityAdd",
    cap_drop="CapabilityDrop",
    container_labels="Labels",
    dns_config="DNSConfig",
    tty="TTY",
    workdir="Dir",
)
_TASK: Final = _fields_of("force_update networks resources restart_policy")
_PLACEMENT: Final = _fields_of("constraints platforms preferences", maxreplicas="MaxReplicas")
_SERVICE: Final = _fields_of("endpoint_spec labels mode name rollback_config update_config")
