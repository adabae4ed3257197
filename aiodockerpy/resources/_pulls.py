"""Pulls that several callers share."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

from aiodockerpy import errors
from aiodockerpy._config.auth import AuthConfig
from aiodockerpy._protocol.outside import read_text
from aiodockerpy._protocol.platforms import fits
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.streams.progress import ProgressStream
from aiodockerpy.streams.source import Nothing, Source, all_items

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from aiodockerpy._options.keywords import PullPolicy
    from aiodockerpy.models import ImageInspect, JSONMessage
    from aiodockerpy.resources.images import Image, ImageCollection

_Key: TypeAlias = tuple[str, str | None, AuthConfig | None]
"""Name, platform and credentials."""

MESSAGES = 1000
"""Messages of progress that wait for a slow reader; older ones are superseded by newer ones."""


class _Pull:
    """A pull that is under way, and those who wait for it.

    Args:
        pull: Returns the handle of the pull.
        found: Returns the image afterwards.
        others: Pulls under the same name, which end before this one begins: the name means what was pulled last.
    """

    def __init__(
        self,
        pull: Callable[[], ProgressStream[Image]],
        found: Callable[[], Awaitable[Image]],
        others: Collection[asyncio.Task[None]],
    ) -> None:
        self.readers: set[_Reader] = set()
        self.image: Image | None = None
        self.failure: BaseException | None = None
        self.done = False
        self.task = asyncio.create_task(self._run(pull, found, others))

    async def _run(
        self,
        pull: Callable[[], ProgressStream[Image]],
        found: Callable[[], Awaitable[Image]],
        others: Collection[asyncio.Task[None]],
    ) -> None:
        try:
            if others:
                await asyncio.wait(others)
            async with pull() as progress:
                async for message in progress:
                    for reader in self.readers:
                        reader.add(message)
            self.image = await found()
        except BaseException as error:
            self.failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.done = True
            for reader in self.readers:
                reader.changed.set()


class _Present(Nothing["JSONMessage"]):
    """An image that need not be pulled."""

    def __init__(self, image: Image) -> None:
        super().__init__()
        self._image = image

    def image(self) -> Image:
        """Return the image."""
        return self._image


class _Reader(Source["JSONMessage"]):
    """One waiter of a pull: a source of its messages."""

    def __init__(self, pull: _Pull) -> None:
        self._pull = pull
        self._messages: deque[JSONMessage] = deque(maxlen=MESSAGES)
        self.changed = asyncio.Event()
        pull.readers.add(self)

    def add(self, message: JSONMessage) -> None:
        self._messages.append(message)
        self.changed.set()

    async def batch(self) -> Sequence[JSONMessage]:
        """Return the next messages, none after the last; raises what the pull raised."""
        while not self._messages and not self._pull.done and not self.closed_early:
            self.changed.clear()
            await self.changed.wait()
        if not self._messages and not self.closed_early and self._pull.failure is not None:
            raise _copy(self._pull.failure)
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def image(self) -> Image | None:
        """Return the image, an object of its own for each waiter; ``None`` before the end."""
        return copy(self._pull.image)

    def close(self) -> None:
        """Stop waiting for the pull; it is cancelled with its last waiter."""
        self._pull.readers.discard(self)
        if not self._pull.done:
            self._closed = True
            self.changed.set()
            if not self._pull.readers:
                self._pull.task.cancel()


class SharedPulls:
    """The pulls of one client; callers that need the same image, with the same credentials, share one."""

    def __init__(self, images: ImageCollection) -> None:
        self._images = images
        self._pulls: dict[_Key, _Pull] = {}

    def ensure(
        self, name: str, policy: PullPolicy, platform: str | None, auth: AuthConfig | Mapping[str, str | None] | None
    ) -> ProgressStream[Image]:
        """Return the handle of `ImageCollection.ensure`."""
        auth = AuthConfig.of(auth) if auth is not None else None
        reference = Reference.parse(name)
        full = name if reference.version else f"{name}:latest"

        held: list[_Present | _Reader] = []

        async def start() -> Source[JSONMessage]:
            image = None if policy == "always" else await self._present(full, policy, platform, auth)
            held.append(_Present(image) if image is not None else _Reader(self._join((full, platform, auth))))
            return held[0]

        async def image(source: Source[JSONMessage]) -> Image:
            await all_items(source)
            return cast("Image", held[0].image())

        return ProgressStream(start, image, name="images.ensure")

    def _join(self, key: _Key) -> _Pull:
        name, platform, auth = key
        pull = self._pulls.get(key)
        if pull is None or pull.done or pull.task.cancelling():
            others = [other.task for (its_name, *_), other in self._pulls.items() if its_name == name]
            pull = self._pulls[key] = _Pull(
                lambda: self._images.pull(name, platform=platform, auth_config=auth),
                lambda: self._find(name, platform),
                others,
            )
            pull.task.add_done_callback(partial(self._forget, key, pull))
        return pull

    def _forget(self, key: _Key, pull: _Pull, _: object) -> None:
        if self._pulls.get(key) is pull:
            del self._pulls[key]

    async def _present(
        self, name: str, policy: PullPolicy, platform: str | None, auth: AuthConfig | None
    ) -> Image | None:
        """Return the image if the engine has it, in this platform, and with ``"changed"`` as the registry has it.

        Raises:
            ImageNotFound: It does not, and the policy is ``"never"``.
        """
        try:
            image = await self._find(name, platform)
        except errors.ImageNotFound:
            if policy == "never":
                raise
            return None
        if policy != "changed":
            return image
        data = await self._images.get_registry_data(name, auth_config=auth)
        same = any(digest.endswith(f"@{data.id}") for digest in image.info.repo_digests or ())
        return image if same else None

    async def _find(self, name: str, platform: str | None) -> Image:
        """Return the image that the engine has under a name, in a platform if one is given.

        Raises:
            ImageNotFound: It has none, or not in this platform.
        """
        if platform is not None and "/" in platform:
            with suppress(errors.UnsupportedByEngine):  # before API 1.49
                return self._images.prepare_model(await self._images.client.api.images.inspect(name, platform=platform))
        image = await self._images.get(name)
        if platform is not None and not fits(platform, *(own := _platform_of(image.info))):
            found = "/".join(filter(None, own))
            text = f"the image {name} is of the platform {found}, not {platform}"
            raise errors.ImageNotFound(text, explanation=text, operation="ImageInspect")
        return image


def _platform_of(image: ImageInspect) -> tuple[str, str, str]:
    return read_text(image.os), read_text(image.architecture), read_text(image.variant)


def _copy(error: BaseException) -> BaseException:
    """Return an exception to raise for one waiter: several tracebacks in one exception grow without end."""
    if isinstance(error, asyncio.CancelledError):
        return errors.StreamInterrupted("the shared pull was cancelled")
    return error.with_traceback(None)
