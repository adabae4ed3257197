"""What a container gets from its host: resources, devices, ports, policies."""

from typing import Literal

from aiodockerpy.models._base import wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._words import Isolation
from aiodockerpy.models.mounts import Mount

CgroupnsMode = Literal["private", "host", ""] | str
"""Whose control group namespace a container sees; open for newer values."""

RestartPolicyName = Literal["", "no", "always", "unless-stopped", "on-failure"] | str
"""When the engine restarts a container; open for newer values."""


class PortBinding(LazyModel):
    """Where a port of a container is reached on the host."""

    host_ip: str | None = None
    """Address of the host to listen on; empty for every address."""
    host_port: str | None = None
    """Port of the host, as text; empty or ``"0"`` lets the engine choose one."""


PortMap = dict[str, list[PortBinding] | None]
"""Bindings by port of the container, such as ``"80/tcp"``; ``None`` where a port is exposed but not published."""


class RestartPolicy(LazyModel):
    """When the engine restarts a container that exited."""

    name: RestartPolicyName | None = None
    """The policy; empty means never."""
    maximum_retry_count: int | None = None
    """Attempts of ``on-failure`` before it gives up; 0 tries for ever."""


class LogConfig(LazyModel):
    """Where a container's output is logged."""

    type: str | None = None
    """Logging driver, for example ``json-file`` or ``local``; the engine's default if empty."""
    config: dict[str, str] | None = None
    """Options of the driver, for example ``max-size``."""


class WeightDevice(LazyModel):
    """Share of a block device's bandwidth, relative to other containers."""

    path: str | None = None
    """Device on the host."""
    weight: int | None = None
    """10 to 1000; 0 means no weight of its own."""


class ThrottleDevice(LazyModel):
    """Limit of a block device's traffic."""

    path: str | None = None
    """Device on the host."""
    rate: int | None = None
    """Bytes or operations per second, depending on the list it stands in."""


class DeviceMapping(LazyModel):
    """A device of the host inside a container."""

    path_on_host: str | None = None
    """Path of the device on the host."""
    path_in_container: str | None = None
    """Path at which the container sees it."""
    cgroup_permissions: str | None = None
    """What is allowed: letters of ``rwm`` (read, write, make)."""


class DeviceRequest(LazyModel):
    """Devices that a driver finds, such as GPUs."""

    driver: str | None = None
    """Name of the driver, for example ``nvidia`` or ``cdi``; any that has the capabilities if empty."""
    count: int | None = None
    """How many; -1 for all."""
    device_ids: list[str] | None = wire("DeviceIDs")
    """Ids of devices as the driver names them, instead of a count."""
    capabilities: list[list[str]] | None = None
    """Sets of capabilities of which one must fit whole, for example ``[["gpu"]]``."""
    options: dict[str, str] | None = None
    """Options for the driver."""


class Ulimit(LazyModel):
    """A resource limit of the processes (setrlimit)."""

    name: str | None = None
    """Name without ``RLIMIT_``, in lower case, for example ``nofile``."""
    soft: int | None = None
    """Limit in force; -1 for none."""
    hard: int | None = None
    """What the soft limit may be raised to; -1 for none."""


class Resources(LazyModel):
    """Limits of a container that can be changed while it runs."""

    cpu_shares: int | None = None
    """CPU weight relative to other containers; 1024 is the kernel's default, 0 leaves it."""
    memory: int | None = None
    """Limit of memory in bytes; 0 for none."""
    cgroup_parent: str | None = None
    """Control group under which the container's own is made."""
    blkio_weight: int | None = None
    """Weight of block I/O, 10 to 1000; 0 leaves it."""
    blkio_weight_device: list[WeightDevice] | None = None
    """Weights of block I/O per device."""
    blkio_device_read_bps: list[ThrottleDevice] | None = None
    """Limits of reading, in bytes per second."""
    blkio_device_write_bps: list[ThrottleDevice] | None = None
    """Limits of writing, in bytes per second."""
    blkio_device_read_iops: list[ThrottleDevice] | None = wire("BlkioDeviceReadIOps")
    """Limits of reading, in operations per second."""
    blkio_device_write_iops: list[ThrottleDevice] | None = wire("BlkioDeviceWriteIOps")
    """Limits of writing, in operations per second."""
    cpu_period: int | None = None
    """Length of a CPU scheduling period, in microseconds."""
    cpu_quota: int | None = None
    """CPU time per period, in microseconds."""
    cpu_realtime_period: int | None = None
    """Length of a real-time scheduling period, in microseconds; 0 for none."""
    cpu_realtime_runtime: int | None = None
    """Real-time CPU time per period, in microseconds; 0 for none."""
    cpuset_cpus: str | None = None
    """CPUs to run on, for example ``"0-2,4"``."""
    cpuset_mems: str | None = None
    """Memory nodes to use, for example ``"0,1"``."""
    devices: list[DeviceMapping] | None = None
    """Devices of the host."""
    device_cgroup_rules: list[str] | None = None
    """Rules of the device control group, for example ``"c 13:* rwm"``."""
    device_requests: list[DeviceRequest] | None = None
    """Devices to be found by drivers."""
    kernel_memory_tcp: int | None = wire("KernelMemoryTCP")
    """Limit of kernel TCP buffers in bytes. Up to API 1.51."""
    kernel_memory: int | None = None
    """Limit of kernel memory in bytes. Up to API 1.41."""
    memory_reservation: int | None = None
    """Soft limit of memory in bytes, used when memory is short."""
    memory_swap: int | None = None
    """Memory and swap together, in bytes; -1 for unlimited swap."""
    memory_swappiness: int | None = None
    """The kernel's tendency to swap, 0 to 100."""
    nano_cpus: int | None = None
    """CPU limit in billionths of a CPU: 1_500_000_000 is one and a half."""
    oom_kill_disable: bool | None = None
    """Whether the kernel must not kill processes when memory runs out."""
    init: bool | None = None
    """Whether a small init process forwards signals and reaps; the engine's default if not given. Updates ignore it."""
    pids_limit: int | None = None
    """Highest number of processes and threads; 0 or -1 for none."""
    ulimits: list[Ulimit] | None = None
    """Resource limits of the processes."""
    cpu_count: int | None = None
    """Number of CPUs. Windows only."""
    cpu_percent: int | None = None
    """Share of all CPUs in percent. Windows only."""
    io_maximum_iops: int | None = wire("IOMaximumIOps")
    """Operations per second of the system drive. Windows only."""
    io_maximum_bandwidth: int | None = wire("IOMaximumBandwidth")
    """Bytes per second of the system drive. Windows only."""


