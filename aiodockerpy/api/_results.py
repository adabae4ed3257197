"""Results of awaited progress streams, the exceptions of those that failed, and states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from aiodockerpy import models
from aiodockerpy._protocol.outside import read_int, read_text
from aiodockerpy.errors import BuildError, ImageLoadError, UnexpectedResponse
from aiodockerpy.streams.source import Source, each

T = TypeVar("T")

_PUSHED = r"(\S+): digest: (\S+) size: ([0-9]+)"
_LOADED = ("Loaded image: ", "Loaded image ID: ")


async def finish(source: Source[models.JSONMessage]) -> None:
    """Read to the end."""
    async for _ in each(source):
        pass


async def push_result(source: Source[models.JSONMessage]) -> models.PushResult | None:
    """Return what a push has put into the registry, the last of several tags."""
    result: models.PushResult | None = None
    async for message in each(source):
        result = message.pushed or _read_push(read_text(message.status)) or result
    return result


def _read_push(status: str) -> models.PushResult | None:
    """Read the result from its text: engines with the containerd image store give nothing else."""
    found = re.fullmatch(_PUSHED, status)
    return models.PushResult(tag=found[1], digest=found[2], size=read_int(found[3]) or 0) if found is not None else None


async def imported_image(source: Source[models.JSONMessage]) -> str | None:
    """Return the id of an image that was imported: the last status."""
    image: str | None = None
    async for message in each(source):
        image = read_text(message.status) or image
    return image


async def loaded_images(source: Source[models.JSONMessage]) -> list[str]:
    """Return the names, and of images without a name the ids, that were loaded."""
    images: list[str] = []
    async for message in each(source):
        for line in read_text(message.stream).splitlines():
            images.extend(line.removeprefix(start).strip() for start in _LOADED if line.startswith(start))
    return images


async def built_image(source: Source[models.JSONMessage]) -> str | None:
    """Return the id of an image that was built; a quiet build prints only that."""
    image: str | None = None
    async for message in each(source):
        stream = read_text(message.stream).strip()
        image = message.image_id or (stream if stream.startswith("sha256:") else image)
    return image


def load_failed(text: str, *, code: int | None = None, log: Sequence[str] = (), operation: str = "") -> ImageLoadError:  # noqa: ARG001 - the form that streams of progress call
    """Create the exception for an archive that was refused."""
    return ImageLoadError(text)


def build_failed(text: str, *, code: int | None = None, log: Sequence[str] = (), operation: str = "") -> BuildError:  # noqa: ARG001 - the form that streams of progress call
    """Create the exception for a build that failed."""
    return BuildError(text, log, exit_code=code)


def runs(state: models.ContainerState | None) -> bool:
    """Return whether the main process of a container runs, or is about to be restarted."""
    return state is not None and bool(state.running or state.restarting)


async def last(source: Source[T]) -> T | None:
    """Read to the end and return the last item."""
    item: T | None = None
    async for item in each(source):  # noqa: B007 - the last one is wanted
        pass
    return item


async def one(source: Source[T]) -> T:
    """Return the first item.

    Raises:
        RuntimeError: It was closed.
        UnexpectedResponse: The answer is empty.
    """
    for item in await source.batch():
        return item
    if source.closed_early:
        raise RuntimeError("the client or the stream was closed before the answer")
    raise UnexpectedResponse("the answer is empty")
