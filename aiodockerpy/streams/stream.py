"""The handle of a call that can stream: awaited for the whole or iterated for the parts."""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, Self, SupportsIndex, TypeVar

from aiodockerpy._arguments.kinds import SECONDS
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._docker_py import Hinting, not_awaited
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.errors import ProtocolError, StreamIdle, StreamInterrupted
from aiodockerpy.streams.source import Abandoned, Limited, Nothing, Openings, Source, SourceOver, all_items

if TYPE_CHECKING:
    from aiodockerpy._protocol.units import Duration
    from aiodockerpy._transport.base import ByteStream

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_AT_ONCE = 32
"""Items taken at once from a decoder that makes them as they are asked for."""
_LONGEST_TURN = 0.01
"""Seconds after which a reader that never has to wait lets other tasks run."""
_LIBRARY = str(Path(__file__).parent.parent)


def caller() -> str:
    """Return ``file:line`` of the nearest frame outside this library."""
    frame = sys._getframe(1)  # noqa: SLF001 - the documented way to look at one's callers cheaply
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARY):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class Decoder(Protocol[T_co]):
    """Turns bytes into items; pure."""

    @property
    def failure(self) -> Exception | None:
        """What `close` will raise whatever else may come, as soon as it is known."""
        ...

    def feed(self, data: bytes, /) -> Iterable[T_co]:
        """Process the next bytes and return the complete items; an iterator makes them as they are asked for."""
        ...

    def flush(self) -> Iterable[T_co]:
        """Return what is left when the bytes have ended."""
        ...

    def close(self) -> None:
        """Raise if the bytes ended where they may not; called at their end, and again after `flush`."""
        ...


class DecodedSource(Source[T]):
    """Items decoded from a stream of bytes. There is no queue: what is not read is not requested.

    Args:
        stream: The bytes.
        decoder: What they mean.
        cut: Returns what is left when no more can be read; by default the decoder's ``flush``, as at the end.

    """

    def __init__(
        self, stream: ByteStream, decoder: Decoder[T], *, cut: Callable[[], Iterable[T]] | None = None
    ) -> None:
        self.stream = stream
        self._decoder = decoder
        self._cut = cut or decoder.flush
        self._broken: StreamInterrupted | ProtocolError | None = None
        self._interrupted = False
        self._turn_began: float | None = None  # moved on by the time that its reads take: others run meanwhile
        self._items: Iterator[T] | None = None
        self._closed = False
        self._ended = False

    @property
    def received(self) -> int:
        """Bytes that have come."""
        return self.stream.received

    @property
    def closed_early(self) -> bool:
        """Whether the connection was closed, here or with the client, before its end came."""
        return (self._closed and not self._ended) or self.stream.closed_early

    @property
    def interrupted(self) -> bool:
        """Whether the connection broke: the last items are what was left of others."""
        return self._interrupted

    async def batch(self) -> Sequence[T]:
        """Return the next items, none after the last."""
        if self._turn_began is None:
            self._turn_began = time.monotonic()
        elif time.monotonic() - self._turn_began > _LONGEST_TURN:  # whatever comes, other tasks have their turn
            await asyncio.sleep(0)
            self._turn_began = time.monotonic()
        while not (items := self._located(self._made) if self._items is not None else []):
            if self._ended:
                self._end()
                break
            began = time.monotonic()
            data = await self._read()
            self._turn_began += time.monotonic() - began
            if self._closed or (not data and self.stream.closed_early):
                break
            self._ended = not data
            found = self._located(self._decoder.feed, data) if data else self._located(self._rest)
            if not isinstance(found, list):
                self._items = iter(found)
            elif items := found:
                break
        return items

    async def _read(self) -> bytes:
        """Return the next bytes, none at the end; if there can be nothing good after what has come, that is the end."""
        if self._decoder.failure is not None:
            return b""
        try:
            return await self.stream.read()
        except (StreamInterrupted, ProtocolError) as error:
            self._broken = error
            self._interrupted = isinstance(error, StreamInterrupted)
            return b""

    def _rest(self) -> Iterable[T]:
        if (self._broken or self._decoder.failure) is not None:
            return self._cut()
        try:
            self._located(self._decoder.close)
        except StreamInterrupted as cut:  # the connection ended like one that has nothing more to send
            self._broken, self._interrupted = cut, True
            return self._cut()
        return self._decoder.flush()

    def _end(self) -> None:
        """Raise what is wrong with the end, now that everything before it was returned."""
        if self._broken is not None:
            raise self._broken
        if not self.closed_early:
            self._located(self._decoder.close)

    def _located(self, step: Callable[..., R], *arguments: bytes) -> R:
        """Decode one step; an error about the bytes names their connection."""
        try:
            return step(*arguments)
        except (ProtocolError, StreamInterrupted) as error:
            raise self.stream.with_location(error) from error.__cause__

    def _made(self) -> list[T]:
        """Decode up to `_AT_ONCE` items; items decoded before an error are returned first."""
        items: list[T] = []
        try:
            items.extend(islice(self._items or (), _AT_ONCE))
            if len(items) < _AT_ONCE:
                self._items = None
        except Exception as error:
            if not items:
                raise
            self._items = map(_raise, (error,))
        return items

    def close(self) -> None:
        """Drop the connection."""
        self._closed = True
        self._items = None
        self._broken = None  # it keeps alive what it passed through
        self.stream.close()


