"""From the keywords of ``containers.run`` and ``containers.create`` to the request: pure functions.

Every form that docker-py and the docker CLI take is taken; nothing that the caller passed is changed, and what is given
is sent, ``0``, ``""`` and ``False`` included.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from aiodockerpy import models
from aiodockerpy._arguments import kinds
from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._arguments.objects import model, model_only
from aiodockerpy._options import keywords, shapes
from aiodockerpy._options.keywords import Command, ContainerOptions, Environment, UpdateOptions
from aiodockerpy._options.mounts import MOUNTS
from aiodockerpy._options.ports import BINDS, PORT_KEY, PORTS, SINGLE_PORT, bind_target
from aiodockerpy._options.shapes import read
from aiodockerpy.errors import InvalidArgument, InvalidVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aiodockerpy._arguments.kinds import Kind

# ---- the request

# Keywords whose kind is narrower than their annotation.
_SHAPES: Final[Mapping[str, Kind]] = {
    "blkio_weight_device": shapes.WEIGHTS,
    "cap_add": kinds.TEXTS,
    "cap_drop": kinds.TEXTS,
    "device_cgroup_rules": kinds.WORDS,
    "device_read_bps": shapes.RATES,
    "device_read_iops": shapes.RATES,
    "device_requests": kinds.items(model("DeviceRequest")),
    "device_write_bps": shapes.RATES,
    "device_write_iops": shapes.RATES,
    "devices": shapes.DEVICES,
    "dns": kinds.WORDS,
    "dns_opt": kinds.TEXTS,
    "dns_search": kinds.WORDS,
    "entrypoint": shapes.COMMAND,
    "extra_hosts": shapes.HOST_TEXTS,
    "gpus": shapes.GPUS,
    "group_add": kinds.TEXTS,
    "healthcheck": shapes.HEALTHCHECK,
    "links": shapes.LINKS,
    "log_config": shapes.LOG_CONFIG,
    "mounts": MOUNTS,
    "network": kinds.ID,
    "networking_config": kinds.either(model_only("NetworkingConfig"), shapes.ENDPOINTS),
    "networks": shapes.NETWORKS,
    "ports": PORTS,
    "restart_policy": shapes.RESTART_POLICY,
    "security_opt": kinds.TEXTS,
    "stop_timeout": kinds.WHOLE_SECONDS,
    "user": kinds.TOLERANT_TEXT,
    "working_dir": kinds.TOLERANT_TEXT,
    "tmpfs": shapes.TMPFS,
    "ulimits": shapes.ULIMITS,
    "volumes": BINDS,
    "volumes_from": shapes.VOLUMES_FROM,
}

# Keywords of which docker-py leaves out an empty text.
_EMPTY: Final = frozenset(
    {
        "devices",
        "environment",
        "links",
        "log_config",
        "mounts",
        "ports",
        "restart_policy",
        "tmpfs",
        "ulimits",
        "volumes",
    }
)

# Keywords of the container itself, and the fields of both parts that have another name.
_CONFIG: Final = frozenset(
    {
        "domainname", "entrypoint", "environment", "healthcheck", "hostname", "labels", "mac_address",
        "network_disabled", "stdin_open", "stop_signal", "stop_timeout", "tty", "user", "working_dir",
    }
)  # fmt: skip
_FIELDS: Final = {
    "cgroupns": "cgroupns_mode",
    "cpu_rt_period": "cpu_realtime_period",
    "cpu_rt_runtime": "cpu_realtime_runtime",
    "device_read_bps": "blkio_device_read_bps",
    "device_read_iops": "blkio_device_read_iops",
    "device_write_bps": "blkio_device_write_bps",
    "device_write_iops": "blkio_device_write_iops",
    "dns_opt": "dns_options",
    "environment": "env",
    "mem_limit": "memory",
    "mem_reservation": "memory_reservation",
    "mem_swappiness": "memory_swappiness",
    "memswap_limit": "memory_swap",
    "ports": "port_bindings",
    "read_only": "readonly_rootfs",
    "stdin_open": "open_stdin",
    "volumes": "binds",
}

_GONE = frozenset({"init_path", "lxc_conf"})
"""docker-py's keywords that no supported engine has."""


HOST_OPTIONS = ContainerOptions.__annotations__.keys() - _CONFIG - {
    "detach_keys", "gpus", "name", "network", "networking_config", "networks", "platform", "pull",
    "use_config_proxy",
}  # fmt: skip
"""The keywords that concern the host."""
_HOST: Final = HOST_OPTIONS - {"version"}


