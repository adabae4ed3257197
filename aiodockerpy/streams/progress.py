"""The handle of pulls, pushes, loads and imports: messages as they come, and how far everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._arguments import checks_methods
from aiodockerpy._arguments.results import at_once
from aiodockerpy._protocol.progress import Progress, ProgressReducer
from aiodockerpy.streams.source import Noted, Source, SourceOver, each
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiodockerpy.models import JSONMessage

R_co = TypeVar("R_co", covariant=True)


class _Snapshots(SourceOver[Progress, "JSONMessage"]):
    """The state after each batch of messages: what comes at once is one step."""

    def __init__(self, source: Source[JSONMessage], reducer: ProgressReducer) -> None:
        super().__init__(source)
        self._reducer = reducer
        self._ended = False

    async def batch(self) -> list[Progress]:
        """Return the next state; the last one is finished."""
        if self._ended:
            return []
        self._ended = not await self._source.batch()
        return [] if self.closed_early else [self._reducer.snapshot()]


@checks_methods
class ProgressStream(Stream["JSONMessage", R_co]):
    """A pull, push, load or import: awaited it gives the result, iterated the messages as they come.

    `progress` is how far everything is, at any moment; `snapshots` iterates these states instead of the messages.

    Example:
        .. code-block:: python

            async with client.images.pull("python:3.13-slim") as pull:
                async for message in pull:
                    print(f"{pull.progress.fraction:.0%}", message.status)
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Source[JSONMessage]]],
        collect: Callable[[Source[JSONMessage]], Awaitable[R_co]],
        *,
        name: str,
        opens_at_once: bool = True,
    ) -> None:
        self._reducer = reducer = ProgressReducer()
        self._watchers: list[Callable[[Progress], None]] = []
        watchers = self._watchers

        def note(
            messages: Sequence[JSONMessage],
        ) -> None:  # without the handle, which could then not be collected at once
            for message in messages:
                reducer.feed(message)
            if not messages:
                reducer.finish()
            for watcher in watchers:
                at_once(watcher, reducer.snapshot(), "on_progress() watcher")

        async def noted() -> Source[JSONMessage]:
            return Noted(await start(), note)

        self._noted = noted
        super().__init__(noted, collect, name=name, opens_at_once=opens_at_once)

    @property
    def progress(self) -> Progress:
        """How far everything is now; it does not change any more."""
        return self._reducer.snapshot()

    def on_progress(self, watcher: Callable[[Progress], None]) -> None:
        """Call a function with each new state, whether the handle is awaited or iterated."""
        self._watchers.append(watcher)

    def snapshots(self) -> Stream[Progress, Progress]:
        """Read the same operation as states instead of messages; this handle is used up by it.

        Returns:
            A handle: iterated it gives `Progress`, whose ``fraction`` never goes back, awaited the last one.
        """
        self._claim("read as snapshots")

        async def start() -> _Snapshots:
            return _Snapshots(await self._noted(), self._reducer)

        async def last(source: Source[Progress]) -> Progress:
            async for _ in each(source):
                pass
            return self._reducer.snapshot()

        return Stream(start, last, name=self._name, idle_timeout=self.idle_timeout, opens_at_once=self._opens_at_once)
