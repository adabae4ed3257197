"""A client whose objects are removed with it."""

from __future__ import annotations

import asyncio
import secrets
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from aiodockerpy import errors
from aiodockerpy._arguments.kinds import LABELS, is_empty_text
from aiodockerpy._cancelling import uncancelled
from aiodockerpy._exhausted import part
from aiodockerpy._options.shapes import read
from aiodockerpy.api import Api
from aiodockerpy.client import DockerClient
from aiodockerpy.resources._following.backoff import AWAY, Patience
from aiodockerpy.resources._scopes import reap
from aiodockerpy.resources._scopes.owner import EXPIRES, ID, KIND, OWNER, SCOPE, Owner
from aiodockerpy.resources._scopes.transport import ScopedTransport
from aiodockerpy.resources.images import ImageCollection

if TYPE_CHECKING:
    from aiodockerpy._config.credentials import CredentialResolver
    from aiodockerpy._protocol.units import PositiveDuration
    from aiodockerpy.resources._scopes.reap import Reaped


class _ScopedImages(ImageCollection):
    """The images of a scope."""

    if not TYPE_CHECKING:

        def build(self, **options: Any) -> Any:
            """Build an image with the labels of the scope."""
            given = options.get("labels")
            labels = read(LABELS, {} if given is None or is_empty_text(given) else given, "build() labels")
            return super().build(**{**options, "labels": {**labels, **self.client.labels, KIND: "image"}})


class Scope(DockerClient):
    """A client whose containers, networks, volumes, images and services belong to its block.

    Everything that is created through it carries the labels of its owner: the scope's name, this block, this process,
    and the end of the lease. Leaving the block removes it, in the right order, whatever the block did. Inside, lists
    and prunes see only what belongs to the scope, and removing anything else raises
    `~aiodockerpy.errors.InvalidArgument`. What a killed program has left is removed by
    `DockerClient.reap <aiodockerpy.DockerClient.reap>`.

    Images that are pulled or loaded, and volumes that the engine creates for a mount by name, carry no labels and stay.
    An image that others build from one of the scope inherits its labels, and is removed.

    It uses the connections of the client that it was made from, and does not close them.
    """

    def __init__(self, client: DockerClient, scope: str, lease: float | None) -> None:
        vars(self).update(vars(client))
        for name in [name for name, value in vars(DockerClient).items() if isinstance(value, cached_property)]:
            vars(self).pop(name, None)  # collections that belong to the other client
        self._outer = client
        self.scope_name: str = scope
        self._lease = lease
        self._id = secrets.token_hex(8)
        self.labels: dict[str, str] = {}
        self._scoped = ScopedTransport(client.api.transport, scope, self.labels)
        self.api: Api = Api(self._scoped)

    async def __aenter__(self) -> Self:
        if self.labels or self._scoped.left:
            raise RuntimeError(f"the scope {self.scope_name!r} can be entered once only")
        await super().__aenter__()
        owner = await asyncio.to_thread(Owner.here)
        self.labels.update({SCOPE: self.scope_name, ID: self._id, OWNER: owner.label()})
        if self._lease is not None:
            self.labels[EXPIRES] = str(int(time.time() + self._lease))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @cached_property
    def credentials(self) -> CredentialResolver:
        """The credentials of the client that the scope was made from."""
        return self._outer.credentials

    def scope(self, name: str, *, lease: PositiveDuration | None = None) -> Scope:
        """Return another scope, which is independent of this one: what is made through it belongs to its own block."""
        return self._outer.scope(name, lease=lease)

    async def reap(self, name: str) -> Reaped:
        """Remove what scopes of this name have left behind, as `DockerClient.reap <aiodockerpy.DockerClient.reap>`."""
        return await self._outer.reap(name)

    images: ImageCollection = part(_ScopedImages)
    """Images; builds get the labels of the scope."""

    async def aclose(self) -> None:
        """Remove everything that belongs to the scope.

        Raises:
            DockerException: Something could not be removed; the message says what, and why.
        """
        self._scoped.left = True
        if self.labels:
            await uncancelled(self._remove_all())

    async def _remove_all(self) -> None:
        api = self._outer.api
        failed: dict[tuple[str, str], str] = {}
        names: dict[tuple[str, str], str] = {}
        patience = Patience(reap.PATIENCE)

        async def left() -> list[reap.Leftover]:
            items = await patience.call(lambda: reap.found(api, f"{ID}={self._id}"))
            return [item for item in items if (item.kind, item.id) not in failed]

        try:
            while objects := await left():  # what was being created when the block was left appears in a later list
                names |= {(item.kind, item.id): item.name for item in objects}
                failed |= await reap.remove_all(api, objects, patience)
        except AWAY:
            if not failed:
                raise
        if failed:
            listed = "; ".join(f"{key[0]} {names[key]}: {reason}" for key, reason in failed.items())
            raise errors.DockerException(f"the scope {self.scope_name!r} could not remove everything: {listed}")

    def __del__(self, *_: object) -> None:
        """The connections are the outer client's."""

    def __repr__(self) -> str:
        return f"<Scope {self.scope_name!r} of {self._outer!r}>"
