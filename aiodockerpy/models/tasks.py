"""The tasks of a swarm, and the template services make them from."""

from typing import Literal

from aiodockerpy.models._base import LowerModel, Model, wire
from aiodockerpy.models._time import Time
from aiodockerpy.models.common import PortProtocol
from aiodockerpy.models.container_spec import ContainerSpec
from aiodockerpy.models.networks import ConfigReference
from aiodockerpy.models.swarm_common import (
    Driver,
    GenericResource,
    ObjectVersion,
    Platform,
    ResourceObject,
    SwarmObject,
)

TaskState = (
    Literal[
        "new",
        "allocated",
        "pending",
        "assigned",
        "accepted",
        "preparing",
        "ready",
        "starting",
        "running",
        "complete",
        "shutdown",
        "failed",
        "rejected",
        "remove",
        "orphaned",
    ]
    | str
)
"""The stages of a task in their order, with its ends last; open for newer values."""

TaskRuntime = Literal["container", "plugin", "attachment"] | str
"""What a task is carried out by; open for newer values."""

RestartCondition = Literal["none", "on-failure", "any"] | str
"""When a task that has ended is replaced; open for newer values."""

PublishMode = Literal["ingress", "host"] | str
"""Whether a port is published by every node or only where a task runs; open for newer values."""


# ---- the template


class PluginSpecPrivilege(LowerModel):
    """A privilege that is granted to a plugin."""

    name: str | None = None
    """What kind of thing: ``network``, ``mount``, ``device``, ``capabilities`` ..."""
    description: str | None = None
    """What it means."""
    value: list[str] | None = None
    """What exactly is granted."""


class PluginSpec(LowerModel):
    """The plugin that the tasks of a ``plugin`` service install."""

    name: str | None = None
    """Name the plugin gets."""
    remote: str | None = None
    """Reference it is pulled from."""
    privileges: list[PluginSpecPrivilege] | None = None
    """What it is allowed."""
    disabled: bool | None = None
    """Whether it is installed without being enabled."""
    env: list[str] | None = None
    """Its environment as ``NAME=value``."""


class NetworkAttachmentSpec(Model):
    """Names the container that an attachable network was joined by; made by the swarm only."""

    container_id: str | None = wire("ContainerID")
    """Id of the container."""


class Limit(Model):
    """The most that a task may use."""

    nano_cpus: int | None = wire("NanoCPUs")
    """CPU in billionths of a core: ``500_000_000`` is half a core."""
    memory_bytes: int | None = None
    """Memory in bytes."""
    pids: int | None = None
    """How many processes; ``0`` is any number."""


class ResourceRequirements(Model):
    """What a task may use and what it must have."""

    limits: Limit | None = None
    """The most it may use."""
    reservations: ResourceObject | None = None
    """What its node must have left for it."""
    swap_bytes: int | None = None
    """Swap in bytes beyond the limit of memory; ``-1`` is any amount. API 1.52+."""
    memory_swappiness: int | None = None
    """The kernel's tendency to swap, 0 to 100; ``-1`` leaves it to the node. API 1.52+."""


class TaskRestartPolicy(Model):
    """When a task that has ended is replaced."""

    condition: RestartCondition | None = None
    """After which ends."""
    delay: int | None = None
    """Nanoseconds to wait before that."""
    max_attempts: int | None = None
    """How often at most within ``window``; ``0`` is any number."""
    window: int | None = None
    """Nanoseconds over which attempts are counted; ``0`` counts them all."""


class SpreadOver(Model):
    """Spreads tasks evenly over the values of a label."""

    spread_descriptor: str | None = None
    """The label, for example ``node.labels.rack``."""


class PlacementPreference(Model):
    """A preference for where tasks run."""

    spread: SpreadOver | None = None
    """Spread them evenly over the values of a label."""


class Placement(Model):
    """Where tasks may run."""

    constraints: list[str] | None = None
    """Conditions a node must meet, for example ``node.role==manager``."""
    preferences: list[PlacementPreference] | None = None
    """Preferences, the strongest first."""
    max_replicas: int | None = None
    """How many tasks of the service one node takes at most; ``0`` is any number."""
    platforms: list[Platform] | None = None
    """Platforms the image can run on; filled in by the engine from the registry."""


class NetworkAttachmentConfig(Model):
    """A network that tasks are attached to."""

    target: str | None = None
    """Id or name of the network."""
    aliases: list[str] | None = None
    """Further names of the service in this network."""
    driver_opts: dict[str, str] | None = None
    """Options for the network's driver."""


class TaskSpec(Model):
    """The template of tasks: one of ``container_spec``, ``plugin_spec`` and ``network_attachment_spec`` is set."""

    plugin_spec: PluginSpec | None = None
    """The plugin to install, if ``runtime`` is ``plugin``."""
    container_spec: ContainerSpec | None = None
    """The container to run."""
    network_attachment_spec: NetworkAttachmentSpec | None = None
    """The container that joined a network; made by the swarm only."""
    resources: ResourceRequirements | None = None
    """What a task may use and what it must have."""
    restart_policy: TaskRestartPolicy | None = None
    """When a task that has ended is replaced."""
    placement: Placement | None = None
    """Where tasks may run."""
    force_update: int | None = None
    """A new number makes an update replace all tasks even if nothing else has changed."""
    runtime: TaskRuntime | None = None
    """What tasks are carried out by; containers if not given."""
    networks: list[NetworkAttachmentConfig] | None = None
    """Networks the tasks are attached to."""
    log_driver: Driver | None = None
    """Log driver; the swarm's, then the engine's default if not given."""


