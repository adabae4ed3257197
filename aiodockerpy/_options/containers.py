"""The keywords of ``containers.run`` and ``containers.create``, and the request they become: pure functions.

Every shape docker-py accepts is accepted; nothing the caller passed is changed, and what is given is sent, ``0``,
``""`` and ``False`` included.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar, cast

from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy.errors import InvalidArgument, InvalidVersion
from aiodockerpy.models import (
    ContainerCreateRequest,
    ContainerUpdateRequest,
    DeviceMapping,
    DeviceRequest,
    EndpointIPAMConfig,
    EndpointSettings,
    HealthConfig,
    HostConfig,
    LogConfig,
    Mount,
    NetworkingConfig,
    PortBinding,
    RestartPolicy,
    ThrottleDevice,
    Ulimit,
    WeightDevice,
)

if TYPE_CHECKING:
    from aiodockerpy.models._base import Model

    M = TypeVar("M", bound=Model)
    Given: TypeAlias = M | Mapping[str, Any]
    """A model, or a mapping with its fields, named as in the model or as on the wire."""

__all__ = ["ContainerOptions", "UpdateOptions", "container_request", "environment_list", "update_request"]

PortValue: TypeAlias = "int | str | tuple[str, int | str] | tuple[str] | Mapping[str, str] | None"
"""Where a port is published: a port of the host, ``(address, port)``, ``(address,)``, or ``None`` for a free port."""
VolumeValue: TypeAlias = "str | Mapping[str, Any]"
"""Where a volume or directory is mounted: ``"/data:ro"``, or ``{"bind": "/data", "mode": "ro"}``."""

_PROPAGATION = frozenset({"rshared", "shared", "rslave", "slave", "rprivate", "private"})


class UpdateOptions(TypedDict, total=False):
    """Keywords of `Container.update`: limits that can be changed while a container exists.

    Sizes are bytes, or text such as ``"512m"`` (b, k, m, g, t).
    """

    blkio_weight: int
    """Weight of block I/O, 10 to 1000."""
    cpu_period: int
    """Length of a CPU period in microseconds."""
    cpu_quota: int
    """CPU time per period in microseconds."""
    cpu_rt_period: int
    """Length of a realtime period in microseconds."""
    cpu_rt_runtime: int
    """Realtime CPU time per period in microseconds."""
    cpu_shares: int
    """Relative weight of CPU time."""
    cpuset_cpus: str
    """CPUs to run on: ``"0-2,4"``."""
    cpuset_mems: str
    """Memory nodes to use: ``"0-1"``."""
    kernel_memory: int | str
    """Limit of kernel memory. Up to API 1.41."""
    mem_limit: int | str
    """Limit of memory."""
    mem_reservation: int | str
    """Soft limit of memory."""
    memswap_limit: int | str
    """Limit of memory and swap together; ``-1`` for unlimited swap."""
    nano_cpus: int
    """Limit of CPU time in billionths of a CPU."""
    pids_limit: int
    """Most processes; ``-1`` for no limit."""
    restart_policy: Given[RestartPolicy]
    """``{"Name": "on-failure", "MaximumRetryCount": 5}``."""


class ContainerOptions(UpdateOptions, total=False):
    """Keywords of ``containers.run`` and ``containers.create``; what is not given is left to the engine.

    Sizes are bytes, or text such as ``"512m"`` (b, k, m, g, t). Durations inside ``healthcheck`` are nanoseconds.
    """

    name: str
    """The name; the engine makes one up if not given."""
    platform: str
    """``os[/arch[/variant]]`` of the image."""
    annotations: Mapping[str, str]
    """Annotations handed to the runtime. API 1.43+."""
    auto_remove: bool
    """Let the engine remove the container when it stops."""
    blkio_weight_device: Sequence[Given[WeightDevice]]
    """Weights by device: ``[{"Path": "/dev/sda", "Weight": 500}]``."""
    cap_add: Sequence[str]
    """Kernel capabilities to add, for example ``["SYS_ADMIN"]``."""
    cap_drop: Sequence[str]
    """Kernel capabilities to take away."""
    cgroup_parent: str
    """The cgroup to run in."""
    cgroupns: str
    """``"private"`` or ``"host"``: the cgroup namespace."""
    cpu_count: int
    """Usable CPUs. Windows only."""
    cpu_percent: int
    """Usable percentage of the CPUs. Windows only."""
    detach_keys: str
    """Accepted and unused: the keys are given where one attaches."""
    device_cgroup_rules: Sequence[str]
    """Cgroup rules for devices: ``["c 13:* rwm"]``."""
    device_read_bps: Sequence[Given[ThrottleDevice]]
    """Most bytes a second read, by device: ``[{"Path": "/dev/sda", "Rate": 1048576}]``."""
    device_read_iops: Sequence[Given[ThrottleDevice]]
    """Most reads a second, by device."""
    device_requests: Sequence[Given[DeviceRequest]]
    """Devices asked of a driver, for example GPUs."""
    device_write_bps: Sequence[Given[ThrottleDevice]]
    """Most bytes a second written, by device."""
    device_write_iops: Sequence[Given[ThrottleDevice]]
    """Most writes a second, by device."""
    devices: Sequence[str | Given[DeviceMapping]]
    """Devices of the host: ``["/dev/sda:/dev/xvda:rwm"]``."""
    dns: Sequence[str]
    """Name servers."""
    dns_opt: Sequence[str]
    """Options of the resolver."""
    dns_search: Sequence[str]
    """Search domains."""
    domainname: str
    """The domain name."""
    entrypoint: str | Sequence[str]
    """Instead of the image's; text is split as a shell splits it."""
    environment: Mapping[str, str | None] | Sequence[str]
    """Variables as a mapping (``None`` takes the name only) or as ``NAME=value`` texts."""
    extra_hosts: Mapping[str, str] | Sequence[str]
    """More names: ``{"db": "10.0.0.5"}`` or ``["db:10.0.0.5"]``."""
    gpus: int | str | Sequence[str]
    """GPUs as the CLI's ``--gpus``: ``"all"``, a number, or a list of device ids."""
    group_add: Sequence[str | int]
    """More groups to run with."""
    healthcheck: Given[HealthConfig]
    """Health check; a ``test`` that is text runs in a shell."""
    hostname: str
    """The host name."""
    init: bool
    """Run an init process that reaps zombies."""
    ipc_mode: str
    """The IPC namespace: ``"private"``, ``"host"``, ``"container:NAME"``."""
    isolation: str
    """Isolation technology. Windows only."""
    labels: Mapping[str, str] | Sequence[str]
    """Labels as a mapping or as a list of names."""
    links: Mapping[str, str | None] | Iterable[tuple[str, str | None]]
    """Legacy links: container name to alias."""
    log_config: Given[LogConfig]
    """Log driver and its options: ``{"type": "json-file", "config": {"max-size": "1m"}}``."""
    mac_address: str
    """The MAC address. Up to API 1.51; on the network's endpoint since."""
    mem_swappiness: int
    """0 to 100."""
    mounts: Sequence[Given[Mount]]
    """Mounts, typed; see `aiodockerpy.types.Mount`."""
    network: str
    """The network to connect to."""
    network_disabled: bool
    """No network at all."""
    network_mode: str
    """``"bridge"``, ``"none"``, ``"host"``, ``"container:NAME"``; not together with ``network``."""
    networks: Mapping[str, Given[EndpointSettings] | None] | Sequence[str]
    """The networks to connect to, with the settings of each if wanted:
    ``{"front": None, "back": {"ipv4_address": "10.1.0.5", "aliases": ["db"]}}``; instead of the three others."""
    networking_config: Mapping[str, Given[EndpointSettings] | None] | NetworkingConfig
    """Settings by network: addresses, aliases."""
    oom_kill_disable: bool
    """Do not end processes when memory is short."""
    oom_score_adj: int
    """Preference of the kernel's memory killer, -1000 to 1000."""
    pid_mode: str
    """The PID namespace: ``"host"``, ``"container:NAME"``."""
    ports: Mapping[int | str, PortValue | Sequence[PortValue]]
    """Published ports: ``{"80/tcp": 8080, 53: ("127.0.0.1", 5353), "81/udp": None}``; ``None`` takes a free one."""
    privileged: bool
    """Run with extended privileges."""
    publish_all_ports: bool
    """Publish every exposed port on a free one."""
    read_only: bool
    """Mount the root file system read-only."""
    runtime: str
    """The OCI runtime."""
    security_opt: Sequence[str]
    """Security options: ``["no-new-privileges"]``."""
    shm_size: int | str
    """Size of ``/dev/shm``."""
    stdin_open: bool
    """Keep standard input open."""
    stop_signal: str
    """The signal that asks it to stop."""
    stop_timeout: int
    """Seconds from that signal to SIGKILL."""
    storage_opt: Mapping[str, str]
    """Options of the storage driver."""
    sysctls: Mapping[str, str | int]
    """Kernel parameters."""
    tmpfs: Mapping[str, str] | Sequence[str]
    """Temporary file systems: ``{"/run": "size=64m"}`` or ``["/run:size=64m"]``."""
    tty: bool
    """Give it a terminal."""
    ulimits: Sequence[Given[Ulimit]]
    """Limits: ``[{"Name": "nofile", "Soft": 1024, "Hard": 2048}]``."""
    use_config_proxy: bool
    """Pass the proxies of ``config.json`` as environment variables; on if not given."""
    user: str | int
    """As whom it runs."""
    userns_mode: str
    """The user namespace: ``"host"``."""
    uts_mode: str
    """The UTS namespace: ``"host"``."""
    version: str
    """Accepted and unused, for docker-py's sake: the version in use is the client's."""
    volume_driver: str
    """Driver of volumes that do not name one."""
    volumes: Mapping[str, VolumeValue] | Sequence[str]
    """``{"/data": {"bind": "/mnt", "mode": "ro"}}``, ``{"name": "/mnt"}`` or ``["/data:/mnt:ro"]``."""
    volumes_from: str | Sequence[str]
    """Containers whose volumes are used."""
    working_dir: str
    """Where it runs."""


