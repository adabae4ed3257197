"""Models of containers: inspections, lists, states and mounts."""

from typing import Literal

from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy.models._base import JsonValue, wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._time import Time
from aiodockerpy.models.common import DriverData, OCIDescriptor, PortProtocol
from aiodockerpy.models.endpoints import EndpointSettings
from aiodockerpy.models.host_config import HostConfig, PortMap
from aiodockerpy.models.mounts import MountPoint

ContainerStateStatus = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"] | str
"""The state of a container; open for newer values."""

HealthStatus = Literal["none", "starting", "healthy", "unhealthy"] | str
"""The result of the health check; open for newer values."""


class HealthConfig(LazyModel):
    """How the engine checks whether a container is healthy."""

    test: list[str] | None = None
    """The check: ``[]`` as in the image, ``["NONE"]`` none, ``["CMD", ...]`` a program, ``["CMD-SHELL", line]`` a shell
    line.
    """
    interval: int | None = None
    """Time between two checks, in nanoseconds; 0 as in the image."""
    timeout: int | None = None
    """Time after which a check has failed, in nanoseconds; 0 as in the image."""
    retries: int | None = None
    """Failures in a row that make it unhealthy; 0 as in the image."""
    start_period: int | None = None
    """Time after the start in which failures do not count, in nanoseconds; 0 as in the image."""
    start_interval: int | None = None
    """Time between two checks in the start period, in nanoseconds; 0 as in the image. API 1.44+."""


class ContainerConfig(LazyModel):
    """What a container runs; the part that does not depend on the host."""

    hostname: str | None = None
    """Host name of the container."""
    domainname: str | None = None
    """Domain of that name."""
    user: str | None = None
    """User and group of the process, as ``"name[:group]"`` or numbers."""
    attach_stdin: bool | None = None
    """Whether the caller means to attach standard input."""
    attach_stdout: bool | None = None
    """Whether the caller means to attach standard output."""
    attach_stderr: bool | None = None
    """Whether the caller means to attach standard error."""
    exposed_ports: dict[str, dict[str, JsonValue]] | None = None
    """Ports it listens on, as ``{"80/tcp": {}}``."""
    tty: bool | None = None
    """Whether it has a terminal; output and errors are one stream then."""
    open_stdin: bool | None = None
    """Whether standard input is kept open."""
    stdin_once: bool | None = None
    """Whether standard input is closed when the first client that attached it leaves."""
    env: list[str] | None = wire(repr=False)
    """Environment, as ``"NAME=value"``; ``"NAME"`` alone removes a variable of the image."""
    cmd: list[str] | None = None
    """Program and arguments, or arguments of the entry point."""
    healthcheck: HealthConfig | None = None
    """How its health is checked."""
    args_escaped: bool | None = None
    """Whether the command is escaped already. Windows only."""
    image: str | None = None
    """The image it is made of, as it was named."""
    volumes: dict[str, dict[str, JsonValue]] | None = None
    """Paths that get a volume of their own, as ``{"/data": {}}``."""
    working_dir: str | None = None
    """Working directory of the process."""
    entrypoint: list[str] | None = None
    """Program that gets ``cmd`` as arguments; ``[""]`` clears the image's."""
    network_disabled: bool | None = None
    """Whether it has no network at all."""
    mac_address: str | None = None
    """MAC address of its network; use that of the endpoint instead. Up to API 1.51."""
    on_build: list[str] | None = None
    """Instructions for images built on this one."""
    labels: dict[str, str] | None = None
    """Labels."""
    stop_signal: str | None = None
    """Signal that stops it, for example ``SIGINT``; SIGTERM if not given."""
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL; 10 if not given."""
    shell: list[str] | None = None
    """Shell of instructions in shell form."""


class HealthcheckResult(LazyModel):
    """One run of the health check."""

    start: Time | None = None
    """When it began."""
    end: Time | None = None
    """When it ended."""
    exit_code: int | None = None
    """0 healthy, 1 unhealthy, 2 reserved; anything else means that the check itself failed."""
    output: str | None = None
    """What it wrote; the engine keeps the first 4096 bytes."""


class Health(LazyModel):
    """The result of the health check."""

    status: HealthStatus | None = None
    """The result."""
    failing_streak: int | None = None
    """Failures in a row."""
    log: list[HealthcheckResult] | None = None
    """The last runs, oldest first; the engine keeps five."""


class ContainerState(LazyModel):
    """The state of a container."""

    status: ContainerStateStatus | None = None
    """The state, such as ``"running"``."""
    running: bool | None = None
    """Whether it runs; true while it is paused or restarting, too."""
    paused: bool | None = None
    """Whether it is paused."""
    restarting: bool | None = None
    """Whether it waits for its restart."""
    oom_killed: bool | None = wire("OOMKilled")
    """Whether the kernel killed a process of it because memory ran out."""
    dead: bool | None = None
    """Whether removing it failed half-way."""
    pid: int | None = None
    """Process id on the host; 0 if it does not run."""
    exit_code: int | None = None
    """Exit code of the last run; 0 while it runs."""
    error: str | None = None
    """Why it could not be started; empty otherwise."""
    started_at: Time | None = None
    """Start of the last run; never if it was not started."""
    finished_at: Time | None = None
    """End of the last run; never if it has not ended."""
    health: Health | None = None
    """State of the health check; missing without one."""


class Address(LazyModel):
    """An address with its network."""

    addr: str | None = None
    """The address."""
    prefix_len: int | None = None
    """Length of the network's prefix, in bits."""


