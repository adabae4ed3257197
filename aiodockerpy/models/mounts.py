"""Mounts of containers, as they are requested and as they are reported."""

from typing import Literal

from aiodockerpy.models._base import JsonValue, wire
from aiodockerpy.models._lazy import LazyModel

MountType = Literal["bind", "cluster", "image", "npipe", "tmpfs", "volume"] | str
"""What is mounted (``cluster`` from API 1.42, ``image`` from 1.48); open for newer values."""

MountPropagation = Literal["", "private", "rprivate", "shared", "rshared", "slave", "rslave"] | str
"""Whether mounts made below a bind mount reach the other side; open for newer values."""


class MountBindOptions(LazyModel):
    """Options of a bind mount."""

    propagation: MountPropagation | None = None
    """Whether later mounts below it reach the other side."""
    non_recursive: bool | None = None
    """Whether mounts below the source are left out."""
    create_mountpoint: bool | None = None
    """Whether the source is made if it does not exist. API 1.42+."""
    read_only_non_recursive: bool | None = None
    """Whether only the mount itself, not those below it, is read-only. API 1.44+."""
    read_only_force_recursive: bool | None = None
    """Whether it is an error if the mounts below cannot be made read-only too. API 1.44+."""


class MountVolumeOptionsDriverConfig(LazyModel):
    """The driver that makes a volume."""

    name: str | None = None
    """Name of the driver."""
    options: dict[str, str] | None = None
    """Options of the driver."""


class MountVolumeOptions(LazyModel):
    """Options of a volume that is mounted."""

    no_copy: bool | None = None
    """Whether the image's files at the target are not copied into a new volume."""
    labels: dict[str, str] | None = None
    """Labels of a volume that is made for this mount."""
    driver_config: MountVolumeOptionsDriverConfig | None = None
    """Driver of a volume that is made for this mount."""
    subpath: str | None = None
    """Directory inside the volume to mount; it must exist. API 1.45+."""


class MountImageOptions(LazyModel):
    """Options of an image that is mounted (API 1.48+)."""

    subpath: str | None = None
    """Directory inside the image to mount; it must exist."""


class MountTmpfsOptions(LazyModel):
    """Options of a temporary file system."""

    size_bytes: int | None = None
    """Size in bytes; half of the host's memory if not given."""
    mode: int | None = None
    """Permissions as an integer: 0o1777 if not given."""
    options: list[list[str]] | None = None
    """Further mount options: ``[name]`` or ``[name, value]``. API 1.46+."""


class Mount(LazyModel):
    """A mount that a container is to have."""

    target: str | None = None
    """Path in the container."""
    source: str | None = None
    """Path on the host, name of the volume, or image; by type."""
    type: MountType | None = None
    """What is mounted."""
    read_only: bool | None = None
    """Whether the container cannot write to it."""
    consistency: str | None = None
    """How strictly both sides agree: ``default``, ``consistent``, ``cached`` or ``delegated``."""
    bind_options: MountBindOptions | None = None
    """For type ``bind``."""
    volume_options: MountVolumeOptions | None = None
    """For type ``volume``."""
    image_options: MountImageOptions | None = None
    """For type ``image``. API 1.48+."""
    tmpfs_options: MountTmpfsOptions | None = None
    """For type ``tmpfs``."""
    cluster_options: dict[str, JsonValue] | None = None
    """For type ``cluster``; the engine defines no option so far. API 1.42+."""


class MountPoint(LazyModel):
    """A mount that a container has."""

    type: MountType | None = None
    """What is mounted."""
    name: str | None = None
    """Name of the volume."""
    source: str | None = None
    """Where it lies on the host."""
    destination: str | None = None
    """Path in the container."""
    driver: str | None = None
    """Driver of the volume."""
    mode: str | None = None
    """Options as they were given, separated by commas, for example ``"z"``."""
    rw: bool | None = wire("RW")
    """Whether the container can write to it."""
    propagation: MountPropagation | None = None
    """Whether later mounts below it reach the other side."""
