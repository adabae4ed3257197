"""Images as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy._protocol.reference import parse_repository_tag
from aiodockerpy.models import ImageInspect
from aiodockerpy.resources._base import Collection, Resource, gather_present

if TYPE_CHECKING:
    from aiodockerpy._transport.streams import Stream
    from aiodockerpy.models import JSONMessage
    from aiodockerpy.models.filters import ImageListFilters

__all__ = ["Image", "ImageCollection"]


class Image(Resource[ImageInspect]):
    """An image."""

    @property
    def short_id(self) -> str:
        """The id cut to the length that people read, with ``sha256:`` in front if it has it."""
        return self.id[: 19 if self.id.startswith("sha256:") else 12]

    @property
    def tags(self) -> list[str]:
        """Its names with tags."""
        return [tag for tag in self.info.repo_tags or () if tag != "<none>:<none>"]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        config = self.info.config
        return dict(config.labels or {}) if config is not None else {}

    async def reload(self) -> None:
        """Look at the image again and replace the snapshot.

        Raises:
            ImageNotFound: It was removed.
        """
        self._replace(await self.client.api.images.inspect(self.id))

    def __repr__(self) -> str:
        return f"<Image: {', '.join(map(repr, self.tags))}>"


class ImageCollection(Collection):
    """The images of the engine."""

    async def get(self, name: str) -> Image:
        """Return an image by its id, the unique beginning of one, or its name.

        Raises:
            ImageNotFound: No such image on the engine.
        """
        return Image(self.client, await self.client.api.images.inspect(name))

    async def list(
        self, name: str | None = None, all: bool = False, filters: ImageListFilters | None = None
    ) -> list[Image]:
        """List images.

        Args:
            name: Only those of this name, with or without a tag.
            all: Also the intermediate layers.
            filters: Which images.
        """
        wanted: Any = {**(filters or {})}
        if name is not None:
            wanted["reference"] = name
        found = await self.client.api.images.list(all=all, filters=wanted or None)
        return await gather_present([str(summary.id) for summary in found], self.get)