# ---- shapes


def split(command: str | Sequence[str] | None) -> list[str] | None:
    """Split text as a shell does; a list stays a list."""
    if command is None:
        return None
    return shlex.split(command) if isinstance(command, str) else [str(part) for part in command]


def environment_list(environment: Mapping[str, str | None] | Sequence[str] | None) -> list[str] | None:
    """Bring variables into the form ``NAME=value``; a value of ``None`` leaves the name alone."""
    if environment is None:
        return None
    if isinstance(environment, Mapping):
        return [name if value is None else f"{name}={_text(value)}" for name, value in environment.items()]
    return list(environment)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def label_map(labels: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Bring labels, or a list of their names, into a mapping."""
    return dict(labels) if isinstance(labels, Mapping) else dict.fromkeys(labels, "")


def host_texts(hosts: Mapping[str, str] | Sequence[str]) -> list[str]:
    """Bring more names of hosts into the form ``name:address``."""
    if isinstance(hosts, Mapping):
        return [f"{name}:{address}" for name, address in sorted(hosts.items())]
    return list(hosts)


def link_texts(links: Mapping[str, str | None] | Iterable[tuple[str, str | None]]) -> list[str]:
    """Bring legacy links into the form ``name:alias``."""
    pairs: dict[str, str | None] = dict(links)
    return [f"{name}:{alias}" if alias else name for name, alias in sorted(pairs.items())]


def tmpfs_map(tmpfs: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Bring temporary file systems, or a list of ``path[:options]``, into a mapping."""
    if isinstance(tmpfs, Mapping):
        return dict(tmpfs)
    return {path: options for path, _, options in (entry.partition(":") for entry in tmpfs)}


def device_mapping(device: str | DeviceMapping | Mapping[str, Any]) -> DeviceMapping:
    """Read a device in short form: ``host[:container[:rwm]]``."""
    if not isinstance(device, str):
        return _as(DeviceMapping)(device)
    host, *rest = device.split(":")
    inside = rest[0] if rest else host
    permissions = rest[1] if len(rest) > 1 else "rwm"
    return DeviceMapping(path_on_host=host, path_in_container=inside, cgroup_permissions=permissions)


def _healthcheck(value: HealthConfig | Mapping[str, Any]) -> HealthConfig:
    if isinstance(value, HealthConfig):
        return value
    fields = dict(value)
    for key in ("test", "Test"):
        if key in fields:
            fields[key] = shell_test(fields[key])
    return HealthConfig.model_validate(fields)


def shell_test(test: Any) -> Any:
    """Let a shell run a health check that is text; any other is left as it is."""
    return ["CMD-SHELL", test] if isinstance(test, str) else test


def _gpus(gpus: int | str | Sequence[str]) -> DeviceRequest:
    if gpus == "all":
        return DeviceRequest(count=-1, capabilities=[["gpu"]])
    if isinstance(gpus, int):
        return DeviceRequest(count=gpus, capabilities=[["gpu"]])
    return DeviceRequest(device_ids=[gpus] if isinstance(gpus, str) else list(gpus), capabilities=[["gpu"]])


def _as(kind: type[M]) -> Callable[[M | Mapping[str, Any]], M]:
    return lambda value: value if isinstance(value, kind) else kind.model_validate(dict(value))


def _each(make: Callable[[Any], Any]) -> Callable[[Iterable[Any]], list[Any]]:
    return lambda values: [make(value) for value in values]


def _texts(values: Iterable[object]) -> list[str]:
    if isinstance(values, str):
        raise InvalidArgument(f"a list of texts is needed, not the text {values!r}")
    return [str(value) for value in values]


def text_map(values: Mapping[str, object]) -> dict[str, str]:
    """Make every value a text, as the engine wants them."""
    return {name: str(value) for name, value in values.items()}


def _volumes_from(value: str | Sequence[str]) -> list[str]:
    return value.split(",") if isinstance(value, str) else list(value)


# ---- ports and volumes


def port_bindings(ports: Mapping[int | str, Any]) -> dict[str, list[PortBinding] | None]:
    """Bring docker-py's shapes of published ports into the engine's."""
    bindings: dict[str, list[PortBinding] | None] = {}
    for port, value in ports.items():
        several: Any = value if is_list(value) else [value]
        bindings[port_key(port)] = [_port_binding(item) for item in several]
    return bindings


def port_key(port: int | str) -> str:
    """Name a port as the engine does: ``80/tcp``, where tcp is what goes without saying."""
    return str(port) if "/" in str(port) else f"{port}/tcp"


def _port_binding(value: Any) -> PortBinding:
    if value is None:
        return PortBinding(host_port="")
    if isinstance(value, Mapping):
        return PortBinding.model_validate(text_map(cast("Mapping[str, object]", value)))
    if isinstance(value, tuple):
        address, *port = cast("tuple[object, ...]", value)
        return PortBinding(host_ip=str(address), host_port=str(port[0]) if port and port[0] is not None else "")
    return PortBinding(host_port=str(value))


def binds(volumes: Mapping[str, VolumeValue] | Sequence[str]) -> list[str]:
    """Bring docker-py's shapes of volumes into ``source:target[:mode]``."""
    if not isinstance(volumes, Mapping):
        return list(volumes)
    return [_bind(source, value) for source, value in volumes.items()]


def _bind(source: str, value: VolumeValue) -> str:
    if isinstance(value, str):
        return f"{source}:{value}:rw"
    if "ro" in value and "mode" in value:
        raise InvalidArgument(f"volumes: {source!r} has both 'ro' and 'mode'")
    mode = "ro" if value.get("ro") else str(value.get("mode", "rw"))
    propagation = value.get("propagation")
    if propagation in _PROPAGATION:
        mode = f"{mode},{propagation}" if mode else str(propagation)
    return f"{source}:{value['bind']}:{mode}"


def bind_target(bind: str) -> str:
    """Return the path inside the container of ``[source:]target[:mode]``; a drive letter is part of its path."""
    parts = re.split(r":(?!\\)", bind)
    return parts[0] if len(parts) == 1 else parts[1]


# ---- the request

_HOST_CONFIG: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    "annotations": ("annotations", text_map),
    "auto_remove": ("auto_remove", None),
    "blkio_weight": ("blkio_weight", None),
    "blkio_weight_device": ("blkio_weight_device", _each(_as(WeightDevice))),
    "cap_add": ("cap_add", _texts),
    "cap_drop": ("cap_drop", _texts),
    "cgroup_parent": ("cgroup_parent", None),
    "cgroupns": ("cgroupns_mode", None),
    "cpu_count": ("cpu_count", None),
    "cpu_percent": ("cpu_percent", None),
    "cpu_period": ("cpu_period", None),
    "cpu_quota": ("cpu_quota", None),
    "cpu_rt_period": ("cpu_realtime_period", None),
    "cpu_rt_runtime": ("cpu_realtime_runtime", None),
    "cpu_shares": ("cpu_shares", None),
    "cpuset_cpus": ("cpuset_cpus", None),
    "cpuset_mems": ("cpuset_mems", None),
    "device_cgroup_rules": ("device_cgroup_rules", _texts),
    "device_read_bps": ("blkio_device_read_bps", _each(_as(ThrottleDevice))),
    "device_read_iops": ("blkio_device_read_iops", _each(_as(ThrottleDevice))),
    "device_requests": ("device_requests", _each(_as(DeviceRequest))),
    "device_write_bps": ("blkio_device_write_bps", _each(_as(ThrottleDevice))),
    "device_write_iops": ("blkio_device_write_iops", _each(_as(ThrottleDevice))),
    "devices": ("devices", _each(device_mapping)),
    "dns": ("dns", _texts),
    "dns_opt": ("dns_options", _texts),
    "dns_search": ("dns_search", _texts),
    "extra_hosts": ("extra_hosts", host_texts),
    "group_add": ("group_add", _texts),
    "init": ("init", None),
    "ipc_mode": ("ipc_mode", None),
    "isolation": ("isolation", None),
    "kernel_memory": ("kernel_memory", parse_bytes),
    "links": ("links", link_texts),
    "log_config": ("log_config", _as(LogConfig)),
    "mem_limit": ("memory", parse_bytes),
    "mem_reservation": ("memory_reservation", parse_bytes),
    "mem_swappiness": ("memory_swappiness", None),
    "memswap_limit": ("memory_swap", parse_bytes),
    "mounts": ("mounts", _each(_as(Mount))),
    "nano_cpus": ("nano_cpus", None),
    "network_mode": ("network_mode", None),
    "oom_kill_disable": ("oom_kill_disable", None),
    "oom_score_adj": ("oom_score_adj", None),
    "pid_mode": ("pid_mode", None),
    "pids_limit": ("pids_limit", None),
    "ports": ("port_bindings", port_bindings),
    "privileged": ("privileged", None),
    "publish_all_ports": ("publish_all_ports", None),
    "read_only": ("readonly_rootfs", None),
    "restart_policy": ("restart_policy", _as(RestartPolicy)),
    "runtime": ("runtime", None),
    "security_opt": ("security_opt", _texts),
    "shm_size": ("shm_size", parse_bytes),
    "storage_opt": ("storage_opt", text_map),
    "sysctls": ("sysctls", text_map),
    "tmpfs": ("tmpfs", tmpfs_map),
    "ulimits": ("ulimits", _each(_as(Ulimit))),
    "userns_mode": ("userns_mode", None),
    "uts_mode": ("uts_mode", None),
    "volume_driver": ("volume_driver", None),
    "volumes": ("binds", binds),
    "volumes_from": ("volumes_from", _volumes_from),
}

