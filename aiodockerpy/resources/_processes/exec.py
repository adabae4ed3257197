"""Commands in running containers, as process handles."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast
from weakref import WeakMethod

from aiodockerpy import errors, models
from aiodockerpy._arguments import checks_methods
from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.outside import read_int
from aiodockerpy._protocol.units import Cells, Duration, as_seconds
from aiodockerpy.resources._base import created_id
from aiodockerpy.resources._following.backoff import AWAY
from aiodockerpy.resources._processes import handle
from aiodockerpy.resources._processes.cleanup import clean_up
from aiodockerpy.resources._processes.handle import ProcessHandle
from aiodockerpy.resources._processes.signals import Signaller, signal_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from aiodockerpy import streams
    from aiodockerpy.api import Api

__all__ = ["DetachedExec", "ExecProcess", "ExecResult"]

C = TypeVar("C")
O = TypeVar("O")  # noqa: E741 - output
_log = logging.getLogger("aiodockerpy.exec")

_SETTLE = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Pauses in seconds while the engine notes the end of a process whose output has ended."""

_UNDELIVERED = 126
"""What engine 20.10 reports of a process whose output it could not deliver; programs exit with it too."""
_REPORTED = 10.0
"""Seconds within which the engine reports the end of a process as an event; 20.10 is two seconds late at times."""


class _Result(NamedTuple, Generic[C, O]):
    """The two parts of `ExecResult`."""

    exit_code: C
    output: O


def code_in(event: models.EventMessage, exec_id: str) -> int | None:
    """Return the exit code in the event of the end of a command, ``None`` if it is the event of another one."""
    actor: object = event.actor
    attributes: object = actor.attributes if isinstance(actor, models.EventActor) else None
    if not isinstance(attributes, dict) or attributes.get("execID") != exec_id:
        return None
    return read_int(attributes.get("exitCode"))


@dumpable()
class ExecResult(_Result[int, O]):
    """What a process returned: ``code, output = await container.exec_run(...)``.

    Attributes:
        exit_code: Its exit code. Only of a process that is ``still_running`` it is ``None``, which the type leaves out.
        output: What it wrote.
        exec_id: The id of the command in the engine.
        timed_out: Whether the time limit (``kill_after``) was reached.
        still_running: Whether the process, or one that it started, could not be ended then.
    """

    exec_id: str = ""
    timed_out: bool = False
    still_running: bool = False


@dumpable()
class DetachedExec(_Result[None, bytes]):
    """A process that was started and is not waited for: it has no exit code yet, and no output.

    Attributes:
        exit_code: ``None``.
        output: Empty.
        exec_id: Its id in the engine.
    """

    exec_id: str = ""


async def run_in_background(api: Api, container: str, request: models.ExecCreateRequest) -> DetachedExec:
    """Start a process and return without waiting for it."""
    id = created_id(await api.exec.create(container, request))
    await api.exec.start_detached(id, tty=bool(request.tty))
    result = DetachedExec(None, b"")
    result.exec_id = id
    return result


