"""Volumes, those of the cluster included."""

from typing import Literal

from aiodockerpy.models._base import JsonValue, Model, wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._time import Time
from aiodockerpy.models.swarm_common import NodeAvailability, SwarmObject

VolumeScope = Literal["local", "global"] | str
"""Where a volume can be used: on this engine or on the whole cluster; open for newer values."""

PublishState = Literal["pending-publish", "published", "pending-node-unpublish", "pending-controller-unpublish"] | str
"""How far a cluster volume is published on a node; open for newer values."""


class Topology(Model):
    """A place in the topology of the cluster (API 1.42+)."""

    segments: dict[str, str] | None = None
    """Names and values of its domains, for example region and rack."""


class ClusterVolumeSecret(Model):
    """A secret handed to the storage plugin (API 1.42+)."""

    key: str | None = None
    """The plugin's name for it."""
    secret: str | None = None
    """Id or name of the swarm secret; not its content."""


class ClusterVolumeAccessibilityRequirements(Model):
    """From where a volume must be reached (API 1.42+)."""

    requisite: list[Topology] | None = None
    """It must be reached from at least one of these."""
    preferred: list[Topology] | None = None
    """Where it is best placed."""


class ClusterVolumeCapacityRange(Model):
    """The required size of a volume, as a range (API 1.42+)."""

    required_bytes: int | None = None
    """Least size in bytes; 0 leaves it open."""
    limit_bytes: int | None = None
    """Largest size in bytes; 0 leaves it open."""


class ClusterVolumeAccessMode(Model):
    """How a volume is used by tasks (API 1.42+)."""

    scope: Literal["single", "multi"] | str | None = None
    """Whether one node at a time or several may use it."""
    sharing: Literal["none", "readonly", "onewriter", "all"] | str | None = None
    """Whether several tasks may use it, and how many may write."""
    mount_volume: dict[str, JsonValue] | None = None
    """Options of a volume that is mounted: ``FsType`` and ``MountFlags``."""
    block_volume: dict[str, JsonValue] | None = None
    """Given, ``{}``, if it is used as a block device."""


class ClusterVolumeSpec(Model):
    """Settings of a cluster volume (API 1.42+)."""

    group: str | None = None
    """A name that stands for any volume of the group in a mount."""
    access_mode: ClusterVolumeAccessMode | None = None
    """How it is used by tasks."""
    accessibility_requirements: ClusterVolumeAccessibilityRequirements | None = None
    """From where it must be reached."""
    capacity_range: ClusterVolumeCapacityRange | None = None
    """The required size."""
    secrets: list[ClusterVolumeSecret] | None = None
    """Secrets handed to the storage plugin."""
    availability: NodeAvailability | None = None
    """Whether tasks may use it, may not start using it, or must stop."""


class ClusterVolumeInfo(Model):
    """Information from the storage plugin about a volume (API 1.42+)."""

    capacity_bytes: int | None = None
    """Size in bytes; 0 if it is not known."""
    volume_context: dict[str, str] | None = None
    """Values that the plugin has the swarm keep."""
    volume_id: str | None = wire("VolumeID")
    """The plugin's id of it; empty until it was made."""
    accessible_topology: list[Topology] | None = None
    """From where it can be reached."""


class ClusterVolumePublishStatus(Model):
    """A volume on a node (API 1.42+)."""

    node_id: str | None = wire("NodeID")
    """Id of the node."""
    state: PublishState | None = None
    """How far it is published there."""
    publish_context: dict[str, str] | None = None
    """What the plugin gave for the node."""


class ClusterVolume(SwarmObject):
    """The state of a cluster volume (API 1.42+)."""

    spec: ClusterVolumeSpec | None = None
    """Its settings."""
    info: ClusterVolumeInfo | None = None
    """Information from the storage plugin."""
    publish_status: list[ClusterVolumePublishStatus] | None = None
    """The nodes it is on."""


class VolumeUsageData(Model):
    """How much a volume is used; only in the disk usage."""

    size: int | None = None
    """Bytes; -1 if it is not known."""
    ref_count: int | None = None
    """Containers that use it; -1 if it is not known."""


class Volume(LazyModel):
    """A volume."""

    name: str | None = None
    """Its name."""
    driver: str | None = None
    """Its driver."""
    mountpoint: str | None = None
    """Where its files lie on the host."""
    created_at: Time | None = None
    """When it was made."""
    status: dict[str, JsonValue] | None = None
    """Information from its driver."""
    labels: dict[str, str] | None = None
    """Labels."""
    scope: VolumeScope | None = None
    """Where it can be used."""
    cluster_volume: ClusterVolume | None = None
    """Its state as a cluster volume. API 1.42+."""
    options: dict[str, str] | None = None
    """Options of the driver."""
    usage_data: VolumeUsageData | None = None
    """How much it is used; only in the disk usage."""


class VolumeCreateRequest(Model):
    """A volume to be made."""

    name: str | None = None
    """Its name; generated by the engine if not given."""
    driver: str | None = None
    """Its driver; ``local`` if not given."""
    driver_opts: dict[str, str] | None = None
    """Options of the driver."""
    labels: dict[str, str] | None = None
    """Labels."""
    cluster_volume_spec: ClusterVolumeSpec | None = None
    """Its settings in the cluster; only with a driver of the cluster. API 1.42+."""


class VolumeUpdateRequest(Model):
    """New settings of a cluster volume (API 1.42+)."""

    spec: ClusterVolumeSpec | None = None
    """The whole of it; only ``availability`` may differ."""


class VolumeList(LazyModel):
    """The volumes."""

    volumes: list[Volume] | None = None
    """The volumes; ``None`` if there are none."""
    warnings: list[str] | None = None
    """What went wrong while asking the drivers."""


class VolumePrune(Model):
    """What a clean-up of volumes did."""

    volumes_deleted: list[str] | None = None
    """Names of the volumes removed; ``None`` if there were none."""
    space_reclaimed: int | None = None
    """Bytes freed."""