class NetworkSettings(LazyModel):
    """A container's networks.

    What older engines report about the default bridge beside ``networks`` is read from either place by ``ip_address``
    and its kin.
    """

    sandbox_id: str | None = wire("SandboxID")
    """Id of the network namespace."""
    sandbox_key: str | None = None
    """Path of the network namespace."""
    ports: PortMap | None = None
    """Ports published, by port of the container; empty while it does not run."""
    networks: dict[str, EndpointSettings] | None = None
    """Endpoints by name of the network."""
    bridge: str | None = None
    """Name of the default bridge's interface; usually empty. Up to API 1.51."""
    hairpin_mode: bool | None = None
    """Whether hairpin NAT is on. Up to API 1.51."""
    link_local_ipv6_address: str | None = wire("LinkLocalIPv6Address")
    """Never set. Up to API 1.51."""
    link_local_ipv6_prefix_len: int | None = wire("LinkLocalIPv6PrefixLen")
    """Never set. Up to API 1.51."""
    secondary_ip_addresses: list[Address] | None = wire("SecondaryIPAddresses")
    """Never set. Up to API 1.51."""
    secondary_ipv6_addresses: list[Address] | None = wire("SecondaryIPv6Addresses")
    """Never set. Up to API 1.51."""
    bridge_endpoint_id: str | None = wire("EndpointID")
    """Id of the endpoint on the default bridge; see ``endpoint_id``. Up to API 1.51."""
    bridge_gateway: str | None = wire("Gateway")
    """Gateway of the default bridge; see ``gateway``. Up to API 1.51."""
    bridge_global_ipv6_address: str | None = wire("GlobalIPv6Address")
    """IPv6 address on the default bridge; see ``global_ipv6_address``. Up to API 1.51."""
    bridge_global_ipv6_prefix_len: int | None = wire("GlobalIPv6PrefixLen")
    """Its prefix, in bits; see ``global_ipv6_prefix_len``. Up to API 1.51."""
    bridge_ip_address: str | None = wire("IPAddress")
    """IPv4 address on the default bridge; see ``ip_address``. Up to API 1.51."""
    bridge_ip_prefix_len: int | None = wire("IPPrefixLen")
    """Its prefix, in bits; see ``ip_prefix_len``. Up to API 1.51."""
    bridge_ipv6_gateway: str | None = wire("IPv6Gateway")
    """IPv6 gateway of the default bridge; see ``ipv6_gateway``. Up to API 1.51."""
    bridge_mac_address: str | None = wire("MacAddress")
    """MAC address on the default bridge; see ``mac_address``. Up to API 1.51."""

    @property
    def default_bridge(self) -> EndpointSettings | None:
        """The endpoint on the default bridge (``nat`` on Windows); ``None`` if the container is not on it."""
        networks = self.get("Networks")
        found = (networks.get("bridge") or networks.get("nat")) if is_object(networks) else None
        return found if isinstance(found, EndpointSettings) else None

    @property
    def endpoint_id(self) -> str | None:
        """Id of the endpoint on the default bridge, whatever the API version."""
        return self.bridge_endpoint_id or _of(self.default_bridge).endpoint_id

    @property
    def gateway(self) -> str | None:
        """Gateway of the default bridge, whatever the API version."""
        return self.bridge_gateway or _of(self.default_bridge).gateway

    @property
    def global_ipv6_address(self) -> str | None:
        """IPv6 address on the default bridge, whatever the API version."""
        return self.bridge_global_ipv6_address or _of(self.default_bridge).global_ipv6_address

    @property
    def global_ipv6_prefix_len(self) -> int | None:
        """Bits of the IPv6 network's prefix on the default bridge, whatever the API version."""
        return self.bridge_global_ipv6_prefix_len or _of(self.default_bridge).global_ipv6_prefix_len

    @property
    def ip_address(self) -> str | None:
        """IPv4 address on the default bridge, whatever the API version."""
        return self.bridge_ip_address or _of(self.default_bridge).ip_address

    @property
    def ip_prefix_len(self) -> int | None:
        """Bits of the IPv4 network's prefix on the default bridge, whatever the API version."""
        return self.bridge_ip_prefix_len or _of(self.default_bridge).ip_prefix_len

    @property
    def ipv6_gateway(self) -> str | None:
        """IPv6 gateway of the default bridge, whatever the API version."""
        return self.bridge_ipv6_gateway or _of(self.default_bridge).ipv6_gateway

    @property
    def mac_address(self) -> str | None:
        """MAC address on the default bridge, whatever the API version."""
        return self.bridge_mac_address or _of(self.default_bridge).mac_address


