"""Pulls that several callers share."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from aiodockerpy import errors
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.streams.progress import ProgressStream
from aiodockerpy.streams.source import Nothing, Source, all_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._options.keywords import PullPolicy
    from aiodockerpy.models import JSONMessage
    from aiodockerpy.resources.images import Image, ImageCollection

MESSAGES = 1000
"""Messages of progress that wait for a slow reader; older ones are superseded by newer ones."""


class _Pull:
    """A pull that is under way, and those who wait for it."""

    def __init__(self, images: ImageCollection, name: str, platform: str | None, auth: Any) -> None:
        self.readers: set[_Reader] = set()
        self.failure: BaseException | None = None
        self.done = False
        self.task = asyncio.create_task(self._run(images, name, platform, auth))

    async def _run(self, images: ImageCollection, name: str, platform: str | None, auth: Any) -> None:
        try:
            async with images.pull(name, platform=platform, auth_config=auth) as progress:
                async for message in progress:
                    for reader in self.readers:
                        reader.add(message)
        except BaseException as error:
            self.failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            self.done = True
            for reader in self.readers:
                reader.changed.set()


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

    def close(self) -> None:
        """Stop waiting for the pull; it is cancelled with its last waiter."""
        self._pull.readers.discard(self)
        if not self._pull.done:
            self._closed = True
            self.changed.set()
            if not self._pull.readers:
                self._pull.task.cancel()


class SharedPulls:
    """The pulls of one client by name and platform; callers that need the same image share one."""

    def __init__(self, images: ImageCollection) -> None:
        self._images = images
        self._pulls: dict[tuple[str, str | None], _Pull] = {}

    def ensure(
        self, name: str, policy: PullPolicy, platform: str | None, auth: AuthConfig | Mapping[str, str | None] | None
    ) -> ProgressStream[Image]:
        """Return the handle of `ImageCollection.ensure`."""
        reference = Reference.parse(name)
        full = name if reference.version else f"{name}:latest"

        async def start() -> Source[JSONMessage]:
            if policy == "never" or (policy != "always" and await self._present(full, policy, platform, auth)):
                return Nothing()
            return _Reader(self._join(full, platform, auth))

        async def image(source: Source[JSONMessage]) -> Image:
            await all_items(source)
            return await self._images.get(full)

        return ProgressStream(start, image, name="images.ensure")

    def _join(self, name: str, platform: str | None, auth: Any) -> _Pull:
        key = name, platform
        pull = self._pulls.get(key)
        if pull is None or pull.done or pull.task.cancelling():
            pull = self._pulls[key] = _Pull(self._images, name, platform, auth)
            pull.task.add_done_callback(partial(self._forget, key, pull))
        return pull

    def _forget(self, key: tuple[str, str | None], pull: _Pull, _: object) -> None:
        if self._pulls.get(key) is pull:
            del self._pulls[key]

    async def _present(self, name: str, policy: PullPolicy, platform: str | None, auth: Any) -> bool:
        """Return whether the engine has the image, in this platform, and with ``"changed"`` as the registry has it."""
        try:
            image = await self._images.get(name)
        except errors.ImageNotFound:
            return False
        if platform is not None and not _fits(image, platform):
            return False
        if policy != "changed":
            return True
        data = await self._images.get_registry_data(name, auth_config=auth)
        return any(digest.endswith(f"@{data.id}") for digest in image.info.repo_digests or ())


def _fits(image: Image, platform: str) -> bool:
    info = image.info
    have = [info.os or "", info.architecture or "", info.variant or ""]
    return all(not wanted or wanted == found for wanted, found in zip(platform.split("/"), have, strict=False))


def _copy(error: BaseException) -> BaseException:
    """Return an exception to raise for one waiter: several tracebacks in one exception grow without end."""
    if isinstance(error, asyncio.CancelledError):
        return errors.StreamInterrupted("the shared pull was cancelled")
    return error.with_traceback(None)