_CONFIG: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    "domainname": ("domainname", None),
    "entrypoint": ("entrypoint", split),
    "environment": ("env", environment_list),
    "healthcheck": ("healthcheck", _healthcheck),
    "hostname": ("hostname", None),
    "labels": ("labels", label_map),
    "mac_address": ("mac_address", None),
    "network_disabled": ("network_disabled", None),
    "stdin_open": ("open_stdin", None),
    "stop_signal": ("stop_signal", None),
    "stop_timeout": ("stop_timeout", None),
    "tty": ("tty", None),
    "user": ("user", str),
    "working_dir": ("working_dir", None),
}

_GONE = frozenset({"init_path", "lxc_conf"})
"""docker-py's keywords that no engine of today has."""

_ELSEWHERE = frozenset(
    {
        "detach_keys",
        "gpus",
        "name",
        "network",
        "networking_config",
        "networks",
        "platform",
        "use_config_proxy",
        "version",
    }
)


HOST_OPTIONS = frozenset({*_HOST_CONFIG, "version"})
"""The keywords that concern the host."""


def container_request(
    image: str,
    command: str | Sequence[str] | None,
    options: ContainerOptions,
    *,
    detach: bool = False,
    function: str = "create",
) -> ContainerCreateRequest:
    """Turn docker-py's keywords into the request.

    Args:
        image: What is run.
        command: As a list, or as text that is split as a shell splits it.
        options: The keywords.
        detach: Whether nobody will be attached.
        function: Whose keywords they are, for the message.

    Raises:
        TypeError: A keyword that does not exist, or a value of the wrong type.
        RuntimeError: Keywords that exclude each other.
        InvalidArgument: A value that cannot be read.
    """
    check_names(options, function, _HOST_CONFIG.keys() | _CONFIG.keys() | _ELSEWHERE)
    options = _given(options)
    _check_together(options)
    mode = {"network_mode": options["network"]} if "network" in options else {}
    host = HostConfig(**host_fields({**options, **mode}))
    if "gpus" in options:
        host.device_requests = [*(host.device_requests or ()), _gpus(options["gpus"])]
    request = ContainerCreateRequest(image=image, cmd=split(command), host_config=host, **config_fields(options))
    note_attachment(request, detach=detach)
    if host.port_bindings:
        request.exposed_ports = {port: {} for port in host.port_bindings}
    if host.binds:
        request.volumes = {bind_target(bind): {} for bind in host.binds}
    if "network" in options:
        request.networking_config = _networking(options)
    if "networks" in options:
        _connect(request, host, options["networks"])
    return request


