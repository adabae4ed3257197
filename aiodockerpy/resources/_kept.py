"""Data that a swarm keeps for its services: what secrets and configs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from aiodockerpy.resources._base import Resource

if TYPE_CHECKING:
    from aiodockerpy import models

K = TypeVar("K", bound="models.Secret | models.Config")


class Kept(Resource[K]):
    """A secret or a config of the swarm."""

    id_attribute: ClassVar[str] = "ID"
    _part: ClassVar[str]
    """The part of the API that has its operations."""

    @property
    def _operations(self) -> Any:
        return getattr(self.client.api, self._part)

    @property
    def name(self) -> str:
        """The name."""
        return (self._info.spec.name if self._info.spec is not None else None) or ""

    async def reload(self) -> Self:
        """Request the object's data again and replace the snapshot.

        Raises:
            NotFound: It has been removed.
        """
        self._replace(await self._operations.inspect(self.id))
        return self

    async def remove(self) -> bool:
        """Remove the object from the swarm.

        Returns:
            ``True``.

        Raises:
            NotFound: It was removed already.
            BadRequest: A service uses it.
        """
        await self._operations.remove(self.id)
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name!r}>"


def encoded(data: bytes | str) -> bytes:
    """Return the content of a secret or a config; text is encoded as UTF-8."""
    return data.encode() if isinstance(data, str) else data