class HostConfig(Resources):
    """What a container gets from its host; not part of its image."""

    binds: list[str] | None = None
    """Bind mounts and volumes in short form: ``"source:target[:options]"``."""
    container_id_file: str | None = wire("ContainerIDFile")
    """File on the client's host into which the docker CLI wrote the id."""
    log_config: LogConfig | None = None
    """Where the output is logged."""
    network_mode: str | None = None
    """``bridge``, ``host``, ``none``, ``container:<id>`` or the name of a network."""
    port_bindings: PortMap | None = None
    """Ports published on the host."""
    restart_policy: RestartPolicy | None = None
    """When the container is restarted."""
    auto_remove: bool | None = None
    """Whether the engine removes the container when it exits."""
    volume_driver: str | None = None
    """Driver of the volumes that ``binds`` names."""
    volumes_from: list[str] | None = None
    """Containers whose mounts are taken over: ``"name[:ro]"``."""
    mounts: list[Mount] | None = None
    """Mounts in long form."""
    console_size: list[int] | None = None
    """Height and width of the terminal, in characters."""
    annotations: dict[str, str] | None = None
    """Metadata handed to the runtime. API 1.43+."""
    cap_add: list[str] | None = None
    """Capabilities of the kernel to add."""
    cap_drop: list[str] | None = None
    """Capabilities of the kernel to drop."""
    cgroupns_mode: CgroupnsMode | None = None
    """Whose control group namespace it sees; empty for the engine's default."""
    dns: list[str] | None = None
    """Addresses of name servers."""
    dns_options: list[str] | None = None
    """Options of the resolver."""
    dns_search: list[str] | None = None
    """Search domains."""
    extra_hosts: list[str] | None = None
    """Lines for ``/etc/hosts``, as ``"name:address"``."""
    group_add: list[str] | None = None
    """Further groups of the process, by name or number."""
    ipc_mode: str | None = None
    """``none``, ``private``, ``shareable``, ``host`` or ``container:<id>``; empty for the engine's default."""
    cgroup: str | None = None
    """Control group to use."""
    links: list[str] | None = None
    """Links to other containers: ``"name:alias"``."""
    oom_score_adj: int | None = None
    """Preference of the kernel's memory killer, -1000 (never) to 1000."""
    pid_mode: str | None = None
    """``host`` or ``container:<id>``; a process namespace of its own if empty."""
    privileged: bool | None = None
    """Whether it runs with extended privileges."""
    publish_all_ports: bool | None = None
    """Whether every exposed port gets a random port of the host."""
    readonly_rootfs: bool | None = None
    """Whether the root file system is read-only."""
    security_opt: list[str] | None = None
    """Options of the security modules, for example ``"no-new-privileges"``."""
    storage_opt: dict[str, str] | None = None
    """Options of the storage driver, for example ``{"size": "10G"}``."""
    tmpfs: dict[str, str] | None = None
    """Temporary file systems: mount options by path."""
    uts_mode: str | None = wire("UTSMode")
    """``host`` for the host's name; a namespace of its own if empty."""
    userns_mode: str | None = None
    """``host`` to switch user namespace remapping off for this container."""
    shm_size: int | None = None
    """Size of ``/dev/shm`` in bytes; 64 MiB if not given."""
    sysctls: dict[str, str] | None = None
    """Kernel parameters of the container's namespaces."""
    runtime: str | None = None
    """Name of the runtime, for example ``runc``."""
    isolation: Isolation | None = None
    """How it is isolated. Windows only."""
    masked_paths: list[str] | None = None
    """Paths that read as empty; the engine's own list if not given, and none if ``[]``."""
    readonly_paths: list[str] | None = None
    """Paths that cannot be written; the engine's own list if not given, and none if ``[]``."""