@cache
def _kinds() -> Mapping[str, Kind]:
    """Return the kind of every keyword; numbers stand for their text."""
    annotations = {name: hint.__forward_arg__ for name, hint in ContainerOptions.__annotations__.items()}
    texts = {
        name: kinds.TOLERANT_TEXT
        for name, hint in annotations.items()
        if hint in {"str", "str | None", "str | int | None"}
    }
    others = {name: annotations[name] for name in annotations.keys() - _SHAPES.keys() - texts.keys()}
    return {**kinds_of(others, vars(keywords)), **texts, **_SHAPES}


class ContainerKeywords(NamedTuple):
    """The keywords of a container, checked and in the forms of the request.

    Attributes:
        image: The image to run.
        command: The command.
        given: The other keywords.
        detach: Whether the container runs without a client attached to it.
    """

    image: str
    command: list[str] | None
    given: Mapping[str, Any]
    detach: bool

    def request(self) -> models.ContainerCreateRequest:
        """Create the request; this loads the models, if nothing has yet."""
        given = self.given
        host = models.HostConfig(**host_fields(given))
        if "gpus" in given:
            host.device_requests = [*(host.device_requests or ()), given["gpus"]]
        fields = {**config_fields(given), **attachment(given.get("stdin_open"), detach=self.detach)}
        request = models.ContainerCreateRequest(image=self.image, cmd=self.command, host_config=host, **fields)
        if host.port_bindings:
            request.exposed_ports = {port: {} for port in host.port_bindings}
        if host.binds:
            request.volumes = {bind_target(bind): {} for bind in host.binds}
        if "network" in given:
            request.networking_config = _networking(given["network"], given.get("networking_config"))
        if "networks" in given:
            host.network_mode = next(iter(given["networks"]), "none")
            request.networking_config = models.NetworkingConfig(endpoints_config=given["networks"])
        return request


def container_keywords(
    image: str,
    command: Command | None,
    options: ContainerOptions,
    *,
    detach: bool = False,
    function: str = "create",
) -> ContainerKeywords:
    """Check docker-py's keywords, and bring them into the forms of the request.

    Args:
        image: The image to run.
        command: The command as a list, or as text that is split as a shell splits it.
        options: The keywords.
        detach: Whether the container runs without a client attached to it.
        function: The function that the keywords belong to, for messages.

    Raises:
        TypeError: A keyword that does not exist.
        RuntimeError: Keywords that exclude each other.
        InvalidArgument: A value that does not fit.
    """
    check_names(options, function, ContainerOptions.__annotations__)
    given = read_options(options)
    _check_together(given)
    if "network" in given:
        given["network_mode"] = given["network"]
    host_fields(given)
    return ContainerKeywords(image, split(command), given, detach)


def update_request(options: UpdateOptions) -> models.ContainerUpdateRequest:
    """Convert the keywords of ``Container.update`` to the request; what is given is sent, ``0`` included.

    Raises:
        TypeError: A keyword that does not exist.
        InvalidArgument: A value that does not fit.
    """
    check_names(options, "update", UpdateOptions.__annotations__)
    return models.ContainerUpdateRequest(**host_fields(read_options(options)))


def read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Convert every keyword to the form of the request.

    As in docker-py, ``None`` counts as not given, and so does ``""`` for a list or a mapping.

    Raises:
        InvalidArgument: A value that does not fit; the message names the keyword.
    """
    given = {
        name: value
        for name, value in options.items()
        if not (value is None or (name in _EMPTY and kinds.is_empty_text(value)))
    }
    return {name: read(_kinds()[name], value, name) for name, value in given.items()}


def host_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a ``HostConfig`` that keywords set, of those that `read_options` returned.

    Raises:
        InvalidArgument: Ports are published on the host's own network, where the engine would ignore them.
    """
    if given.get("network_mode") == "host" and given.get("ports"):
        raise InvalidArgument('"host" network_mode is incompatible with port_bindings')
    return {_FIELDS.get(name, name): value for name, value in given.items() if name in _HOST}


