"""The pool of jobs: validation, room, results as they end, and an end that removes everything."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, TypeVar
from weakref import WeakSet

from aiodockerpy._arguments import checks_methods
from aiodockerpy._arguments.kinds import SECONDS
from aiodockerpy._arguments.results import at_once
from aiodockerpy._async_only import hints_at_async
from aiodockerpy._cancelling import Cancellation, is_cancelled, within
from aiodockerpy._options.shapes import read
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidArgument, WrongType
from aiodockerpy.resources._jobs.specs import Results, words_of

if TYPE_CHECKING:
    from aiodockerpy._protocol.units import Duration
    from aiodockerpy.resources._jobs.result import JobResult

RECENT = 1_000
"""Keys of ended jobs that are remembered, so that a key used twice is noticed in bounded memory."""

P = TypeVar("P")
P_contra = TypeVar("P_contra", contravariant=True)
P_co = TypeVar("P_co", covariant=True)


class JobRunner(Protocol[P]):
    """What runs one attempt of a job; the pool does everything else."""

    async def open(self) -> None:
        """Begin the work; called once, before the first attempt."""
        ...

    def prepare(self, words: Mapping[str, Any]) -> P:
        """Validate the keywords of a job and return what `run` takes; sends nothing.

        Raises:
            TypeError: A keyword is unknown, or of a wrong type.
            InvalidArgument: A value is wrong.
        """
        ...

    async def run(self, job: Job, prepared: P, put_off: Callable[..., Awaitable[object]], /) -> JobResult:
        """Run one attempt to its end. Cancelled, remove everything that was made, then return or raise.

        Args:
            job: The job.
            prepared: What `prepare` has returned.
            put_off: Awaits work that a cancellation of the job does not interrupt, as ``Cancellation.put_off`` does.
        """
        ...

    async def close(self) -> None:
        """End the work; called once, after the last attempt."""
        ...


Retry: TypeAlias = "Callable[[JobResult], bool | Duration | None]"
"""Decides whether a job is tried again: at once (``True``), after a number of seconds, or not (``False``)."""


@checks_methods
class Job:
    """A job that was submitted: awaited it gives its `JobResult`, any number of times.

    Attributes:
        key: The key given to ``submit``, or the number of the job in its pool.
        number: Its number in its pool, from 0.
        timeout: Seconds that its command may run; ``None`` for no limit.
        queued: When it was submitted.
        container_id: Its container; empty before there is one.
    """

    def __init__(
        self,
        key: Hashable,
        number: int,
        timeout: float | None,
        done: asyncio.Future[JobResult],
        stop: Callable[[], None],
    ) -> None:
        self.key = key
        self.number = number
        self.timeout = timeout
        self.queued: datetime = datetime.now(UTC)
        self.container_id = ""
        self._done = done
        self._stop = stop

    def __await__(self) -> Generator[Any, Any, JobResult]:
        return asyncio.shield(self._done).__await__()

    def done(self) -> bool:
        """Return whether it has ended."""
        return self._done.done()

    def cancel(self) -> None:
        """Stop and remove it; its result has the ending ``"cancelled"``. Does nothing if it has ended."""
        self._stop()

    def result(self) -> JobResult:
        """Return its result.

        Raises:
            asyncio.InvalidStateError: It has not ended.
        """
        return self._done.result()

    def add_done_callback(self, function: Callable[[Job], object]) -> None:
        """Call a function with this job once it has ended."""
        self._done.add_done_callback(lambda _: at_once(function, self, "add_done_callback() function"))

    def __repr__(self) -> str:
        ended = self.done() and not self._done.cancelled() and self._done.exception() is None
        return f"<Job {self.key!r} {self._done.result().ending if ended else 'running'}>"


class _Entry:
    """A job as its pool holds it until its end."""

    def __init__(self, key: Hashable, number: int, timeout: float | None) -> None:
        self.cancellation = Cancellation()
        self.done: asyncio.Future[JobResult] = asyncio.get_running_loop().create_future()
        self.job = Job(key, number, timeout, self.done, self.cancellation.ask)
        self._task: asyncio.Task[None] | None = None

    def start(self, run: Callable[[_Entry], Awaitable[JobResult]], ended: Callable[[_Entry], None]) -> None:
        """Run the job in a task of its own."""
        self._task = asyncio.create_task(self._run(run))

        def end(_: object) -> None:
            if not self.done.done():
                self.done.cancel()
            ended(self)

        self._task.add_done_callback(end)

    async def _run(self, run: Callable[[_Entry], Awaitable[JobResult]]) -> None:
        self.cancellation.begin()
        try:
            self.done.set_result(await run(self))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised where the job is awaited
            self.done.set_exception(error)  # which the loop reports if the job is not awaited
        finally:
            self.cancellation.end()

    async def wait(self) -> None:
        """Wait until the task has ended."""
        if self._task is not None:
            await asyncio.wait({self._task})


@hints_at_async
class JobPool:
    """Jobs of which a limited number runs at once.

    Use it inside ``async with``. Leaving the block while jobs are running, normally or by an exception, stops and
    removes them, and returns when they are gone.

    Args:
        runner: Runs an attempt.
        concurrency: Jobs that run at once.
        queue_timeout: Seconds that `submit` waits for room; ``None`` for no limit.
        retry: Called with the result of each attempt: ``True`` tries the job again, a number does so after that many
            seconds.
    """

    def __init__(
        self, runner: JobRunner[Any], *, concurrency: int, queue_timeout: float | None, retry: Retry | None
    ) -> None:
        self._runner = runner
        self._room = asyncio.Semaphore(concurrency)
        self._concurrency = concurrency
        self._queue_timeout = queue_timeout
        self._retry = retry
        self._active: set[_Entry] = set()
        self._maps: WeakSet[Results] = WeakSet()
        self._keys: set[Hashable] = set()
        self._recent: deque[Hashable] = deque()
        self._count = 0
        self._state = "new"

    # ---- the block

    async def __aenter__(self) -> Self:
        if self._state != "new":
            raise RuntimeError(f"a pool of jobs can be entered once only, and was {self._state} already")
        self._state = "entered"
        await self._runner.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._state = "left"
        for results in list(self._maps):
            results.stop()
        cancelled = await self._end_all()
        try:
            for results in list(self._maps):
                await results.ended()
        finally:
            await self._runner.close()
        if cancelled is not None:
            raise cancelled

    async def _end_all(self) -> asyncio.CancelledError | None:
        """Cancel all jobs and wait until they are gone, whatever happens to this task meanwhile."""
        cancelled = None
        for entry in self._active:
            entry.cancellation.ask()
        while self._active:
            try:
                await next(iter(self._active)).wait()
            except asyncio.CancelledError as error:
                cancelled = error
        return cancelled

    # ---- jobs

    async def submit(
        self,
        image: str,
        command: object = None,
        *,
        key: Hashable = None,
        timeout: Duration | None = None,
        **options: Any,
    ) -> Job:
        """Start a job as soon as there is room for it.

        Args:
            image: The image; it is pulled once for all jobs if it is missing.
            command: The command as a list, or as text that is split as a shell splits it; the image's if not given.
            key: What identifies the job in its result; its number if not given.
            timeout: Seconds that the command may run. Then it gets SIGTERM, after ``stop_grace`` seconds SIGKILL.
            options: The further keywords of ``containers.run``, of ``services.create`` for a swarm.

        Raises:
            TypeError: A keyword is unknown, or of a wrong type; nothing was created.
            InvalidArgument: A value is wrong, or the key is in use; nothing was created.
            DeadlineExceeded: There was no room within ``queue_timeout`` seconds.
            RuntimeError: The block is not entered, or was left.
        """
        words = {"image": image, "command": command, "key": key, "timeout": timeout, **options}
        return await self._submit(words, self._queue_timeout)

    async def _submit(self, words: Mapping[str, Any], queue_timeout: float | None) -> Job:
        rest = dict(words)
        key, timeout = rest.pop("key", None), seconds("timeout", rest.pop("timeout", None))
        prepared = self._runner.prepare(rest)
        number = self._count
        key = self._take(key)
        try:
            await self._wait_for_room(queue_timeout)
        except BaseException:
            self._keys.discard(key)
            raise
        entry = _Entry(key, number, timeout)
        self._active.add(entry)
        entry.start(lambda entry: self._attempts(entry, prepared), self._ended)
        return entry.job

    def _ended(self, entry: _Entry) -> None:
        self._active.discard(entry)
        self._recent.append(entry.job.key)
        if len(self._recent) > RECENT:
            self._keys.discard(self._recent.popleft())
        self._room.release()

    def _take(self, key: Hashable) -> Hashable:
        self._check_open()
        key = self._count if key is None else key
        try:
            hash(key)  # `in` takes sets
        except (TypeError, ValueError):  # of a list, and of a memoryview that can be written to
            raise WrongType(f"key must be a hashable value, not {shown(key)}") from None
        if key in self._keys:
            raise InvalidArgument(f"key: {shown(key)} is the key of another job of this pool")
        self._count += 1
        self._keys.add(key)
        return key

    def _check_open(self) -> None:
        if self._state != "entered":
            raise RuntimeError("jobs can be submitted inside 'async with' only")

    async def _wait_for_room(self, timeout: float | None) -> None:
        running = f"{self._concurrency} are running"
        async with within(timeout, lambda: f"no room for another job within {timeout:g} s (queue_timeout): {running}"):
            await self._room.acquire()
        if self._state != "entered":
            self._room.release()
            self._check_open()

    async def _attempts(self, entry: _Entry, prepared: Any) -> JobResult:
        attempts = 0
        while True:
            result = await self._runner.run(entry.job, prepared, entry.cancellation.put_off)
            attempts += result.attempts
            if attempts > result.attempts:
                result = replace(result, attempts=attempts)
            if self._retry is None or result.ok or result.ending == "cancelled" or is_cancelled():
                return result
            again = at_once(self._retry, result, "retry")
            if again is False or again is None:
                return result
            pause = 0 if again is True else read(SECONDS, again, "retry() returned a value that")
            try:
                await asyncio.sleep(pause)
            except asyncio.CancelledError:
                return result

    def map(
        self, specs: Iterable[Mapping[str, Any] | tuple[Any, ...]] | AsyncIterable[Mapping[str, Any] | tuple[Any, ...]]
    ) -> AsyncIterator[JobResult]:
        """Run a job for each spec and iterate their results as they end.

        Specs are taken as there is room for a job and while no more than ``concurrency`` results wait to be read, so
        that any number of them needs constant memory.

        Args:
            specs: An iterable or async iterable of mappings of the keywords of `submit`, or of tuples
                ``(image, command)``.

        Returns:
            An async iterator of results. An exception that ``specs`` raises is raised by it, and ends the block.
        """
        self._check_open()
        if not isinstance(specs, AsyncIterable) and not hasattr(specs, "__iter__"):
            raise TypeError(f"specs must be an iterable of job keywords, not {shown(specs)}")
        results = Results(lambda spec: self._submit(words_of(spec), None), specs, self._concurrency)
        self._maps.add(results)
        return results


def seconds(name: str, value: object) -> float | None:
    """Return a number of seconds, or ``None`` for no limit.

    Raises:
        WrongType: It is neither a number nor a timedelta.
        InvalidValue: It is below zero, or not finite.
    """
    return None if value is None else read(SECONDS, value, name)
