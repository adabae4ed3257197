"""The contract between what produces items and the handle that gives them to the program."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from aiodockerpy.errors import ResponseTooLarge

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Source(ABC, Generic[T_co]):
    """An open stream of items. It is read by one task at a time."""

    _closed = False

    @property
    def received(self) -> int:
        """Bytes received so far; 0 if they are not counted."""
        return 0

    @property
    def closed_early(self) -> bool:
        """Whether it was closed, here or with the client, before its end: what was read is not the whole."""
        return self._closed

    @property
    def interrupted(self) -> bool:
        """Whether the connection broke: the last items may be beginnings of others, and an error follows them."""
        return False

    @abstractmethod
    async def batch(self) -> Sequence[T_co]:
        """Return the next items, at least one; none at all after the last."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection; a pending `batch` then returns nothing."""


class Nothing(Source[T_co]):
    """A source without items: there is nothing to open, or the handle was closed before it was open."""

    def __init__(self, *, closed: bool = False) -> None:
        self._closed = closed

    async def batch(self) -> Sequence[T_co]:
        """Return nothing."""
        return ()

    def close(self) -> None:
        """Do nothing."""


class SourceOver(Source[T_co], Generic[T_co, T]):
    """A source that makes its items from those of another one, and shares its connection."""

    def __init__(self, source: Source[T]) -> None:
        self._source = source

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return self._source.received

    @property
    def closed_early(self) -> bool:
        """Whether it was closed before its end."""
        return self._source.closed_early

    @property
    def interrupted(self) -> bool:
        """Whether the connection broke."""
        return self._source.interrupted

    def close(self) -> None:
        """Close the other source."""
        self._source.close()


class Noted(SourceOver[T, T]):
    """A source whose items are shown to a function on their way.

    Args:
        source: Where they come from.
        note: Called with each batch, and with an empty one at the end.
    """

    def __init__(self, source: Source[T], note: Callable[[Sequence[T]], None]) -> None:
        super().__init__(source)
        self._note = note

    async def batch(self) -> Sequence[T]:
        """Return the next items, none after the last."""
        items = await self._source.batch()
        if items or not self.closed_early:
            self._note(items)
        return items


_OVERHEAD: Final = 256  # bytes of memory that an item takes beside its data, such as a line


class Limited(SourceOver[T, T]):
    """A source of which no more is read than a result in memory may have.

    Args:
        source: Where the items come from.
        max_size: Bytes that were received, or that the items take in memory, whichever is more.
        name: Of the call, for messages.
        items_kept: Whether the result is a list of the items; otherwise it is their data.
    """

    def __init__(self, source: Source[T], max_size: int, name: str, *, items_kept: bool) -> None:
        super().__init__(source)
        self._max_size = max_size
        self._name = name
        self._overhead = _OVERHEAD if items_kept else 0
        self._size = 0

    async def batch(self) -> Sequence[T]:
        """Return the next items, none after the last.

        Raises:
            ResponseTooLarge: There are too many for a result in memory.
        """
        items = await self._source.batch()
        self._size += sum(map(_data_size, items)) + self._overhead * len(items)
        if max(self._size, self.received) > self._max_size:
            raise ResponseTooLarge(
                f"the result of {self._name} is longer than {self._max_size} bytes: iterate the handle instead of "
                "awaiting it, or raise max_response_size",
                limit=self._max_size,
            )
        return items


def _data_size(item: object) -> int:
    data: object = getattr(item, "data", item)
    return len(data) if isinstance(data, bytes) else 0


async def all_items(source: Source[T]) -> list[T]:
    """Read a source to its end and return all items."""
    items: list[T] = []
    while batch := await source.batch():
        items.extend(batch)
    return items


async def each(source: Source[T]) -> AsyncIterator[T]:
    """Iterate over the items of a source to its end."""
    while batch := await source.batch():
        for item in batch:
            yield item


_LARGE = 8 * 1024 * 1024
"""Bytes from which on pieces are joined in a thread: Python lets other threads run while it joins that many."""


async def joined(pieces: Sequence[bytes]) -> bytes:
    """Join pieces without holding the event loop."""
    if sum(map(len, pieces)) < _LARGE:
        return b"".join(pieces)
    return await asyncio.to_thread(b"".join, pieces)


class Abandoned(Exception):  # noqa: N818 - never leaves the library
    """`Openings` has cancelled what was opened.

    Attributes:
        late: Whether it took too long; otherwise `Openings.close` was called.
    """

    def __init__(self, *, late: bool) -> None:
        super().__init__()
        self.late = late


class Openings:
    """The streams that one owner is opening, cancelled when it is closed: the engine's first answer may never come."""

    def __init__(self) -> None:
        self._scopes: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}

    async def wait(self, opening: Awaitable[T], seconds: float | None = None) -> T:
        """Return the result of what is awaited, for which it has some seconds, or as long as it takes.

        Raises:
            Abandoned: It took longer, or `close` was called; what was awaited is cancelled.
        """
        scope = asyncio.timeout(seconds)
        self._scopes[scope] = asyncio.get_running_loop()
        late = False
        try:
            async with scope:
                return await opening
        except TimeoutError:
            if not scope.expired():
                raise
            late = scope in self._scopes
        finally:
            self._scopes.pop(scope, None)
        raise Abandoned(late=late)

    def close(self) -> None:
        """Cancel everything that is waited for."""
        for scope, loop in self._scopes.items():
            with suppress(RuntimeError):  # its loop is closed
                loop.call_soon(self._end, scope)

    def _end(self, scope: asyncio.Timeout) -> None:
        if self._scopes.pop(scope, None) is not None:
            scope.reschedule(0)