def _raise(error: Exception) -> Any:
    raise error


class _IdleLimited(SourceOver[T, T]):
    """A source that raises when no byte comes for some seconds; a byte is enough, it need not be an item."""

    def __init__(self, source: Source[T], seconds: float, name: str) -> None:
        super().__init__(source)
        self._seconds = seconds
        self._name = name

    async def batch(self) -> Sequence[T]:
        """Return the next items, none after the last."""
        while True:
            before = self.received
            limit = asyncio.timeout(self._seconds)
            try:
                async with limit:
                    return await self._source.batch()
            except TimeoutError:
                if not limit.expired():
                    raise
            if self.received == before:
                raise _idle(self._name, self._seconds)


def _idle(name: str, seconds: float) -> StreamIdle:
    return StreamIdle(f"nothing came from {name} for {seconds:g} s (idle_timeout)")


_OPEN = frozenset({"opened", "entered"})
"""The uses of a handle that is open and not iterated yet."""


@hints_at_async
class Stream(Source[T], Coroutine[Any, Any, R_co], AsyncIterator[T], Hinting, Generic[T, R_co]):
    """A call that can stream.

    Awaited, it collects and returns the whole result. Iterated with ``async for``, it gives the items as they come.
    Inside ``async with`` it is sure to be closed when the block is left; otherwise the connection is closed at the end
    of the stream, on an error, on cancellation, and at the latest (with a ``ResourceWarning``) when the handle is
    collected. Inside ``async with`` a cancelled step loses nothing: a timeout around one step leaves the stream usable.

    Nothing is sent before one of these is done, and only one of them can be done, once. `open` sends the request at
    once, for what is to be iterated later. Since it is a ``collections.abc.Coroutine``, ``asyncio.create_task``,
    ``asyncio.gather`` and ``TaskGroup.create_task`` take it.

    Example:
        .. code-block:: python

            tail = await container.logs(tail=10)
            async with container.logs(follow=True) as lines:
                async for line in lines:
                    print(line.text)
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Source[T]]],
        collect: Callable[[Source[Any]], Awaitable[R_co]],
        *,
        name: str,
        idle_timeout: float | None = None,
        start_whole: Callable[[], Awaitable[Source[Any]]] | None = None,
        max_size: int | None = None,
        opens_at_once: bool = True,
    ) -> None:
        self._opens_at_once = opens_at_once  # a build or an upload works before the engine answers
        self._max_size = max_size
        self.idle_timeout = idle_timeout
        self._start = start
        self._start_whole = start_whole or start
        self._collect = collect
        self._name = name
        self._use = ""
        self._coroutine: Coroutine[Any, Any, R_co] | None = None
        self._source: Source[Any] | None = None
        self._openings = Openings()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owned = False
        self._lost = ""
        self._failed = ""
        self._ready: deque[T] = deque()
        self._reading = False
        self._was_read = False
        self._finished = False
        self._created_at = caller()

    @property
    def idle_timeout(self) -> float | None:
        """Seconds without a byte after which the stream is closed; ``None``, as at first, waits for ever.

        Its reader gets `~aiodockerpy.errors.StreamIdle`. Set it before the handle is used.
        """
        return self._idle_timeout

    @idle_timeout.setter
    def idle_timeout(self, seconds: Duration | None) -> None:
        try:
            self._idle_timeout: float | None = None if seconds is None else SECONDS.read(seconds)
        except Unfit as unfit:
            raise unfit.error("idle_timeout") from None

    # ---- awaited

    def __await__(self) -> Generator[Any, Any, R_co]:
        return self._as_coroutine().__await__()

    def send(self, value: Any, /) -> Any:
        """Run the collecting coroutine, as an event loop does."""
        return self._driven().send(value)

    def throw(self, *error: Any) -> Any:
        """Raise inside the collecting coroutine, as an event loop does to cancel it."""
        return self._driven().throw(*error)

    def _driven(self) -> Coroutine[Any, Any, R_co]:
        return self._coroutine if self._coroutine is not None else self._as_coroutine()

    def _as_coroutine(self) -> Coroutine[Any, Any, R_co]:
        self._claim("awaited")
        self._coroutine = self._gather()
        return self._coroutine

    async def _gather(self) -> R_co:
        try:
            source = await self._open()
            self._check_whole(source)
            result = await self._collect(self._bounded(source))
            self._check_whole(source)
            return result
        finally:
            self._finish()

    def _bounded(self, source: Source[R]) -> Source[R]:
        """Apply the limit of a result that is collected in memory."""
        if self._max_size is None:
            return source
        return Limited(source, self._max_size, self._name, items_kept=self._collect is all_items)

    def _check_whole(self, source: Source[Any]) -> None:
        """Raise if the stream was closed before its end, so that a part is never returned as the whole."""
        if self._finished or source.closed_early:
            raise RuntimeError(f"{self._name} was closed while it was awaited")

    # ---- iterated

    if not TYPE_CHECKING:

        def __getitem__(self, key: object) -> object:
            raise not_awaited(self, "is not subscriptable")

        def __len__(self) -> int:
            raise not_awaited(self, "has no length")

        def __add__(self, other: object) -> object:
            raise not_awaited(self, "cannot be added to")

        def __bool__(self) -> bool:
            return True

    def __aiter__(self) -> Self:
        if self._use not in _OPEN:
            self._claim("iterated")
        self._use = "iterated"
        return self

    async def __anext__(self) -> T:
        ready = self._ready  # looked up once: with `__getattr__`, Python looks up attributes the slow way
        if not ready:
            if self._use not in {"iterated", *_OPEN}:
                self._claim("iterated")
            await self._refill()
        try:
            return ready.popleft()
        except IndexError:
            raise StopAsyncIteration from None

    async def _refill(self) -> None:
        if self._reading:
            raise RuntimeError(f"another task is reading {self._name}")
        if self._lost:
            raise RuntimeError(f"{self._name} was {self._lost}")
        if self._finished:
            return
        self._check_loop()
        self._reading = self._was_read = True
        try:
            source = self._source if self._source is not None else await self._open()
            self._ready.extend(await source.batch())
        except asyncio.CancelledError:
            if not self._owned:  # nothing else would close it; inside a block the next step goes on
                self._lost = "closed when its reader was cancelled: read it inside 'async with' to go on after that"
                self._finish()
            raise
        except BaseException as error:
            self._failed = str(error) or type(error).__name__
            self._finish()
            raise
        finally:
            self._reading = False
        if not self._ready:
            self._finish()

    async def _open(self) -> Source[Any]:
        self._loop = asyncio.get_running_loop()
        start = self._start_whole if self._use == "awaited" else self._start
        self._start = self._start_whole = _used
        if self._use != "awaited":
            self._collect = _used
        limit = self._idle_timeout if self._opens_at_once else None
        try:
            source: Source[Any] = self._limited(await self._openings.wait(start(), limit))
        except Abandoned as abandoned:
            if abandoned.late and limit is not None:
                raise _idle(self._name, limit) from None
            source = Nothing[Any](closed=True)
        if self._finished:  # closed by another task meanwhile
            source.close()
        self._source = source
        return source

    def _limited(self, source: Source[R]) -> Source[R]:
        """Apply the limit on silence."""
        return source if self.idle_timeout is None else _IdleLimited(source, self.idle_timeout, self._name)

    async def batch(self) -> list[T]:
        """Return the items that are there, at least one; none at all after the last.

        For very fast streams: items that came together are taken together, without a step of the event loop's for each.
        As with ``async for``, the end closes the stream, and so does leaving its ``async with``. After a failure every
        further call fails too.

        Example:
            .. code-block:: python

                async with container.logs(follow=True) as lines:
                    while batch := await lines.batch():
                        count += len(batch)

        Raises:
            StreamInterrupted: The connection broke, or the stream has failed before.
            RuntimeError: Another task is reading, or the handle was used up.
        """
        if not self._ready:
            if not self._use or self._use == "closed":
                self._claim("read")
            if self._failed:
                text = f"{self._name} has failed before: {self._failed}"
                raise StreamInterrupted(text, received=self.received)
            await self._refill()
        items = list(self._ready)
        self._ready.clear()
        return items

    # ---- owned by a block

    async def open(self) -> Self:
        """Send the request now, so that nothing that happens from here on is missed, and return the handle.

        Iterate it then, and `close` it when it is no longer needed. ``async with`` does all of that.

        Example:
            .. code-block:: python

                events = await client.events().open()
                containers = await client.containers.list()
                async for event in events: ...

        Raises:
            APIError: The engine refused.
            RuntimeError: The handle was used before.
        """
        self._claim("opened")
        await self._open_owned()
        return self

    async def __aenter__(self) -> Self:
        """Send the request, unless `open` has; raises what the engine answers at once."""
        if self._use == "opened":
            self._use = "entered"
        else:
            self._claim("entered")
            await self._open_owned()
        return self

    async def _open_owned(self) -> None:
        self._owned = True
        try:
            await self._open()
        except BaseException:
            self._finish()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # ---- the end

    @property
    def closed(self) -> bool:
        """Whether the stream has ended or was closed."""
        return self._finished

    @property
    def received(self) -> int:
        """Bytes that have come on its connection so far."""
        return self._source.received if self._source is not None else 0

    @property
    def closed_early(self) -> bool:
        """Whether it was closed, here or with the client, before its end came."""
        return self._source is not None and self._source.closed_early

    @property
    def interrupted(self) -> bool:
        """Whether its connection broke: the last items may be beginnings of others, and an error is what follows."""
        return self._source is not None and self._source.interrupted

    def close(self) -> None:
        """Close the stream now, from any task and any thread.

        An iteration that waits for the next item, or for the engine's first answer, ends normally; a task that awaits
        the whole gets a ``RuntimeError``, since there is no whole.
        """
        if not self._use or (self._use in _OPEN and not self._was_read):
            self._use = "closed"
        self._finish_anywhere()

    async def aclose(self) -> None:
        """Close the stream now; the same as `close`, for ``contextlib.aclosing``."""
        self.close()

    def _finish(self) -> None:
        self._finished = True
        _close(self._openings, self._source)

    def _check_loop(self) -> None:
        """Raise if this is not the event loop that the stream was opened in."""
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            raise RuntimeError(f"{self._name} belongs to another event loop")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"the handle of {self._name} cannot be pickled or copied: make another one")

    def _claim(self, use: str) -> None:
        if self._use:
            raise RuntimeError(f"{self._name} can be used once only, and was {self._use} already")
        self._use = use

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not getattr(self, "_use", "closed"):
            text = f"{self._name} was never awaited or iterated ({self._created_at})"
            _warn(text, RuntimeWarning, stacklevel=2, source=self)
        elif getattr(self, "_source", None) is not None and not self._finished:
            text = f"{self._name} was left open: leave it with 'async with' or close() it ({self._created_at})"
            _warn(text, ResourceWarning, stacklevel=2, source=self)
            self._finish_anywhere()

    def _finish_anywhere(self) -> None:
        """Close from whichever thread this is; sockets may be touched in the loop's own only."""
        if self._finished:
            return
        loop, source = self._loop, self._source
        if loop is None or not loop.is_running() or _runs_here(loop):
            self._finish()
            return
        self._finished = True
        with suppress(RuntimeError):  # the loop was closed at this moment, and its sockets are collected with it
            loop.call_soon_threadsafe(_close, self._openings, source)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} {'closed' if self._finished else self._use or 'unused'}>"


async def _used(*_: object) -> Any:
    """Stand in for functions that were used: keeping those would keep alive what they refer to."""
    raise AssertionError("a stream is opened once")


def _close(openings: Openings, source: Source[Any] | None) -> None:
    openings.close()
    if source is not None:
        source.close()


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether this thread runs the loop now."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