def update_request(options: UpdateOptions) -> ContainerUpdateRequest:
    """Turn the keywords of ``Container.update`` into the request; what is given is sent, ``0`` included.

    Raises:
        TypeError: A keyword that does not exist.
    """
    for name in options:
        if name not in UpdateOptions.__annotations__:
            raise TypeError(f"update() got an unexpected keyword argument {name!r}")
    return ContainerUpdateRequest(**host_fields(options))


def _given(options: ContainerOptions) -> ContainerOptions:
    """Leave out what is ``None``: docker-py's way not to give it."""
    return cast("ContainerOptions", {name: value for name, value in options.items() if value is not None})


def host_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Make the fields of a ``HostConfig`` that the keywords tell; other keywords are left alone.

    Raises:
        InvalidArgument: Ports are published on the host's own network, where the engine would ignore them.
    """
    if options.get("network_mode") == "host" and options.get("ports"):
        raise InvalidArgument('"host" network_mode is incompatible with port_bindings')
    return _converted(options, _HOST_CONFIG)


def config_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Make the fields of a ``ContainerConfig`` that the keywords tell; other keywords are left alone."""
    return _converted(options, _CONFIG)


def check_names(options: Mapping[str, Any], function: str, known: Collection[str]) -> None:
    """Refuse keywords that a function does not have.

    Raises:
        TypeError: There is no such keyword.
        InvalidVersion: No engine of today has it.
    """
    for name in options:
        if name in _GONE:
            raise InvalidVersion(f"{name} param is not supported in API versions >= 1.41")
        if name not in known:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")