def config_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a ``ContainerConfig`` that keywords set, of those that `read_options` returned."""
    return {_FIELDS.get(name, name): value for name, value in given.items() if name in _CONFIG}


_OWN: Final = {
    "create": ("command", "detach", "image"),
    "run": ("command", "detach", "image", "remove", "stderr", "stdout"),
}
"""Keywords that are parameters of the functions."""


def check_names(options: Mapping[str, Any], function: str, known: Collection[str]) -> None:
    """Refuse keywords that a function does not have.

    Raises:
        TypeError: There is no such keyword.
        InvalidVersion: No supported engine has it.
    """
    for name in _GONE.intersection(options):
        raise InvalidVersion(f"{name} param is not supported in API versions >= 1.41")
    shapes.check_names(options, known, function, _OWN.get(function, ()))


def _check_together(given: Mapping[str, Any]) -> None:
    if "network" in given and "network_mode" in given:
        raise RuntimeError('The options "network" and "network_mode" can not be used together.')
    if given.get("networking_config") and "network" not in given:
        raise RuntimeError('The option "networking_config" can not be used without "network".')
    if "networks" in given and not given.keys().isdisjoint(("network", "network_mode")):
        raise RuntimeError('The option "networks" can not be used together with "network" or "network_mode".')


def attachment(open_stdin: object, *, detach: bool) -> dict[str, Any]:
    """Return the fields that say which streams will be attached to, as docker-py and the CLI send them."""
    stdin = bool(open_stdin) and not detach
    return {"attach_stdin": stdin, "stdin_once": stdin, "attach_stdout": not detach, "attach_stderr": not detach}


def with_address_on_endpoint(request: models.ContainerCreateRequest) -> models.ContainerCreateRequest:
    """Move the MAC address to the endpoint of the container's own network, where engines since API 1.52 read it."""
    if request.mac_address is None:
        return request
    mode = request.host_config.network_mode if request.host_config is not None else None
    endpoints = dict((request.networking_config.endpoints_config if request.networking_config else None) or {})
    name = mode or next(iter(endpoints), "default")
    endpoint = (endpoints.get(name) or models.EndpointSettings()).model_copy(deep=True)
    endpoint.mac_address = endpoint.mac_address or request.mac_address
    networking = models.NetworkingConfig(endpoints_config={**endpoints, name: endpoint})
    return request.model_copy(update={"mac_address": None, "networking_config": networking})


def _networking(
    network: str, config: models.NetworkingConfig | Mapping[str, models.EndpointSettings] | None
) -> models.NetworkingConfig:
    found = config.endpoints_config if isinstance(config, models.NetworkingConfig) else config
    endpoints = dict(found or {})
    endpoints.setdefault(network, models.EndpointSettings())
    return models.NetworkingConfig(endpoints_config=endpoints)


# ---- forms by themselves, as docker-py's helpers return them


def split(command: Command | None) -> list[str] | None:
    """Split text as a shell does; a list stays a list."""
    return None if command is None else cast("list[str]", read(shapes.COMMAND, command, "command"))


def format_environment(environment: Environment | None) -> list[str] | None:
    """Convert variables to the form ``NAME=value``; a value of ``None`` leaves the name alone."""
    return None if environment is None else cast("list[str]", read(kinds.ENVIRONMENT, environment, "environment"))


def port_key(port: int | str | tuple[int | str, ...], parameter: str = "ports") -> str:
    """Return a port in the engine's notation: ``80/tcp``, where tcp is the default."""
    return cast("str", read(PORT_KEY, port, parameter))


def single_port(port: int | str, parameter: str = "ports") -> str:
    """Return one port, not a range, in the engine's notation."""
    return cast("str", read(SINGLE_PORT, port, parameter))


def convert_port_bindings(
    ports: Mapping[int | str, Any] | Sequence[str | int],
) -> dict[str, list[models.PortBinding] | None]:
    """Convert docker-py's shapes of published ports to the engine's."""
    return cast("dict[str, list[models.PortBinding] | None]", read(PORTS, ports, "ports"))


def convert_volume_binds(volumes: Mapping[str, Any] | Sequence[str]) -> list[str]:
    """Convert docker-py's shapes of volumes to ``source:target[:mode]``."""
    return cast("list[str]", read(BINDS, volumes, "volumes"))


def normalize_links(links: Any) -> list[str]:
    """Convert legacy links to the form ``name:alias``."""
    return cast("list[str]", read(shapes.LINKS, links, "links"))


def convert_tmpfs_mounts(tmpfs: Mapping[str, str | None] | Sequence[str]) -> dict[str, str]:
    """Convert temporary file systems, or a list of ``path[:options]``, to a mapping."""
    return cast("dict[str, str]", read(shapes.TMPFS, tmpfs, "tmpfs"))