def _of(endpoint: EndpointSettings | None) -> EndpointSettings:
    return endpoint or EndpointSettings()


class RootFSStorageSnapshot(LazyModel):
    """A snapshot of the containerd image store (API 1.52+)."""

    name: str | None = None
    """Name of the snapshot."""


class RootFSStorage(LazyModel):
    """What holds a root file system (API 1.52+)."""

    snapshot: RootFSStorageSnapshot | None = None
    """The snapshot."""


class Storage(LazyModel):
    """What holds a container's files with the containerd image store (API 1.52+)."""

    root_fs: RootFSStorage | None = wire("RootFS")
    """What holds the root file system."""


class ContainerInspect(LazyModel):
    """Everything the engine reports about a container."""

    id: str | None = None
    """Its id, 64 hexadecimal digits."""
    created: Time | None = None
    """When it was made."""
    path: str | None = None
    """Program that runs."""
    args: list[str] | None = None
    """Arguments of the program."""
    state: ContainerState | None = None
    """Its state."""
    image: str | None = None
    """Id of its image."""
    resolv_conf_path: str | None = None
    """Its ``/etc/resolv.conf`` on the host."""
    hostname_path: str | None = None
    """Its ``/etc/hostname`` on the host."""
    hosts_path: str | None = None
    """Its ``/etc/hosts`` on the host."""
    log_path: str | None = None
    """File of its log on the host; empty if the driver has none."""
    name: str | None = None
    """Its name, with a leading slash."""
    restart_count: int | None = None
    """How often it was restarted by its policy."""
    driver: str | None = None
    """Storage driver."""
    platform: str | None = None
    """Operating system it is made for."""
    image_manifest_descriptor: OCIDescriptor | None = None
    """The manifest of its image; only with the containerd image store. API 1.48+."""
    mount_label: str | None = None
    """SELinux label of its mounts."""
    process_label: str | None = None
    """SELinux label of its processes."""
    app_armor_profile: str | None = None
    """AppArmor profile in force."""
    exec_ids: list[str] | None = wire("ExecIDs")
    """Ids of the processes started in it."""
    host_config: HostConfig | None = None
    """What it gets from the host."""
    graph_driver: DriverData | None = None
    """Details from the storage driver; missing with the containerd image store."""
    storage: Storage | None = None
    """What holds its files with the containerd image store. API 1.52+."""
    size_rw: int | None = None
    """Bytes it has written; only if asked for."""
    size_root_fs: int | None = None
    """Bytes of all its files; only if asked for."""
    mounts: list[MountPoint] | None = None
    """Its mounts."""
    config: ContainerConfig | None = None
    """What it runs."""
    network_settings: NetworkSettings | None = None
    """Its networks."""


class PortSummary(LazyModel):
    """A port in a list of containers; one entry for each address of the host."""

    ip: str | None = wire("IP")
    """Address of the host; missing if it is not published."""
    private_port: int | None = None
    """Port of the container."""
    public_port: int | None = None
    """Port of the host; missing if it is not published."""
    type: PortProtocol | None = None
    """Protocol."""


class ContainerSummaryHealth(LazyModel):
    """The result of the health check, in a list (API 1.52+)."""

    status: HealthStatus | None = None
    """The result."""
    failing_streak: int | None = None
    """Failures in a row."""


class ContainerSummaryHostConfig(LazyModel):
    """The host configuration as a list contains it."""

    network_mode: str | None = None
    """Network mode."""
    annotations: dict[str, str] | None = None
    """Metadata handed to the runtime. API 1.46+."""


class ContainerSummaryNetworkSettings(LazyModel):
    """The networks as a list contains them."""

    networks: dict[str, EndpointSettings] | None = None
    """Endpoints by name of the network."""


class ContainerSummary(LazyModel):
    """A container in a list."""

    id: str | None = None
    """Its id."""
    names: list[str] | None = None
    """Its names, each with a leading slash; those with two are links."""
    image: str | None = None
    """Its image as it was named, or the image's id if the name now means another."""
    image_id: str | None = wire("ImageID")
    """Id of its image."""
    image_manifest_descriptor: OCIDescriptor | None = None
    """The manifest of its image; only with the containerd image store. API 1.48+."""
    command: str | None = None
    """Program and arguments in one line."""
    created: int | None = None
    """When it was made, in seconds since 1970."""
    ports: list[PortSummary] | None = None
    """Its ports, exposed and published."""
    size_rw: int | None = None
    """Bytes it has written; only if asked for."""
    size_root_fs: int | None = None
    """Bytes of all its files; only if asked for."""
    labels: dict[str, str] | None = None
    """Labels."""
    state: ContainerStateStatus | None = None
    """The state, such as ``"running"``."""
    status: str | None = None
    """The same for people, for example ``"Up 2 hours (healthy)"``."""
    host_config: ContainerSummaryHostConfig | None = None
    """A part of what it gets from the host."""
    network_settings: ContainerSummaryNetworkSettings | None = None
    """Its networks."""
    mounts: list[MountPoint] | None = None
    """Its mounts."""
    health: ContainerSummaryHealth | None = None
    """The result of the health check. API 1.52+."""
