"""Statistics of a running container; one record a second in a stream."""

from aiodockerpy._protocol.stats import Figures, figures
from aiodockerpy.models._base import LowerModel
from aiodockerpy.models._lazy import LowerLazyModel
from aiodockerpy.models._time import Time


class ContainerThrottlingData(LowerLazyModel):
    """How often the CPU limit held a container back."""

    periods: int | None = None
    """Scheduling periods so far."""
    throttled_periods: int | None = None
    """Periods in which it was held back."""
    throttled_time: int | None = None
    """Time for which it was held back, in nanoseconds."""


class ContainerCPUUsage(LowerLazyModel):
    """CPU time used so far."""

    total_usage: int | None = None
    """All of it: nanoseconds on Linux, units of 100 ns on Windows."""
    percpu_usage: list[int] | None = None
    """The same by CPU; only with cgroup v1."""
    usage_in_kernelmode: int | None = None
    """Time in the kernel, in the unit of ``total_usage``."""
    usage_in_usermode: int | None = None
    """Time in user mode, in the unit of ``total_usage``."""


class ContainerCPUStats(LowerLazyModel):
    """CPU."""

    cpu_usage: ContainerCPUUsage | None = None
    """What the container has used."""
    system_cpu_usage: int | None = None
    """What the whole host has used, in nanoseconds. Linux only."""
    online_cpus: int | None = None
    """CPUs in use. Linux only."""
    throttling_data: ContainerThrottlingData | None = None
    """How often the limit held it back. Linux only."""


class ContainerMemoryStats(LowerLazyModel):
    """Memory."""

    usage: int | None = None
    """Bytes in use, with the page cache."""
    max_usage: int | None = None
    """Most bytes ever in use; only with cgroup v1."""
    stats: dict[str, int] | None = None
    """The kernel's own counters (memory.stat); their names differ between cgroup v1 and v2."""
    failcnt: int | None = None
    """How often the limit was reached; only with cgroup v1."""
    limit: int | None = None
    """Limit in bytes; the host's memory if there is no limit."""
    commitbytes: int | None = None
    """Committed bytes. Windows only."""
    commitpeakbytes: int | None = None
    """Most bytes ever committed. Windows only."""
    privateworkingset: int | None = None
    """Bytes of the private working set. Windows only."""


class ContainerBlkioStatEntry(LowerModel):
    """One counter of a block device."""

    major: int | None = None
    """Major number of the device."""
    minor: int | None = None
    """Minor number of the device."""
    op: str | None = None
    """Kind of operation, for example ``read``; its case differs between cgroup v1 and v2."""
    value: int | None = None
    """The count, in the unit of the list it stands in."""


class ContainerBlkioStats(LowerLazyModel):
    """Block devices. All but ``io_service_bytes_recursive`` are empty with cgroup v2."""

    io_service_bytes_recursive: list[ContainerBlkioStatEntry] | None = None
    """Bytes moved."""
    io_serviced_recursive: list[ContainerBlkioStatEntry] | None = None
    """Operations done."""
    io_queue_recursive: list[ContainerBlkioStatEntry] | None = None
    """Operations waiting."""
    io_service_time_recursive: list[ContainerBlkioStatEntry] | None = None
    """Time of operations, in nanoseconds."""
    io_wait_time_recursive: list[ContainerBlkioStatEntry] | None = None
    """Time operations waited, in nanoseconds."""
    io_merged_recursive: list[ContainerBlkioStatEntry] | None = None
    """Operations merged into others."""
    io_time_recursive: list[ContainerBlkioStatEntry] | None = None
    """Time the device was held, in milliseconds."""
    sectors_recursive: list[ContainerBlkioStatEntry] | None = None
    """Sectors moved."""


class ContainerPidsStats(LowerLazyModel):
    """Processes and threads."""

    current: int | None = None
    """How many there are."""
    limit: int | None = None
    """How many there may be; 2**64 - 1 for no limit."""


class ContainerNetworkStats(LowerLazyModel):
    """One network interface, since the container started."""

    rx_bytes: int | None = None
    """Bytes received."""
    rx_packets: int | None = None
    """Packets received."""
    rx_errors: int | None = None
    """Errors while receiving."""
    rx_dropped: int | None = None
    """Packets dropped while receiving."""
    tx_bytes: int | None = None
    """Bytes sent."""
    tx_packets: int | None = None
    """Packets sent."""
    tx_errors: int | None = None
    """Errors while sending."""
    tx_dropped: int | None = None
    """Packets dropped while sending."""
    endpoint_id: str | None = None
    """Id of the endpoint. Windows only."""
    instance_id: str | None = None
    """Id of the instance. Windows only."""


class ContainerStorageStats(LowerLazyModel):
    """Storage. Windows only."""

    read_count_normalized: int | None = None
    """Reads."""
    read_size_bytes: int | None = None
    """Bytes read."""
    write_count_normalized: int | None = None
    """Writes."""
    write_size_bytes: int | None = None
    """Bytes written."""


class ContainerStats(LowerLazyModel):
    """One reading of a container's statistics. A container that is not running gives zeros."""

    id: str | None = None
    """Id of the container."""
    name: str | None = None
    """Its name, with a leading slash."""
    os_type: str | None = None
    """Operating system, ``linux`` or ``windows``: which fields have a meaning. API 1.52+."""
    read: Time | None = None
    """When it was read; never if the container does not run."""
    cpu_stats: ContainerCPUStats | None = None
    """CPU now."""
    memory_stats: ContainerMemoryStats | None = None
    """Memory."""
    networks: dict[str, ContainerNetworkStats] | None = None
    """Network by interface, for example ``eth0``; missing without a network."""
    pids_stats: ContainerPidsStats | None = None
    """Processes and threads."""
    blkio_stats: ContainerBlkioStats | None = None
    """Block devices."""
    num_procs: int | None = None
    """Processes. Windows only."""
    storage_stats: ContainerStorageStats | None = None
    """Storage. Windows only."""
    preread: Time | None = None
    """When the reading before was made; never in the first one."""
    precpu_stats: ContainerCPUStats | None = None
    """CPU of the reading before: the difference of both gives the load."""

    @property
    def figures(self) -> Figures:
        """CPU, memory, network and block device use, as ``docker stats`` shows them."""
        return figures(self.as_sent)
