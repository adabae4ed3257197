"""Attach to the main process of a container."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING
from weakref import WeakMethod

from aiodockerpy import errors
from aiodockerpy._arguments import checks_methods
from aiodockerpy._protocol.units import Cells, Duration, as_seconds
from aiodockerpy.api._results import runs
from aiodockerpy.resources._following.backoff import AWAY
from aiodockerpy.resources._processes.handle import GRACE, ConfirmedOutput, ProcessHandle, joined
from aiodockerpy.resources._processes.wait import wait_for_container
from aiodockerpy.streams.output import Attached, join
from aiodockerpy.streams.source import Nothing, Source

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy._transport.base import Duplex
    from aiodockerpy.api import Api
    from aiodockerpy.models import ContainerInspect

_LOOK_SECONDS = 5.0
"""Seconds that one inspection may take: output that arrives meanwhile is delivered after it."""
_LOOK_AFTER = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds without output after which the engine is asked whether the container runs; the last one is repeated."""


@checks_methods
class AttachedProcess(ProcessHandle[bytes, bytes]):
    """The main process of a container.

    Awaited, it returns all output until the process ends. Iterated, it yields the output as it comes. Inside ``async
    with`` it can also be written to, resized and waited for. If the container does not run, there is nothing to wait
    for: awaited or iterated it ends at once. Inside ``async with`` a container may be attached to before it is started.

    Args:
        api: The Engine API.
        container: The container's id.
        streams: What to attach to: ``stdin``, ``stdout``, ``stderr``; ``stream`` for what is written from now on, and
            ``logs`` for what was written before.
        websocket: Whether to connect by a websocket, whose standard output and standard error are mixed.
        detach_keys: The keys that detach from its terminal; ``None`` for those of ``configured_keys``.
        configured_keys: Returns the keys of the docker CLI's configuration.
    """

    def __init__(
        self,
        api: Api,
        container: str,
        streams: Mapping[str, bool],
        *,
        websocket: bool = False,
        detach_keys: str | None = None,
        configured_keys: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._api = api
        self._container = container
        self._has_stdin = streams["stdin"]
        self._streams = streams
        self._websocket = websocket
        self._detach_keys = detach_keys
        self._configured_keys = configured_keys
        self._assemble = joined
        self._before: ContainerInspect | None = None
        self._last_output = False
        super().__init__(self._begin, join, name="containers.attach", max_size=api.transport.max_response_size)

    async def resize(self, height: Cells, width: Cells) -> None:
        """Change the size of its terminal, in rows and columns.

        Raises:
            Conflict: The container does not run.
        """
        await self._api.containers.resize(self._container, height=height, width=width)

    async def hang_up(self, grace: Duration = GRACE) -> bool:
        """Stop the container: its own stop signal, and after ``grace`` seconds SIGKILL.

        Returns:
            ``True``: it has ended, or was removed.
        """
        with suppress(errors.NotFound):
            await self._api.containers.stop(self._container, stop_timeout=ceil(as_seconds(grace)))
        return True

    async def wait(self) -> int:
        """Read the rest of the output, wait until the process has ended, and return its exit code.

        Raises:
            StreamInterrupted: The exit code was lost while the connection was broken.
        """
        await self._drain()
        if self.exit_code is None:
            self.exit_code: int | None = (await wait_for_container(self._api, self._container)).status_code
        if self.exit_code is None:
            raise errors.UnexpectedResponse("the engine reported the end of the container without its exit code")
        return self.exit_code

    # ---- beginning

    async def _begin(self) -> Source[Chunk]:
        self._before = await self._api.containers.inspect(self._container)
        config, state = self._before.config, self._before.state
        tty = bool(config is not None and config.tty)
        if tty and self._detach_keys is None and self._configured_keys is not None:
            self._detach_keys = await self._configured_keys()
        if self._streams["stream"] and not self._owned and not runs(state):
            # An engine would keep the connection until the next start.
            if not self._streams["logs"]:
                return Nothing()
            self._streams = {**self._streams, "stream": False}
        self._attached = self._connection(tty=tty)
        await self._attached.__aenter__()
        return _LiveOutput(self._attached, WeakMethod(self.check_end), WeakMethod(self._look))

    def _connection(self, *, tty: bool) -> Attached:
        api, keys = self._api.containers, self._detach_keys
        if not self._websocket:
            return api.attach(self._container, tty=tty, detach_keys=keys, **self._streams)

        async def connect() -> Duplex:
            return await api.attach_websocket(self._container, detach_keys=keys, **self._streams)

        return Attached(connect, tty=tty, framed=False, name="containers.attach")

    # ---- the end

    async def _look(self) -> bool | None:
        """Return whether output can still come: ``True`` if so, ``None`` if the container must be started first."""
        if not self._streams["stream"]:
            return True
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                now = (await self._api.containers.inspect(self._container)).state
        except errors.NotFound:
            return False
        except (*AWAY, errors.ProtocolError, TimeoutError):
            return None  # the connection itself reports it, if it is broken too
        if now is None or runs(now):
            return True
        before = self._before.state if self._before is not None else None
        if now.status == "created":
            return None
        ran = before is None or runs(before) or now.started_at != before.started_at
        last_output, self._last_output = self._last_output, ran  # which may still arrive after the first inspection
        return None if ran and not last_output else False

    async def check_end(self) -> None:
        """Check that the end of the output is the end of the process and not that of the connection.

        Raises:
            StreamInterrupted: The process still runs, or cannot be inspected.
        """
        if not self._streams["stream"] or self._has_left():
            return
        try:
            now = (await self._api.containers.inspect(self._container)).state
        except errors.NotFound:
            return  # it was removed at its end
        except AWAY as error:
            raise self._interrupted(f", and the process cannot be inspected: {error}") from error
        before = self._before.state if self._before is not None else None
        if now is not None and now.running and before is not None and before.finished_at == now.finished_at:
            raise self._interrupted(" while the process still runs")

    def _has_left(self) -> bool:
        """Return whether the engine ended the output because of the input, while the process continues.

        It does that for the detach keys of a terminal, and for the end of an input that others may write to later.
        """
        if self._stdin is None:
            return False
        config = self._before.config if self._before is not None else None
        only_writer = config is not None and bool(config.stdin_once)
        tty = config is not None and bool(config.tty)
        return self._stdin.has_left or (self._stdin.is_closing() and not only_writer and not tty)


class _LiveOutput(ConfirmedOutput):
    """The output of a container, which ends although the engine keeps the connection of one that does not run.

    An engine ends the connections that were made before the end of the container. One that was made after it, perhaps
    since the container ended just then, is kept until the container has run once more, and even if it is removed.

    Args:
        attached: The connection.
        confirm: As for `ConfirmedOutput`.
        look: A weak reference to the method that asks the engine whether output can still come.
    """

    def __init__(
        self,
        attached: Attached,
        confirm: Callable[[], Callable[[], Awaitable[object]] | None],
        look: Callable[[], Callable[[], Awaitable[bool | None]] | None],
    ) -> None:
        super().__init__(attached, confirm)
        self._look = look
        self._looks = 0
        self._certain = False

    async def batch(self) -> list[Chunk]:
        """Return the next chunks, none after the last."""
        while not self._certain:
            limit = asyncio.timeout(_LOOK_AFTER[min(self._looks, len(_LOOK_AFTER) - 1)])
            try:
                async with limit:
                    return await super().batch()
            except TimeoutError:
                if not limit.expired():
                    raise
            self._looks += 1
            if not await self._can_come():
                self._ended = not self.closed_early
                return []
        return await super().batch()

    async def _can_come(self) -> bool:
        look = self._look()
        found = await look() if look is not None else True
        self._certain = bool(found)  # the container ran after the connection was made, so the engine will end it
        return found is not False
