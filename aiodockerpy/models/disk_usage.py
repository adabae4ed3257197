"""Disk usage of the engine's objects."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models.build import BuildCache
from aiodockerpy.models.containers import ContainerSummary
from aiodockerpy.models.images import ImageSummary
from aiodockerpy.models.volumes import Volume


class DiskUsage(Model):
    """What objects of one kind take (API 1.52+)."""

    active_count: int | None = None
    """Objects in use."""
    total_count: int | None = None
    """Objects, all."""
    reclaimable: int | None = None
    """Bytes that a clean-up would free."""
    total_size: int | None = None
    """Bytes, all."""


class ImagesDiskUsage(DiskUsage):
    """What images take (API 1.52+)."""

    items_: list[ImageSummary] | None = wire("Items")
    """The images; only if asked with ``verbose``."""


class ContainersDiskUsage(DiskUsage):
    """What containers take (API 1.52+)."""

    items_: list[ContainerSummary] | None = wire("Items")
    """The containers; only if asked with ``verbose``."""


class VolumesDiskUsage(DiskUsage):
    """What volumes take (API 1.52+)."""

    items_: list[Volume] | None = wire("Items")
    """The volumes; only if asked with ``verbose``."""


class BuildCacheDiskUsage(DiskUsage):
    """What the build cache takes (API 1.52+)."""

    items_: list[BuildCache] | None = wire("Items")
    """The records; only if asked with ``verbose``."""


class SystemDataUsage(Model):
    """What the engine's objects take on disk.

    ``images``, ``containers``, ``volumes``, ``build_cache`` and ``layers_size`` read either form of the answer.
    """

    image_usage: ImagesDiskUsage | None = None
    """Images. API 1.52+."""
    container_usage: ContainersDiskUsage | None = None
    """Containers. API 1.52+."""
    volume_usage: VolumesDiskUsage | None = None
    """Volumes. API 1.52+."""
    build_cache_usage: BuildCacheDiskUsage | None = None
    """The build cache. API 1.52+."""
    legacy_layers_size: int | None = wire("LayersSize")
    """See ``layers_size``. Up to API 1.51; newer engines may send it too."""
    legacy_images: list[ImageSummary] | None = wire("Images")
    """See ``images``. Up to API 1.51; newer engines may send it too."""
    legacy_containers: list[ContainerSummary] | None = wire("Containers")
    """See ``containers``. Up to API 1.51; newer engines may send it too."""
    legacy_volumes: list[Volume] | None = wire("Volumes")
    """See ``volumes``. Up to API 1.51; newer engines may send it too."""
    legacy_build_cache: list[BuildCache] | None = wire("BuildCache")
    """See ``build_cache``. Up to API 1.51; newer engines may send it too."""

    @property
    def layers_size(self) -> int | None:
        """Bytes of all layers of images, whatever the API version; ``None`` if it was not asked for."""
        if self.legacy_layers_size is not None or not isinstance(self.image_usage, DiskUsage):
            return self.legacy_layers_size
        return self.image_usage.total_size or 0

    @property
    def images(self) -> list[ImageSummary]:
        """The images, whatever the API version."""
        return self.legacy_images or getattr(self.image_usage, "items_", None) or []

    @property
    def containers(self) -> list[ContainerSummary]:
        """The containers, whatever the API version."""
        return self.legacy_containers or getattr(self.container_usage, "items_", None) or []

    @property
    def volumes(self) -> list[Volume]:
        """The volumes with their usage, whatever the API version."""
        return self.legacy_volumes or getattr(self.volume_usage, "items_", None) or []

    @property
    def build_cache(self) -> list[BuildCache]:
        """The records of the build cache, whatever the API version."""
        return self.legacy_build_cache or getattr(self.build_cache_usage, "items_", None) or []
