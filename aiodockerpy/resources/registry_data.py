"""The description of an image in a registry, as an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from aiodockerpy import errors
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.platforms import platform_json
from aiodockerpy._protocol.reference import parse_repository_tag
from aiodockerpy.resources._base import Resource

if TYPE_CHECKING:
    from aiodockerpy import models, resources, streams
    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy.client import DockerClient


def normalize_platform(
    platform: Mapping[str, str] | None, engine_info: Mapping[str, Any] | models.SystemVersion
) -> dict[str, str]:
    """Complete a platform by what the engine runs on; the mapping given is not changed.

    Args:
        platform: ``os``, ``architecture`` and ``variant``, or some of them.
        engine_info: ``Os`` and ``Arch``, as in ``await client.version()``.
    """
    found = dict(platform or {})
    found.setdefault("os", str(engine_info["Os"]))
    found.setdefault("architecture", str(engine_info["Arch"]))
    return found


@checks_arguments
class RegistryData(Resource["models.DistributionInspect"]):
    """An image in a registry: its digest and its platforms.

    Attributes:
        image_name: What it was asked for by.
    """

    def __init__(
        self,
        client: DockerClient,
        info: models.DistributionInspect,
        image_name: str,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(client, info)
        self.image_name = image_name
        self._auth_config = auth_config

    @property
    def id(self) -> str:
        """The digest."""
        descriptor = self._info.descriptor
        return (descriptor.digest or "") if descriptor is not None else ""

    @property
    def short_id(self) -> str:
        """The first 12 digits of the digest, after ``sha256:``."""
        return self.id[:19]

    async def reload(self) -> Self:
        """Request the registry's data again and replace the snapshot.

        Raises:
            ImageNotFound: The registry has no such image, or does not show it.
        """
        self._replace((await self.client.images.get_registry_data(self.image_name, self._auth_config)).info)
        return self

    def pull(self, platform: str | None = None) -> streams.Stream[models.JSONMessage, resources.Image]:
        """Pull exactly this image, by its digest.

        Args:
            platform: ``os[/arch[/variant]]``, where the image has several; the engine's own if not given.

        Returns:
            A handle: awaited it gives the image, iterated the progress.
        """
        repository, _ = parse_repository_tag(self.image_name)
        return self.client.images.pull(repository, self.id, auth_config=self._auth_config, platform=platform)

    async def has_platform(self, platform: str | Mapping[str, str]) -> bool:
        """Return whether the image is there for a platform.

        Args:
            platform: ``os[/arch[/variant]]``, or a mapping with these names; what is missing is the engine's. Without a
                variant every variant counts.

        Raises:
            InvalidArgument: It cannot be read.
        """
        wanted = normalize_platform(_parts(platform), await self.client.version())
        exact = platform_json("/".join(part for part in _ordered(wanted) if part)) or {}
        if not wanted.get("variant"):
            exact.pop("variant", None)
        found = self._info.platforms or ()
        return any(all((offered.get(name) or None) == value for name, value in exact.items()) for offered in found)


def _parts(platform: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(platform, Mapping):
        return dict(platform)
    parts = platform.split("/")
    if not platform or len(parts) > 3:
        raise errors.InvalidArgument(f'"{platform}" is not a valid platform descriptor')
    return dict(zip(("os", "architecture", "variant"), parts, strict=False))


def _ordered(platform: Mapping[str, str]) -> list[str]:
    return [platform.get(name, "") for name in ("os", "architecture", "variant")]
