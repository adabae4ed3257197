"""The nodes of a swarm."""

from typing import Literal

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models.swarm_common import NodeAvailability, Platform, ResourceObject, SwarmObject, TLSInfo
from aiodockerpy.models.volumes import Topology

NodeRole = Literal["worker", "manager"] | str
"""What a node does in the swarm; open for newer values."""

NodeState = Literal["unknown", "down", "ready", "disconnected"] | str
"""How the managers find a node; open for newer values."""

Reachability = Literal["unknown", "unreachable", "reachable"] | str
"""Whether a manager can be reached by the others; open for newer values."""


class NodeSpec(Model):
    """Settings of a node that can be changed: read them, edit them, send them back."""

    name: str | None = None
    """Name of the node; usually empty, see `NodeDescription.hostname`."""
    labels: dict[str, str] | None = None
    """Labels of the node, for constraints ``node.labels.NAME``."""
    role: NodeRole | None = None
    """The desired role; an update promotes or demotes."""
    availability: NodeAvailability | None = None
    """Whether it takes tasks."""


class EngineDescriptionPlugin(Model):
    """A plugin that a node has."""

    type: str | None = None
    """Its kind: ``Volume``, ``Network``, ``Log`` ..."""
    name: str | None = None
    """Its name."""


class EngineDescription(Model):
    """The engine of a node."""

    engine_version: str | None = None
    """Version of the engine, for example ``28.5.2``."""
    labels: dict[str, str] | None = None
    """Labels of the engine, for constraints ``engine.labels.NAME``."""
    plugins: list[EngineDescriptionPlugin] | None = None
    """Its plugins."""


class NodeCSIInfo(Model):
    """What a CSI plugin of a node reports about the node."""

    plugin_name: str | None = None
    """Name of the plugin."""
    node_id: str | None = wire("NodeID")
    """The plugin's own id of the node."""
    max_volumes_per_node: int | None = None
    """How many volumes it can publish there; ``0`` leaves it to the plugin."""
    accessible_topology: Topology | None = None
    """Where the node is, in the plugin's terms."""


class NodeDescription(Model):
    """The description of a node, as it reports it."""

    hostname: str | None = None
    """Name of the machine."""
    platform: Platform | None = None
    """Its operating system and architecture."""
    resources: ResourceObject | None = None
    """All that it has."""
    engine: EngineDescription | None = None
    """Its engine."""
    tls_info: TLSInfo | None = wire("TLSInfo")
    """The trust root it uses."""
    csi_info: list[NodeCSIInfo] | None = wire("CSIInfo")
    """What its CSI plugins report. API 1.42+."""


class NodeStatus(Model):
    """The state of a node as the managers see it."""

    state: NodeState | None = None
    """Whether it can be used."""
    message: str | None = None
    """Why it is in this state."""
    addr: str | None = None
    """Its IP address as the managers see it."""


class ManagerStatus(Model):
    """The status of a manager."""

    leader: bool | None = None
    """Whether it leads; missing if not."""
    reachability: Reachability | None = None
    """Whether the others can reach it."""
    addr: str | None = None
    """Its address and port for the other managers."""


class Node(SwarmObject):
    """A node of the swarm."""

    spec: NodeSpec | None = None
    """Its settings."""
    description: NodeDescription | None = None
    """Its own description."""
    status: NodeStatus | None = None
    """Its state as the managers see it."""
    manager_status: ManagerStatus | None = None
    """Set for managers only."""
