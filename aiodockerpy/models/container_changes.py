"""Requests and answers of the operations that create, update, wait for and remove containers."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models.containers import ContainerConfig
from aiodockerpy.models.endpoints import EndpointSettings
from aiodockerpy.models.host_config import HostConfig, Resources, RestartPolicy

ChangeKind = int
"""What happened to a file: 0 changed, 1 added, 2 removed; open for newer values."""


class NetworkingConfig(Model):
    """The networks a container joins at its creation; more than one needs API 1.44."""

    endpoints_config: dict[str, EndpointSettings] | None = None
    """Settings by network; ``EndpointSettings()`` for none of its own, since engines refuse null."""


class ContainerCreateRequest(ContainerConfig):
    """A container to be made."""

    host_config: HostConfig | None = None
    """What it gets from the host."""
    networking_config: NetworkingConfig | None = None
    """The networks it joins."""


class ContainerCreate(LazyModel):
    """A container that was made."""

    id: str | None = None
    """Its id."""
    warnings: list[str] | None = None
    """What the engine could not do as asked."""


class ContainerUpdateRequest(Resources):
    """Limits to change while a container exists; what is not set stays."""

    restart_policy: RestartPolicy | None = None
    """When it is restarted."""


class ContainerUpdate(Model):
    """The answer to a change of limits."""

    warnings: list[str] | None = None
    """What the engine could not do as asked."""


class FilesystemChange(Model):
    """A file or directory of a container that differs from its image."""

    path: str | None = None
    """Its path."""
    kind: ChangeKind | None = None
    """0 changed, 1 added, 2 removed."""


class ContainerTop(Model):
    """The processes of a container."""

    titles: list[str] | None = None
    """Names of the columns."""
    processes: list[list[str]] | None = None
    """A row for each process."""


class ContainerWaitExitError(LazyModel):
    """Why waiting failed."""

    message: str | None = None
    """The engine's text."""


class ContainerWait(LazyModel):
    """How a container ended."""

    status_code: int | None = None
    """Exit code."""
    error: ContainerWaitExitError | None = None
    """Why waiting failed; missing or ``None`` if it did not."""


class ContainerPrune(Model):
    """What a clean-up of containers did."""

    containers_deleted: list[str] | None = None
    """Ids of the containers removed; ``None`` if there were none."""
    space_reclaimed: int | None = None
    """Bytes freed."""


class Checkpoint(Model):
    """A checkpoint of a container."""

    name: str | None = None
    """Its name."""


class CheckpointCreateRequest(Model):
    """A checkpoint to be made."""

    checkpoint_id: str | None = wire("CheckpointID")
    """Name of the checkpoint."""
    checkpoint_dir: str | None = None
    """Directory on the host that holds it; the engine's own if not given."""
    exit: bool | None = None
    """Whether the container stops after it."""
