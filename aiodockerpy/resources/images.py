"""Images as objects, and the collection of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from aiodockerpy._protocol.reference import Reference
from aiodockerpy._transport.streams import Source, Stream
from aiodockerpy.models import ImageInspect, JSONMessage
from aiodockerpy.resources._base import Collection, Resource, gather_present

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping

    from aiodockerpy._config.auth import AuthConfig
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

    @overload
    def pull(
        self,
        repository: str,
        tag: str | None = None,
        all_tags: Literal[False] = False,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
    ) -> Stream[JSONMessage, Image]: ...
    @overload
    def pull(
        self,
        repository: str,
        tag: str | None = None,
        *,
        all_tags: Literal[True],
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
    ) -> Stream[JSONMessage, builtins.list[Image]]: ...
    def pull(
        self,
        repository: str,
        tag: str | None = None,
        all_tags: bool = False,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
    ) -> Stream[JSONMessage, Image] | Stream[JSONMessage, builtins.list[Image]]:
        """Pull an image from its registry.

        Args:
            repository: Its name; a tag or digest may be part of it.
            tag: Tag or digest, instead of the name's; ``latest`` if neither says.
            all_tags: Every tag of the repository.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.
            platform: ``os[/arch[/variant]]``, where the image has several; the engine's own if not given.

        Returns:
            A handle: awaited it gives the image (with ``all_tags`` the list of them), iterated the progress as it happens.

        Raises:
            ImageNotFound: The registry has no such image, or does not show it.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the pull did.
        """
        reference = Reference.parse(repository)
        version = tag or reference.version

        async def start() -> Source[JSONMessage]:
            auth = await self.client.credentials.resolve(reference.registry, auth_config)
            progress = self.client.api.images.pull(
                repository, tag=version, all_tags=all_tags, platform=platform, auth=auth
            )
            return await progress.__aenter__()

        async def one(source: Source[JSONMessage]) -> Image:
            await _drain(source)
            return await self.get(_name(reference.repository, version or "latest"))

        async def every(source: Source[JSONMessage]) -> builtins.list[Image]:
            await _drain(source)
            return await self.list(reference.repository)

        if all_tags:
            return Stream(start, every, name="images.pull")
        return Stream(start, one, name="images.pull")


def _name(repository: str, version: str) -> str:
    return f"{repository}@{version}" if ":" in version else f"{repository}:{version}"


async def _drain(source: Source[JSONMessage]) -> None:
    while await source.batch():
        pass