@checks_methods
class ExecProcess(ProcessHandle[ExecResult[O], O]):
    """A command in a running container.

    Awaited, it runs to its end and returns an `ExecResult`. Iterated, it yields the output as it comes. Inside
    ``async with`` it can also be written to, resized and waited for:

    Example:
        .. code-block:: python

            async with container.exec_run("cat", stdin=True) as process:
                await process.stdin.write(b"hello")
                await process.stdin.write_eof()
                print(await process.stdout.read(), await process.wait())

    Args:
        api: The Engine API.
        container: The container's id.
        request: What runs.
        assemble: Makes the output of the result.
        kill_after: Seconds after which it is ended when it is awaited.
        kill_on_cancel: Whether it is ended when the task is cancelled, or the block is left before its end.
        configured_keys: Returns the detach keys of the docker CLI's configuration.
    """

    def __init__(
        self,
        api: Api,
        container: str,
        request: models.ExecCreateRequest,
        assemble: Callable[[Iterable[streams.Chunk]], O],
        *,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        configured_keys: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._api = api
        self._container = container
        self._assemble = assemble
        self._has_stdin = bool(request.attach_stdin)
        self._kill_after = kill_after
        self._kill_on_cancel = kill_on_cancel
        self._cancel_grace = handle.GRACE
        self._signaller: Signaller | None = None
        if kill_on_cancel or kill_after is not None:
            self._signaller = Signaller(api, container, request.user or "")
            request.env = [*(request.env or ()), self._signaller.mark]
        self._request = request
        self._detach_keys = request.detach_keys
        self._configured_keys = configured_keys
        self.exec_id: str = ""
        super().__init__(
            self._begin, self._result, name="containers.exec_run", max_size=api.transport.max_response_size
        )

    # ---- while it runs

    async def resize(self, height: Cells, width: Cells) -> None:
        """Change the size of its terminal, in rows and columns.

        Raises:
            RuntimeError: The process is not started.
            APIError: The process has ended.
        """
        await self._api.exec.resize(self._started_id(), height=height, width=width)

    async def inspect(self) -> models.ExecInspect:
        """Return the state of the process as the engine reports it now.

        Raises:
            RuntimeError: The process is not started.
        """
        return await self._api.exec.inspect(self._started_id())

    async def wait(self) -> int:
        """Read the rest of the output, and return the exit code that the engine confirms.

        Raises:
            StreamInterrupted: The connection ended before the process did, or the detach keys of its terminal were
                written: the engine then reports 126, whatever becomes of the process.
        """
        await self._drain()
        if self._has_left() and self.exit_code is None:
            raise errors.StreamInterrupted(
                "the terminal of the process was detached: its exit code is not available",
                received=self.received,
            )
        return await self._confirmed()

    def _started_id(self) -> str:
        if not self.exec_id:
            raise RuntimeError(handle.NOT_STARTED)
        return self.exec_id

    def _has_left(self) -> bool:
        return self._stdin is not None and self._stdin.has_left

    # ---- ending it

    async def send_signal(self, signal: str) -> bool:
        """Send a signal to the process and to what it started, for example ``"HUP"``.

        The engine has no such operation: a shell in the container finds the processes, by a variable of their
        environment, their parents, their session, and their input and output, and sends the signal.

        Returns:
            Whether it was sent; ``False`` if there is no such process any more, or the image has no shell.

        Raises:
            InvalidValue: There is no such signal.
            RuntimeError: The process is not started, or cannot be found: it needs ``kill_on_cancel=True`` or
                ``kill_after``.
            Conflict: The container is paused, or does not run.
        """
        name = signal_name(signal)
        return await self._findable().send(name)

    async def terminate(self, grace: Duration = handle.GRACE) -> bool:
        """End the process and what it started: SIGTERM, and after ``grace`` seconds SIGKILL.

        A process that has none of the environment, the session, and the input and output of the command any more, and
        whose parent has ended, is not found: a daemon.

        Returns:
            Whether all of it has ended: ``False`` if it could not be ended, for example since the image has no shell,
            or the container is paused.

        Raises:
            RuntimeError: The process is not started, or cannot be found: it needs ``kill_on_cancel=True`` or
                ``kill_after``.
        """
        return await self._findable().end(self._started_id(), as_seconds(grace))

    async def kill(self) -> bool:
        """End the process and what it started with SIGKILL; see `terminate`."""
        return await self.terminate(0)

    async def hang_up(self, grace: Duration = handle.GRACE) -> bool:
        """End the process and what it started as if the window of its terminal were closed.

        It gets SIGHUP, which ends interactive shells although they ignore SIGTERM, and after ``grace`` seconds SIGKILL.

        Returns:
            Whether all of it has ended; see `terminate`.

        Raises:
            RuntimeError: The process is not started, or cannot be found; see `terminate`.
        """
        ended = await self._findable().end(self._started_id(), as_seconds(grace), first="HUP")
        self._kill_on_cancel = self._kill_on_cancel and not ended
        return ended

    @property
    def can_be_ended(self) -> bool:
        """Whether `terminate`, `kill` and `hang_up` can find it: it was given ``kill_on_cancel`` or ``kill_after``."""
        return self._signaller is not None

    @property
    def kills_on_cancel(self) -> bool:
        """Whether it is ended when the block is left before its end."""
        return self._kill_on_cancel

    def _findable(self) -> Signaller:
        self._started_id()
        if self._signaller is None:
            raise RuntimeError("the process cannot be found again: it needs kill_on_cancel=True or kill_after")
        return self._signaller

    async def aclose(self) -> None:
        """Close the connection; with ``kill_on_cancel`` end the process if it has not ended."""
        self._check_loop()
        self.close()
        await self._abandon(None)

    async def __aexit__(self, *raised: object) -> None:
        self.close()
        await self._abandon(cast("BaseException | None", raised[1]))

    async def _abandon(self, error: BaseException | None) -> None:
        """End the process if ``kill_on_cancel`` asks for that; if that fails, log it and add a note to the error."""
        if not (self._kill_on_cancel and self.exec_id and self.exit_code is None):
            return
        self._kill_on_cancel = False
        ended = False
        try:
            ended = await clean_up(self.terminate(self._cancel_grace))
        except errors.DockerException as reason:
            _log.warning("exec %s could not be ended: %s", self.exec_id[:12], reason)
        if not ended:
            text = f"the process {self.exec_id[:12]} in container {self._container[:12]} could not be ended"
            _log.warning("%s", text)
            if error is not None:
                error.add_note(text)

    async def _gather(self) -> ExecResult[O]:
        try:
            return await super()._gather()
        except BaseException as error:
            await self._abandon(error)
            raise

    async def _refill(self) -> None:
        try:
            await super()._refill()
        except BaseException as error:
            if self.closed and not self._owned:  # in a block a cancelled step is not the end
                await self._abandon(error)
            raise

    # ---- beginning and end

    async def _begin(self) -> streams.Source[streams.Chunk]:
        try:
            return await self._start_it()
        except BaseException as error:
            await self._abandon(error)
            raise

    async def _start_it(self) -> streams.Source[streams.Chunk]:
        if self._request.tty and self._detach_keys is None and self._configured_keys is not None:
            self._detach_keys = self._request.detach_keys = await self._configured_keys()
        self.exec_id = created_id(await self._api.exec.create(self._container, self._request))
        size = self._request.console_size
        self._attached = self._api.exec.start(
            self.exec_id, tty=bool(self._request.tty), console_size=(size[0], size[1]) if size else None
        )
        await self._attached.__aenter__()
        return handle.ConfirmedOutput(self._attached, WeakMethod(self._check_end))

    async def _result(self, source: streams.Source[streams.Chunk]) -> ExecResult[O]:
        chunks: list[streams.Chunk] = []
        ended = True
        deadline = asyncio.timeout(self._kill_after)
        try:
            async with deadline:
                await self._read_into(chunks, source)
        except TimeoutError:
            if not deadline.expired():
                raise
            ended = await self._end_in_time(chunks, source)
        code = await self._confirmed() if ended else await self._known_code()
        result = ExecResult(cast("int", code), self._assemble(chunks))
        result.exec_id = self.exec_id
        result.timed_out = deadline.expired()
        result.still_running = not ended
        return result

    async def _read_into(self, chunks: list[streams.Chunk], source: streams.Source[streams.Chunk]) -> None:
        while batch := await source.batch():
            chunks.extend(handle.merged(batch))

    async def _end_in_time(self, chunks: list[streams.Chunk], source: streams.Source[streams.Chunk]) -> bool:
        """End the process while its last output is read."""
        reading = asyncio.create_task(self._read_into(chunks, source))
        try:
            held = await self._known_code() is not None  # by something that it started: its output would have ended too
            ended = await self.terminate()
            if ended:
                await asyncio.wait({reading}, timeout=handle.GRACE)
            return ended and not (held and not self._findable().found)
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _known_code(self) -> int | None:
        """Return the exit code of the process itself, where only what it started still runs."""
        try:
            state = await self.inspect()
        except errors.NotFound:
            return None
        return None if state.running else state.exit_code

    async def _check_end(self) -> None:
        """Check that the end of the output is the end of the process, unless its terminal was left."""
        if not self._has_left():
            await self._confirmed()

    async def _confirmed(self) -> int:
        """Ask the engine for the exit code: the end of the output alone proves nothing."""
        if self.exit_code is not None:
            return self.exit_code
        attached_any = bool(self._request.attach_stdout or self._request.attach_stderr)
        pauses: Sequence[float] = _SETTLE
        while True:
            for pause in pauses:
                await asyncio.sleep(pause)
                state = await self._state()
                if state.running is False and state.exit_code is not None:
                    if state.exit_code == _UNDELIVERED and state.pid:  # without a pid it could not be started
                        await self._check_delivered()
                    self.exit_code: int | None = state.exit_code
                    return self.exit_code
            if attached_any:
                raise self._interrupted(" while it still runs")
            pauses = _SETTLE[-1:]  # no output was attached whose end would show it

    async def _check_delivered(self) -> None:
        """Raise if 126 is not the exit code of the process itself, by the event of its end."""
        code = await self._reported_code()
        if code not in {_UNDELIVERED, None}:
            self.exit_code = code
            error = self._interrupted(" before all of its output was delivered")
            error.exit = code
            raise error

    async def _reported_code(self) -> int | None:
        watched: models.Filters = {"container": [self._container], "event": ["exec_die"]}
        try:
            async with asyncio.timeout(_REPORTED), self._api.system.events(since=1, filters=watched) as events:
                async for event in events:
                    if (code := code_in(event, self.exec_id)) is not None:
                        return code
        except (*AWAY, errors.APIError, TimeoutError):
            pass  # a proxy may let nothing but calls about containers through
        return None

    async def _state(self) -> models.ExecInspect:
        try:
            return await self.inspect()
        except (*AWAY, errors.NotFound) as error:
            raise self._interrupted(f", and its exit code is unavailable: {error}") from error
