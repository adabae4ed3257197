"""Information about the engine: its host, storage, plugins and limits."""

from typing import Literal

from aiodockerpy.models._base import JsonValue, LowerModel, Model, wire
from aiodockerpy.models._time import Time
from aiodockerpy.models._words import Isolation
from aiodockerpy.models.swarm import ClusterInfo
from aiodockerpy.models.swarm_common import GenericResource

LocalNodeState = Literal["", "inactive", "pending", "active", "error", "locked"] | str
"""What this engine is in a swarm; open for newer values."""


class AuthConfig(LowerModel):
    """Credentials for a registry. Nothing of it but the registry appears in a repr."""

    username: str | None = wire(repr=False)
    """Name of the user."""
    password: str | None = wire(repr=False)
    """Password or token of the user."""
    auth: str | None = wire(repr=False)
    """Both as base64 of ``user:password``, instead."""
    email: str | None = wire(repr=False)
    """Address of the user; unused. Up to API 1.51."""
    serveraddress: str | None = None
    """The registry."""
    identitytoken: str | None = wire(repr=False)
    """Token to get access tokens with, instead of a password."""
    registrytoken: str | None = wire(repr=False)
    """Token sent to the registry as it is."""


class AuthStatus(Model):
    """The answer to a login."""

    status: str | None = None
    """The registry's answer."""
    identity_token: str | None = wire(repr=False)
    """Token to use from now on instead of the password; empty if the registry gave none."""


class Commit(Model):
    """The build of a tool."""

    id: str | None = wire("ID")
    """Its commit or version."""
    expected: str | None = None
    """The commit the engine was tested with. Up to API 1.48."""


class PluginsInfo(Model):
    """Plugins by kind, built in or not."""

    volume: list[str] | None = None
    """Drivers of volumes."""
    network: list[str] | None = None
    """Drivers of networks."""
    authorization: list[str] | None = None
    """Plugins that allow or refuse requests."""
    log: list[str] | None = None
    """Drivers of logs."""


class IndexInfo(Model):
    """The engine's settings for a registry."""

    name: str | None = None
    """Its name, for example ``docker.io``."""
    mirrors: list[str] | None = None
    """Mirrors that are asked first."""
    secure: bool | None = None
    """Whether its certificate is checked."""
    official: bool | None = None
    """Whether it is Docker Hub."""


class RegistryServiceConfig(Model):
    """How the engine connects to registries."""

    allow_nondistributable_artifacts_cidrs: list[str] | None = wire("AllowNondistributableArtifactsCIDRs")
    """Networks to whose registries layers that must not be distributed are pushed. Up to API 1.48."""
    allow_nondistributable_artifacts_hostnames: list[str] | None = None
    """Registries to which layers that must not be distributed are pushed. Up to API 1.48."""
    insecure_registry_cidrs: list[str] | None = wire("InsecureRegistryCIDRs")
    """Networks whose registries are trusted without a certificate."""
    index_configs: dict[str, IndexInfo] | None = None
    """Registries, by name."""
    mirrors: list[str] | None = None
    """Mirrors of Docker Hub."""


class Runtime(LowerModel):
    """A runtime of containers."""

    path: str | None = None
    """Its program."""
    runtime_args: list[str] | None = wire("runtimeArgs")
    """Arguments of the program."""
    runtime_type: str | None = wire("runtimeType")
    """Name of its shim, for example ``io.containerd.runc.v2``."""
    options: dict[str, JsonValue] | None = None
    """Options of the shim."""
    status: dict[str, str] | None = None
    """Information from the runtime. API 1.44+."""


class PeerNode(Model):
    """A manager of the swarm."""

    node_id: str | None = wire("NodeID")
    """Its id."""
    addr: str | None = None
    """Its address and port."""


class SwarmInfo(Model):
    """The state of this engine in a swarm."""

    node_id: str | None = wire("NodeID")
    """Id of this node; empty outside a swarm."""
    node_addr: str | None = None
    """Address of this node."""
    local_node_state: LocalNodeState | None = None
    """Its state."""
    control_available: bool | None = None
    """Whether it is a manager."""
    error: str | None = None
    """What is wrong with it."""
    remote_managers: list[PeerNode] | None = None
    """The managers that this node connects to."""
    nodes: int | None = None
    """Nodes of the swarm; only on managers."""
    managers: int | None = None
    """Managers of the swarm; only on managers."""
    cluster: ClusterInfo | None = None
    """The swarm; only on managers."""
    warnings: list[str] | None = None
    """Warnings about it."""


class SystemInfoDefaultAddressPool(Model):
    """A pool from which new networks get their subnets."""

    base: str | None = None
    """The pool."""
    size: int | None = None
    """Bits of the prefix of each subnet."""


class FirewallInfo(Model):
    """What filters packets (API 1.49+)."""

    driver: str | None = None
    """For example ``iptables`` or ``nftables``."""
    info: list[list[str]] | None = None
    """Names with values."""


class DeviceInfo(Model):
    """A device that a driver found (API 1.50+)."""

    source: str | None = None
    """The driver, for example ``cdi``."""
    id: str | None = wire("ID")
    """Id to ask for it with."""


class NRIInfo(Model):
    """The node resource interface (API 1.53+)."""

    info: list[list[str]] | None = None
    """Names with values."""


class ContainerdInfoNamespaces(Model):
    """Namespaces of containerd that the engine uses (API 1.46+)."""

    containers: str | None = None
    """For containers."""
    plugins: str | None = None
    """For plugins."""


class ContainerdInfo(Model):
    """The containerd that the engine uses (API 1.46+)."""

    address: str | None = None
    """Its socket."""
    namespaces: ContainerdInfoNamespaces | None = None
    """The namespaces in it."""


