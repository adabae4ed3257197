"""Operations on images in registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy.api._credentials import Credentials, auth_header
from aiodockerpy.api._part import Part

if TYPE_CHECKING:
    from aiodockerpy._protocol.query import IdOrName


@checks_arguments
class DistributionApi(Part):
    """Digests and platforms of images in their registries.

    Example:
        .. code-block:: python

            print((await client.api.distribution.inspect("busybox:1.37")).platforms)
    """

    async def inspect(self, image: IdOrName, *, auth: Credentials | None = None) -> models.DistributionInspect:
        """Return the digest and the platforms of an image in its registry, without pulling it.

        Operation: ``DistributionInspect``, ``GET /distribution/{name}/json``.

        Args:
            image: Name; tag ``latest`` if it has neither tag nor digest.
            auth: Credentials for the registry.

        Raises:
            ImageNotFound: The registry has no such image.
            Unauthorized: The registry does not show it, or has no such repository.
        """
        request = call("DistributionInspect", {"name": image}, headers=auth_header(auth))
        return await self._fetch(request, lambda: models.DistributionInspect)
