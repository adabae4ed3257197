"""The keywords of ``containers.run``, ``containers.create`` and ``Container.update``, with their meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar

if TYPE_CHECKING:
    from datetime import timedelta
    from os import PathLike
    from pathlib import Path

    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy.models import (
        DeviceMapping,
        DeviceRequest,
        EndpointSettings,
        HealthConfig,
        LogConfig,
        Mount,
        NetworkingConfig,
        RestartPolicy,
        ThrottleDevice,
        Ulimit,
        WeightDevice,
    )
    from aiodockerpy.models._base import Model

__all__ = [
    "ContainerOptions",
    "Environment",
    "Given",
    "KeyValues",
    "Labels",
    "Nanoseconds",
    "PortValue",
    "PullPolicy",
    "Size",
    "UpdateOptions",
    "VolumeValue",
]

M = TypeVar("M", bound="Model")
Given: TypeAlias = M | Mapping[str, Any]
"""A model, or a mapping with its fields, named as in the model or as on the wire."""

Environment: TypeAlias = "Mapping[str, str | int | float | None] | Sequence[str]"
"""Variables as a mapping (``None`` takes the name only) or as ``NAME=value`` texts."""
KeyValues: TypeAlias = "Mapping[str, str | int | float] | Sequence[str]"
"""Options as a mapping or as ``name=value`` texts."""

Labels: TypeAlias = "Mapping[str, str | int | float] | Sequence[str]"
"""Labels as a mapping or as ``name[=value]`` texts."""

Nanoseconds: TypeAlias = "int | str | timedelta"
"""A duration: nanoseconds, text such as ``"1m30s"``, or a timedelta."""

Size: TypeAlias = "int | str"
"""Bytes, or text such as ``"512m"`` (b, k, m, g, t)."""

PullPolicy: TypeAlias = Literal["missing", "always", "never", "changed"]
"""When an image is pulled: if the engine has none of that name (``"missing"``); every time (``"always"``); not at all
(``"never"``); if the registry has another digest under that name (``"changed"``)."""

PortValue: TypeAlias = "int | str | tuple[str, int | str] | tuple[str] | Mapping[str, str] | None"
"""Where a port is published: a port of the host, ``(address, port)``, ``(address,)``, or ``None`` for a free port."""

VolumeValue: TypeAlias = "str | Mapping[str, Any]"
"""Where a volume or directory is mounted: ``"/data"``, or ``{"bind": "/data", "mode": "ro"}``."""


class UpdateOptions(TypedDict, total=False):
    """Keywords of `Container.update`: limits that can be changed while a container exists.

    Sizes are bytes, or text such as ``"512m"`` (b, k, m, g, t).
    """

    blkio_weight: int | None
    """Weight of block I/O, 10 to 1000."""
    cpu_period: int | None
    """Length of a CPU period in microseconds."""
    cpu_quota: int | None
    """CPU time per period in microseconds."""
    cpu_rt_period: int | None
    """Length of a realtime period in microseconds."""
    cpu_rt_runtime: int | None
    """Realtime CPU time per period in microseconds."""
    cpu_shares: int | None
    """Relative weight of CPU time."""
    cpuset_cpus: str | int | None
    """CPUs to run on: ``"0-2,4"``."""
    cpuset_mems: str | int | None
    """Memory nodes to use: ``"0-1"``."""
    kernel_memory: int | str | None
    """Limit of kernel memory. Up to API 1.41."""
    mem_limit: int | str | None
    """Limit of memory."""
    mem_reservation: int | str | None
    """Soft limit of memory."""
    memswap_limit: int | str | None
    """Limit of memory and swap together; ``-1`` for unlimited swap."""
    nano_cpus: int | None
    """Limit of CPU time in billionths of a CPU."""
    pids_limit: int | None
    """Most processes; ``-1`` for no limit."""
    restart_policy: Given[RestartPolicy] | str | None
    """``"always"``, ``"on-failure:5"``, or ``{"Name": "on-failure", "MaximumRetryCount": 5}``."""


class ContainerOptions(UpdateOptions, total=False):
    """Keywords of ``containers.run`` and ``containers.create``; what is ``None`` is left to the engine.

    Sizes are bytes, or text such as ``"512m"`` (b, k, m, g, t). Durations inside ``healthcheck`` are nanoseconds.
    """

    name: str | None
    """The name; the engine makes one up if not given."""
    platform: str | None
    """``os[/arch[/variant]]`` of the image."""
    annotations: KeyValues | None
    """Annotations handed to the runtime. API 1.43+."""
    auto_remove: bool | None
    """Let the engine remove the container when it stops."""
    blkio_weight_device: Sequence[Given[WeightDevice] | str] | None
    """Weights by device: ``[{"Path": "/dev/sda", "Weight": 500}]``."""
    cap_add: Sequence[str] | None
    """Kernel capabilities to add, for example ``["SYS_ADMIN"]``."""
    cap_drop: Sequence[str] | None
    """Kernel capabilities to take away."""
    cgroup_parent: str | None
    """The cgroup to run in."""
    cgroupns: str | None
    """``"private"`` or ``"host"``: the cgroup namespace."""
    cpu_count: int | None
    """Usable CPUs. Windows only."""
    cpu_percent: int | None
    """Usable percentage of the CPUs. Windows only."""
    detach_keys: str | None
    """Accepted and ignored: the keys are an argument of `~aiodockerpy.resources.ContainerProcesses.attach`."""
    device_cgroup_rules: Sequence[str] | None
    """Cgroup rules for devices: ``["c 13:* rwm"]``."""
    device_read_bps: Sequence[Given[ThrottleDevice] | str] | None
    """Most bytes a second read, by device: ``[{"Path": "/dev/sda", "Rate": 1048576}]``."""
    device_read_iops: Sequence[Given[ThrottleDevice] | str] | None
    """Most reads a second, by device."""
    device_requests: Sequence[Given[DeviceRequest]] | None
    """Devices asked of a driver, for example GPUs."""
    device_write_bps: Sequence[Given[ThrottleDevice] | str] | None
    """Most bytes a second written, by device."""
    device_write_iops: Sequence[Given[ThrottleDevice] | str] | None
    """Most writes a second, by device."""
    devices: Sequence[str | Given[DeviceMapping]] | None
    """Devices of the host: ``["/dev/sda:/dev/xvda:rwm"]``."""
    dns: Sequence[str] | None
    """Name servers."""
    dns_opt: Sequence[str] | None
    """Options of the resolver."""
    dns_search: Sequence[str] | None
    """Search domains."""
    domainname: str | None
    """The domain name."""
    entrypoint: str | Sequence[str | int | PathLike[str]] | None
    """Instead of the image's; text is split as a shell splits it."""
    environment: Environment | None
    """Variables as a mapping (``None`` takes the name only) or as ``NAME=value`` texts."""
    extra_hosts: Mapping[str, str] | Sequence[str] | None
    """More names: ``{"db": "10.0.0.5"}`` or ``["db:10.0.0.5"]``."""
    gpus: int | str | Sequence[str | int] | None
    """GPUs as the CLI's ``--gpus``: ``"all"``, a number, a list of device ids, or text such as ``"device=0,1"``."""
    group_add: Sequence[str | int] | None
    """More groups to run with."""
    healthcheck: Given[HealthConfig] | None
    """Health check; a ``test`` that is text runs in a shell."""
    hostname: str | None
    """The host name."""
    init: bool | None
    """Run an init process that reaps zombies."""
    ipc_mode: str | None
    """The IPC namespace: ``"private"``, ``"host"``, ``"container:NAME"``."""
    isolation: str | None
    """Isolation technology. Windows only."""
    labels: Labels | None
    """Labels as a mapping, or as ``name[=value]`` texts."""
    links: Mapping[str, str | None] | Iterable[tuple[str, str | None]] | None
    """Legacy links: container name to alias."""
    log_config: Given[LogConfig] | str | None
    """Log driver by name, or with options: ``{"type": "json-file", "config": {"max-size": "1m"}}``."""
    mac_address: str | None
    """The MAC address on the container's own network."""
    mem_swappiness: int | None
    """0 to 100."""
    mounts: Sequence[Given[Mount] | str] | None
    """Mounts, see `aiodockerpy.types.Mount`; as text ``"source:target[:mode]"`` or ``"type=bind,src=/a,dst=/b"``."""
    network: IdOrName | None
    """The network to connect to."""
    network_disabled: bool | None
    """Disable networking."""
    network_mode: str | None
    """``"bridge"``, ``"none"``, ``"host"``, ``"container:NAME"``; not together with ``network``."""
    networks: Mapping[str, Given[EndpointSettings] | None] | Sequence[str] | None
    """The networks to connect to, with the settings of each if wanted:
    ``{"front": None, "back": {"ipv4_address": "10.1.0.5", "aliases": ["db"]}}``; instead of the three others."""
    networking_config: Mapping[str, Given[EndpointSettings] | None] | NetworkingConfig | None
    """Settings by network: addresses, aliases."""
    oom_kill_disable: bool | None
    """Do not kill processes when memory runs out."""
    oom_score_adj: int | None
    """Preference of the kernel's memory killer, -1000 to 1000."""
    pid_mode: str | None
    """The PID namespace: ``"host"``, ``"container:NAME"``."""
    ports: (
        Mapping[str, PortValue | Sequence[PortValue]]
        | Mapping[int, PortValue | Sequence[PortValue]]
        | Mapping[int | str, PortValue | Sequence[PortValue]]
        | Sequence[int | str]
        | None
    )
    """Published ports: ``{"80/tcp": 8080, 53: ("127.0.0.1", 5353), "81/udp": None}``; ``None`` takes a free one.
    Also ``["8080:80"]`` as the docker CLI writes them."""
    privileged: bool | None
    """Run with extended privileges."""
    publish_all_ports: bool | None
    """Publish every exposed port on a free one."""
    pull: PullPolicy | None
    """When the image is pulled, see `ImageCollection.ensure`: ``"missing"`` if not given, ``"never"`` for ``create``.
    The jobs of a pool pull an image once for all."""
    read_only: bool | None
    """Mount the root file system read-only."""
    runtime: str | None
    """The OCI runtime."""
    security_opt: Sequence[str] | None
    """Security options: ``["no-new-privileges"]``."""
    shm_size: int | str | None
    """Size of ``/dev/shm``."""
    stdin_open: bool | None
    """Keep standard input open."""
    stop_signal: str | int | None
    """The signal that asks it to stop."""
    stop_timeout: int | timedelta | None
    """Seconds from that signal to SIGKILL."""
    storage_opt: KeyValues | None
    """Options of the storage driver."""
    sysctls: KeyValues | None
    """Kernel parameters (sysctls)."""
    tmpfs: Mapping[str, str | None] | Sequence[str] | None
    """Temporary file systems: ``{"/run": "size=64m"}`` or ``["/run:size=64m"]``."""
    tty: bool | None
    """Allocate a terminal."""
    ulimits: Sequence[Given[Ulimit] | str] | None
    """Limits: ``[{"Name": "nofile", "Soft": 1024, "Hard": 2048}]``."""
    use_config_proxy: bool | None
    """Pass the proxies of ``config.json`` as environment variables; on if not given."""
    user: str | int | None
    """The user to run as: a name or number, with ``:group`` if wanted."""
    userns_mode: str | None
    """The user namespace: ``"host"``."""
    uts_mode: str | None
    """The UTS namespace: ``"host"``."""
    version: str | None
    """Accepted and ignored, for compatibility with docker-py: the client's version is used."""
    volume_driver: str | None
    """Driver of volumes that do not name one."""
    volumes: (
        Mapping[str, VolumeValue]
        | Mapping[Path, VolumeValue]
        | Mapping[PathLike[str], VolumeValue]
        | Sequence[str]
        | None
    )
    """``{"/data": {"bind": "/mnt", "mode": "ro"}}``, ``{"name": "/mnt"}`` or ``["/data:/mnt:ro"]``."""
    volumes_from: str | Sequence[IdOrName] | None
    """Containers whose volumes are used."""
    working_dir: str | PathLike[str] | None
    """The working directory."""