class SystemInfo(Model):
    """Properties and capabilities of an engine."""

    id: str | None = wire("ID")
    """Its id, made once."""
    containers: int | None = None
    """Containers, all."""
    containers_running: int | None = None
    """Containers that run."""
    containers_paused: int | None = None
    """Containers that are paused."""
    containers_stopped: int | None = None
    """Containers that do not run."""
    images: int | None = None
    """Images."""
    driver: str | None = None
    """Storage driver."""
    driver_status: list[list[str]] | None = None
    """Information from the storage driver: names with values."""
    system_status: list[list[str]] | None = None
    """Of the former stand-alone Swarm: names with values."""
    docker_root_dir: str | None = None
    """Directory of the engine's data."""
    plugins: PluginsInfo | None = None
    """Plugins by kind."""
    memory_limit: bool | None = None
    """Whether memory can be limited."""
    swap_limit: bool | None = None
    """Whether swap can be limited."""
    kernel_memory: bool | None = None
    """Whether kernel memory can be limited. Up to API 1.41."""
    kernel_memory_tcp: bool | None = wire("KernelMemoryTCP")
    """Whether kernel TCP buffers can be limited. Up to API 1.51."""
    cpu_cfs_period: bool | None = None
    """Whether the CPU period can be set."""
    cpu_cfs_quota: bool | None = None
    """Whether the CPU quota can be set."""
    cpu_shares: bool | None = wire("CPUShares")
    """Whether CPU weights can be set."""
    cpu_set: bool | None = wire("CPUSet")
    """Whether CPUs can be chosen."""
    pids_limit: bool | None = None
    """Whether processes can be limited."""
    oom_kill_disable: bool | None = None
    """Whether killing on lack of memory can be switched off."""
    ipv4_forwarding: bool | None = wire("IPv4Forwarding")
    """Whether the kernel forwards IPv4."""
    bridge_nf_iptables: bool | None = None
    """Whether iptables sees the traffic of bridges. Up to API 1.49."""
    bridge_nf_ip6tables: bool | None = wire("BridgeNfIp6tables")
    """Whether ip6tables sees the traffic of bridges. Up to API 1.49."""
    debug: bool | None = None
    """Whether it is in debug mode; only then the next two are meaningful."""
    n_fd: int | None = None
    """Files it has open."""
    n_goroutines: int | None = None
    """Go routines it has."""
    system_time: Time | None = None
    """Its clock."""
    logging_driver: str | None = None
    """Default driver of logs."""
    cgroup_driver: Literal["cgroupfs", "systemd", "none"] | str | None = None
    """What manages control groups: ``systemd`` or ``cgroupfs``."""
    cgroup_version: Literal["1", "2"] | str | None = None
    """Version of control groups."""
    n_events_listener: int | None = None
    """Clients that listen to events."""
    kernel_version: str | None = None
    """Version of the kernel."""
    operating_system: str | None = None
    """Name of the system, for people."""
    os_version: str | None = wire("OSVersion")
    """Version of the system."""
    os_type: str | None = wire("OSType")
    """``linux`` or ``windows``."""
    architecture: str | None = None
    """Architecture as ``uname -m`` names it."""
    ncpu: int | None = wire("NCPU")
    """CPUs."""
    mem_total: int | None = None
    """Memory in bytes."""
    index_server_address: str | None = None
    """Key of Docker Hub in credentials."""
    registry_config: RegistryServiceConfig | None = None
    """How it connects to registries."""
    generic_resources: list[GenericResource] | None = None
    """User-defined resources that it offers to a swarm."""
    http_proxy: str | None = None
    """Proxy for http; credentials in it are masked."""
    https_proxy: str | None = None
    """Proxy for https; credentials in it are masked."""
    no_proxy: str | None = None
    """Hosts reached without a proxy."""
    name: str | None = None
    """Name of the host."""
    labels: list[str] | None = None
    """Labels of the engine, as ``"name=value"``."""
    experimental_build: bool | None = None
    """Whether experimental features are on."""
    server_version: str | None = None
    """Version of the engine."""
    cluster_store: str | None = None
    """Of the former stand-alone Swarm. Up to API 1.41."""
    cluster_advertise: str | None = None
    """Of the former stand-alone Swarm. Up to API 1.41."""
    runtimes: dict[str, Runtime] | None = None
    """Runtimes of containers, by name."""
    default_runtime: str | None = None
    """Name of the default one."""
    swarm: SwarmInfo | None = None
    """Its state in a swarm."""
    live_restore_enabled: bool | None = None
    """Whether containers go on while the engine is down."""
    isolation: Isolation | None = None
    """Default isolation. Windows only."""
    init_binary: str | None = None
    """Program of the small init process."""
    containerd_commit: Commit | None = None
    """Build of containerd."""
    runc_commit: Commit | None = None
    """Build of runc."""
    init_commit: Commit | None = None
    """Build of the init process."""
    security_options: list[str] | None = None
    """Security features in use, as ``"name=seccomp,profile=builtin"``."""
    product_license: str | None = None
    """Licence of a commercial engine."""
    default_address_pools: list[SystemInfoDefaultAddressPool] | None = None
    """Pools from which new networks get their subnets."""
    firewall_backend: FirewallInfo | None = None
    """What filters packets. API 1.49+."""
    discovered_devices: list[DeviceInfo] | None = None
    """Devices that drivers found. API 1.50+."""
    nri: NRIInfo | None = wire("NRI")
    """The node resource interface. API 1.53+."""
    warnings: list[str] | None = None
    """Warnings about its configuration."""
    cdi_spec_dirs: list[str] | None = wire("CDISpecDirs")
    """Directories with descriptions of devices (CDI). API 1.44+."""
    containerd: ContainerdInfo | None = None
    """The containerd it uses. API 1.46+."""
