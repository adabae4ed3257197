"""The results of the jobs that an iterable of specs makes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from aiodockerpy._async_only import hints_at_async
from aiodockerpy._cancelling import was_cancelled
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidArgument, WrongType

if TYPE_CHECKING:
    from aiodockerpy.resources._jobs.pool import Job
    from aiodockerpy.resources._jobs.result import JobResult


@hints_at_async
class Results(AsyncIterator["JobResult"]):
    """The results of the jobs that one iterable of specs makes."""

    def __init__(
        self, submit: Callable[[Any], Awaitable[Job]], specs: Iterable[Any] | AsyncIterable[Any], unread: int
    ) -> None:
        self._submit = submit
        self._specs = specs
        self._unread = unread
        self._jobs: set[Job] = set()
        self._ended: deque[Job] = deque()
        self._changed = asyncio.Event()
        self._failure: BaseException | None = None
        self._feeder: asyncio.Task[None] | None = None
        self._exhausted = False

    async def __anext__(self) -> JobResult:
        if self._feeder is None:
            self._feeder = asyncio.create_task(self._feed())
        while not self._ended and self._failure is None:
            if self._exhausted and not self._jobs:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self.stop()
            raise failure
        self._changed.set()  # there is room for another result
        return self._ended.popleft().result()

    async def _feed(self) -> None:
        """Submit the specs one after the other."""
        try:
            async for spec in _each(self._specs):
                job = await self._submit(spec)
                self._jobs.add(job)
                job.add_done_callback(self._note)
                while len(self._ended) >= self._unread:
                    self._changed.clear()
                    await self._changed.wait()
        except BaseException as error:
            if was_cancelled(error):
                raise
            self._failure = error  # raised where the results are read
        finally:
            self._exhausted = True
            self._changed.set()

    def _note(self, job: Job) -> None:
        self._jobs.discard(job)
        self._ended.append(job)
        self._changed.set()

    def stop(self) -> None:
        """Submit no more specs, and cancel the jobs that run."""
        if self._feeder is not None:
            self._feeder.cancel()
        for job in self._jobs:
            job.cancel()

    async def ended(self) -> None:
        """Wait until the iterable of specs, which runs code of the caller, was left."""
        if self._feeder is not None:
            await asyncio.wait({self._feeder})


async def _each(specs: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    if isinstance(specs, AsyncIterable):
        async for spec in specs:
            yield spec
    else:
        for spec in specs:
            yield spec


def words_of(spec: Any) -> Mapping[str, Any]:
    if isinstance(spec, Mapping):
        words = cast("Mapping[str, Any]", spec)
        if wrong := [name for name in cast("Mapping[object, Any]", spec) if not isinstance(name, str)]:
            raise WrongType(f"specs: the keywords of a job must be text, not {shown(wrong[0])}")
        if "image" not in words:
            raise InvalidArgument(
                f"specs: a job needs an 'image'; this one has only {', '.join(map(shown, words)) or 'nothing'}"
            )
        return words
    if isinstance(spec, tuple):
        parts = list(cast("Iterable[Any]", spec))
        if len(parts) in {1, 2}:
            return dict(zip(("image", "command"), parts, strict=False))
    given = shown(cast("object", spec))
    raise WrongType(f"specs: each must be a mapping of keywords or a tuple (image, command), not {given}")