# ---- tasks


class EndpointPortConfig(Model):
    """A published port."""

    name: str | None = None
    """A name for it; of no effect."""
    protocol: PortProtocol | None = None
    """Transport protocol; ``tcp`` if not given."""
    target_port: int | None = None
    """Port in the containers."""
    published_port: int | None = None
    """Port on the nodes; the swarm chooses one if not given."""
    publish_mode: PublishMode | None = None
    """Whether every node publishes it (``ingress``, the default) or only where a task runs (``host``)."""


class PortStatus(Model):
    """The ports a task publishes on its node."""

    ports: list[EndpointPortConfig] | None = None
    """Ports published with mode ``host``."""


class ContainerStatus(Model):
    """The container of a task."""

    container_id: str | None = wire("ContainerID")
    """Id of the container."""
    pid: int | None = wire("PID")
    """Id of its process on the node; ``0`` if it does not run."""
    exit_code: int | None = None
    """Its exit code, once it has ended."""


class TaskStatus(Model):
    """How a task is doing."""

    timestamp: Time | None = None
    """When it came into this state."""
    state: TaskState | None = None
    """Which stage it has reached."""
    message: str | None = None
    """What is being done or was done."""
    err: str | None = None
    """What went wrong."""
    container_status: ContainerStatus | None = None
    """Its container, once there is one."""
    port_status: PortStatus | None = None
    """Ports published on its node."""


class SwarmIPAMConfig(Model):
    """A subnet of a swarm network."""

    subnet: str | None = None
    """The subnet as CIDR."""
    range: str | None = None
    """The part of it that addresses are taken from, as CIDR."""
    gateway: str | None = None
    """Address of the gateway."""


class SwarmIPAMOptions(Model):
    """How addresses of a swarm network are given out."""

    driver: Driver | None = None
    """The driver that does it."""
    configs: list[SwarmIPAMConfig] | None = None
    """The subnets."""


class SwarmNetworkSpec(Model):
    """Settings of a swarm network."""

    name: str | None = None
    """Its name."""
    labels: dict[str, str] | None = None
    """Its labels."""
    driver_configuration: Driver | None = None
    """Its driver."""
    ipv6_enabled: bool | None = wire("IPv6Enabled")
    """Whether it has IPv6."""
    internal: bool | None = None
    """Whether it has no way out."""
    attachable: bool | None = None
    """Whether containers outside services may join."""
    ingress: bool | None = None
    """Whether it carries the routing mesh."""
    ipam_options: SwarmIPAMOptions | None = wire("IPAMOptions")
    """How addresses are given out."""
    config_from: ConfigReference | None = None
    """The network its configuration is taken from."""
    scope: str | None = None
    """``swarm``, ``global`` or ``local``."""


class SwarmNetwork(SwarmObject):
    """A network in the swarm's own terms, as tasks show it."""

    spec: SwarmNetworkSpec | None = None
    """Its settings."""
    driver_state: Driver | None = None
    """Its driver, with the options in force."""
    ipam_options: SwarmIPAMOptions | None = wire("IPAMOptions")
    """The addresses that were given out to it."""


class NetworkAttachment(Model):
    """A network that a task is attached to."""

    network: SwarmNetwork | None = None
    """The network."""
    addresses: list[str] | None = None
    """The task's addresses in it, as CIDR."""


class VolumeAttachment(Model):
    """A cluster volume that a task uses."""

    id: str | None = wire("ID")
    """Id of the volume in the swarm. API 1.42+."""
    source: str | None = None
    """What the mount names as its source. API 1.42+."""
    target: str | None = None
    """Path in the container. API 1.42+."""


class Task(SwarmObject):
    """A task: one container of a service on one node."""

    name: str | None = None
    """Its name; usually missing."""
    labels: dict[str, str] | None = None
    """Its labels."""
    spec: TaskSpec | None = None
    """The template it was made from."""
    service_id: str | None = wire("ServiceID")
    """Id of its service."""
    slot: int | None = None
    """Which replica it is, from 1 on; missing for global services."""
    node_id: str | None = wire("NodeID")
    """Id of its node, once it has one."""
    generic_resources: list[GenericResource] | None = None
    """User-defined resources assigned to it, as engines send them."""
    assigned_generic_resources: list[GenericResource] | None = None
    """User-defined resources assigned to it, under the name of the specification; engines up to 29 leave it out."""
    status: TaskStatus | None = None
    """How it is doing."""
    desired_state: TaskState | None = None
    """The stage that the swarm brings it to."""
    job_iteration: ObjectVersion | None = None
    """Which run of its job it belongs to; jobs only."""
    networks_attachments: list[NetworkAttachment] | None = None
    """Networks it is attached to."""
    volumes: list[VolumeAttachment] | None = None
    """Cluster volumes it uses. API 1.42+."""