def _check_together(options: ContainerOptions) -> None:
    if "network" in options and "network_mode" in options:
        raise RuntimeError('The options "network" and "network_mode" can not be used together.')
    if options.get("networking_config") and "network" not in options:
        raise RuntimeError('The option "networking_config" can not be used without "network".')
    if "networks" in options and not options.keys().isdisjoint(("network", "network_mode")):
        raise RuntimeError('The option "networks" can not be used together with "network" or "network_mode".')


def _converted(
    options: Mapping[str, Any], table: Mapping[str, tuple[str, Callable[[Any], Any] | None]]
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in options.items():
        if name in table and value is not None:
            field, convert = table[name]
            fields[field] = convert(value) if convert is not None else value
    return fields


def note_attachment(request: ContainerCreateRequest, *, detach: bool) -> None:
    """Note which streams somebody will be attached to, as docker-py and the CLI do."""
    stdin = bool(request.open_stdin) and not detach
    request.attach_stdin = request.stdin_once = stdin
    request.attach_stdout = request.attach_stderr = not detach


def _networking(options: ContainerOptions) -> NetworkingConfig:
    given = options.get("networking_config") or {}
    if isinstance(given, NetworkingConfig):
        endpoints = dict(given.endpoints_config or {})
    else:
        endpoints = {network: _endpoint(value) for network, value in given.items()}
    endpoints.setdefault(options.get("network", ""), EndpointSettings())
    return NetworkingConfig(endpoints_config=endpoints)


def _connect(
    request: ContainerCreateRequest,
    host: HostConfig,
    networks: Mapping[str, Given[EndpointSettings] | None] | Sequence[str],
) -> None:
    """Connect to these networks, to the first one as the container's own."""
    if isinstance(networks, str):
        raise InvalidArgument(f"a list of networks is needed, not the text {networks!r}")
    given = networks if isinstance(networks, Mapping) else dict.fromkeys(networks)
    endpoints = {name: _endpoint(value) for name, value in given.items()}
    host.network_mode = next(iter(endpoints), "none")
    request.networking_config = NetworkingConfig(endpoints_config=endpoints)


_ADDRESSES = frozenset({"ipv4_address", "ipv6_address", "link_local_ips"})


def _endpoint(value: Given[EndpointSettings] | None) -> EndpointSettings:
    """Make the settings of one network; addresses may stand beside the rest, as in ``Network.connect``."""
    if isinstance(value, EndpointSettings):
        return value
    fields = dict(value or {})
    if addresses := {name: fields.pop(name) for name in _ADDRESSES & fields.keys()}:
        fields["ipam_config"] = EndpointIPAMConfig.model_validate(addresses)
    return EndpointSettings.model_validate(fields)
