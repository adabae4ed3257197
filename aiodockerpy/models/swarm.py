"""The swarm itself: its settings, how to set one up, join and unlock it."""

from typing import Literal

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models.swarm_common import Driver, NodeAvailability, SwarmObject, TLSInfo

ExternalCAProtocol = Literal["cfssl"] | str
"""Protocol of an external CA; open for newer values."""


class OrchestrationConfig(Model):
    """How the swarm manages tasks."""

    task_history_retention_limit: int | None = None
    """How many ended tasks are kept for each replica (or node); negative keeps all."""


class RaftConfig(Model):
    """How the managers keep their log."""

    snapshot_interval: int | None = None
    """Log entries between two snapshots."""
    keep_old_snapshots: int | None = None
    """How many snapshots are kept beside the current one."""
    log_entries_for_slow_followers: int | None = None
    """Log entries kept after a snapshot for managers that lag behind."""
    election_tick: int | None = None
    """Ticks (a second each) of silence after which a new leader is elected; more than ``heartbeat_tick``."""
    heartbeat_tick: int | None = None
    """Ticks (a second each) between two heartbeats of the leader."""


class DispatcherConfig(Model):
    """How managers and nodes communicate."""

    heartbeat_period: int | None = None
    """Nanoseconds between two heartbeats of a node."""


class ExternalCA(Model):
    """A certificate authority outside the swarm that issues the nodes' certificates."""

    protocol: ExternalCAProtocol | None = None
    """Its protocol."""
    url: str | None = wire("URL")
    """Where requests to sign are sent."""
    options: dict[str, str] | None = None
    """Further options of the protocol."""
    ca_cert: str | None = wire("CACert")
    """Its root certificate, PEM; the swarm's own root if not given."""


class CAConfig(Model):
    """How the certificates of the nodes are made."""

    node_cert_expiry: int | None = None
    """Life of a node's certificate in nanoseconds."""
    external_cas: list[ExternalCA] | None = wire("ExternalCAs")
    """Authorities outside the swarm that sign as well."""
    signing_ca_cert: str | None = wire("SigningCACert")
    """The root certificate that the swarm is to use, PEM."""
    signing_ca_key: str | None = wire("SigningCAKey", repr=False)
    """Private key of that root certificate, PEM. A secret: never sent by the engine, not in the repr."""
    force_rotate: int | None = None
    """A new number makes the swarm rotate to a root certificate of its own making."""


class EncryptionConfig(Model):
    """How the managers' data are kept."""

    auto_lock_managers: bool | None = None
    """Whether a restarted manager needs the unlock key."""


class TaskDefaults(Model):
    """Defaults for tasks whose service does not set them."""

    log_driver: Driver | None = None
    """Log driver of tasks made from now on."""


class SwarmSpec(Model):
    """Settings of the swarm that can be changed: read them, edit them, send them back."""

    name: str | None = None
    """Name of the swarm: ``default``."""
    labels: dict[str, str] | None = None
    """Labels of the swarm."""
    orchestration: OrchestrationConfig | None = None
    """How it manages tasks."""
    raft: RaftConfig | None = None
    """How the managers keep their log."""
    dispatcher: DispatcherConfig | None = None
    """How managers and nodes communicate."""
    ca_config: CAConfig | None = wire("CAConfig")
    """How the certificates of the nodes are made."""
    encryption_config: EncryptionConfig | None = None
    """How the managers' data are kept."""
    task_defaults: TaskDefaults | None = None
    """Defaults for tasks whose service does not set them."""


class ClusterInfo(SwarmObject):
    """The part of the swarm that is visible to every client."""

    spec: SwarmSpec | None = None
    """Its settings."""
    tls_info: TLSInfo | None = wire("TLSInfo")
    """Its trust root."""
    root_rotation_in_progress: bool | None = None
    """Whether it is changing its root certificate right now."""
    data_path_port: int | None = None
    """UDP port of the traffic between containers (VXLAN)."""
    default_addr_pool: list[str] | None = None
    """Pools that subnets of global networks are taken from, as CIDR."""
    subnet_size: int | None = None
    """Prefix length of the subnets taken from the pools."""


class JoinTokens(Model):
    """The tokens with which nodes join. Secrets: not in the repr."""

    worker: str | None = wire("Worker", repr=False)
    """Token to join as a worker."""
    manager: str | None = wire("Manager", repr=False)
    """Token to join as a manager."""


class Swarm(ClusterInfo):
    """The swarm as a manager sees it."""

    join_tokens: JoinTokens | None = None
    """The tokens with which nodes join."""


class SwarmInitRequest(Model):
    """Sets up a swarm with this engine as its first manager."""

    listen_addr: str | None = None
    """Address (or interface) and port managers listen on: ``0.0.0.0:2377``."""
    advertise_addr: str | None = None
    """Address (or interface) advertised to other nodes; chosen by the engine if there is only one."""
    data_path_addr: str | None = None
    """Address or interface of the traffic between containers; as ``advertise_addr`` if not given."""
    data_path_port: int | None = None
    """UDP port of that traffic, 1024 to 49151; ``0`` is 4789."""
    default_addr_pool: list[str] | None = None
    """Pools that subnets of global networks are taken from, as CIDR."""
    force_new_cluster: bool | None = None
    """Whether to make a new swarm of one from the state of a manager that has lost the others."""
    subnet_size: int | None = None
    """Prefix length of the subnets taken from the pools; ``0`` is 24, at most 29."""
    spec: SwarmSpec | None = None
    """Its settings."""
    auto_lock_managers: bool | None = None
    """Whether a restarted manager needs the unlock key."""
    availability: NodeAvailability | None = None
    """Whether this node takes tasks."""


class SwarmJoinRequest(Model):
    """Makes this engine a node of a swarm that exists."""

    listen_addr: str | None = None
    """Address (or interface) and port this node listens on if it becomes a manager."""
    advertise_addr: str | None = None
    """Address (or interface) advertised to other nodes; chosen by the engine if there is only one."""
    data_path_addr: str | None = None
    """Address or interface of the traffic between containers; as ``advertise_addr`` if not given."""
    remote_addrs: list[str] | None = None
    """Addresses of managers of the swarm, ``host:port``."""
    join_token: str | None = wire("JoinToken", repr=False)
    """Token of the role to join in. A secret: not in the repr."""
    availability: NodeAvailability | None = None
    """Whether this node takes tasks."""


class SwarmUnlockRequest(Model):
    """Unlocks a manager that was restarted."""

    unlock_key: str | None = wire("UnlockKey", repr=False)
    """Unlock key of the swarm. A secret: not in the repr."""


class UnlockKey(Model):
    """The key that unlocks restarted managers."""

    unlock_key: str | None = wire("UnlockKey", repr=False)
    """Unlock key of the swarm; empty if managers are not locked. A secret: not in the repr."""
