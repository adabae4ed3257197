"""The handle of pulls, pushes, loads and imports: messages as they come, and how far everything is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aiodockerpy._protocol.progress import Progress, ProgressReducer
from aiodockerpy.streams.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.models import JSONMessage
    from aiodockerpy.streams.stream import Source

__all__ = ["ProgressStream"]

R_co = TypeVar("R_co", covariant=True)


class _Noted:
    """Messages on their way to the reader; the state takes note of them."""

    def __init__(
        self, source: Source[JSONMessage], reducer: ProgressReducer, watchers: list[Callable[[Progress], None]]
    ) -> None:
        self._source = source
        self._reducer = reducer
        self._watchers = watchers

    @property
    def received(self) -> int:
        """Bytes that have come."""
        return int(getattr(self._source, "received", 0))

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before its end."""
        return bool(getattr(self._source, "closed_early", False))

    async def batch(self) -> list[JSONMessage]:
        """Return the next messages, none after the last."""
        messages = list(await self._source.batch())
        for message in messages:
            self._reducer.feed(message)
        if not messages and not self.closed_early:
            self._reducer.finish()
        for watcher in self._watchers:
            watcher(self._reducer.snapshot())
        return messages

    def close(self) -> None:
        """Give the connection up."""
        self._source.close()


class _Snapshots:
    """The state after each batch of messages: what comes at once is one step."""

    def __init__(self, noted: _Noted, reducer: ProgressReducer) -> None:
        self._noted = noted
        self._reducer = reducer
        self._ended = False

    async def batch(self) -> list[Progress]:
        """Return the next state; the last one is finished."""
        if self._ended:
            return []
        self._ended = not await self._noted.batch()
        return [] if self._noted.closed_early else [self._reducer.snapshot()]

    def close(self) -> None:
        """Give the connection up."""
        self._noted.close()


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
    ) -> None:
        self._reducer = reducer = ProgressReducer()
        self._watchers: list[Callable[[Progress], None]] = []
        watchers = self._watchers

        async def noted() -> _Noted:  # without the handle in it, which could then not be collected at once
            return _Noted(await start(), reducer, watchers)

        self._noted = noted
        super().__init__(noted, collect, name=name)

    @property
    def progress(self) -> Progress:
        """How far everything is now; it does not change any more."""
        return self._reducer.snapshot()

    def on_progress(self, watcher: Callable[[Progress], None]) -> None:
        """Have a function called with each new state, whether the handle is awaited or iterated."""
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
            while await source.batch():
                pass
            return self._reducer.snapshot()

        return Stream(start, last, name=self._name, idle_timeout=self.idle_timeout)
