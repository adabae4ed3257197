"""Hooks: what a client sends and receives, for metrics, traces and logs.

A hook is an object with three methods. `Hook.begin` is called before a call is sent, and then, exactly once, either
`Hook.end` or `Hook.error`: for an ordinary call when its answer is complete, for a stream when the stream ends.

Example:
    .. code-block:: python

        from aiodockerpy.hooks import CallInfo, Hook

        class Timing(Hook):
            def end(self, call: CallInfo) -> None:
                print(f"{call.operation} took {call.duration:.3f} s, {call.received} bytes")

        async with docker.from_env(hooks=Timing()) as client:
            await client.containers.list()

Hooks are plain functions that must not block: they run in the event loop, between the library's own steps. An exception
of a hook is logged (``aiodockerpy.hooks``) and goes no further: the call, and the other hooks, are not affected. A
client without hooks does nothing for them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from aiodockerpy._arguments import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy._config.hosts import Host

__all__ = ["CallInfo", "CallKind", "Hook", "LogCalls"]

CallKind = Literal["call", "stream", "upgrade", "websocket", "dial"]
"""What a call is: one whole answer; an answer that is read as it comes; a connection that is switched to bytes in both
directions (attach, exec, BuildKit); a websocket; a connection on which BuildKit's protocol is used from the start."""


@dataclass(slots=True, eq=False)
class CallInfo:
    """One call as hooks see it: the same object from its begin to its end, filled in on the way.

    It holds no query, body or header of the call, which may hold secrets.
    """

    operation: str
    """The operation's name in `aiodockerpy.api`, for example ``"containers.stop"``."""
    operation_id: str
    """The specification's name of it: ``"ContainerStop"``."""
    kind: CallKind
    """Whether it is a whole call or a stream, and of which kind."""
    method: str
    """The HTTP method."""
    path: str
    """The path, without API version and query: ``"/containers/web/stop"``."""
    template: str
    """The path with the names of its parts: ``"/containers/{id}/stop"``."""
    host: Host | None = None
    """Where the engine is; ``None`` in the `Hook.begin` of a client's first call, since it is found with that call."""
    api_version: str | None = None
    """The API version that it is sent in; ``None`` until it is sent, and for calls without one."""
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    """Headers that hooks add to the request, in `Hook.begin`: for the context of a trace.

    A header that the client sets itself, or that cannot be sent, is left out and logged. A connection of the kind
    ``"dial"`` sends none.
    """
    attempts: int = 0
    """How many times it was sent; more than 1 if a connection was lost and the call could be repeated safely."""
    status: int | None = None
    """The HTTP status; ``None`` if there was no answer."""
    sent: int = 0
    """Bytes of the body that were sent, and of what was written to a connection in both directions."""
    received: int = 0
    """Bytes of the answer's body."""
    answered: float | None = None
    """Seconds until a stream's answer began; ``None`` for ordinary calls, and if there was no answer."""
    duration: float | None = None
    """Seconds until the end: for a stream, its own."""
    closed_early: bool = False
    """Whether a stream was closed by the program, or with the client, before its end."""


class Hook(Protocol):  # mypy takes methods without a statement for abstract
    """Callbacks for every call of a client. A subclass defines what it needs.

    An error that an engine reports inside a stream of status 200, such as a failed pull, is not an error of the call:
    the program gets the exception, and the hook's `end` is called. The ping that negotiates the API version is part of
    a client's first call.
    """

    def begin(self, call: CallInfo) -> None:
        """Record that a call is about to be sent; headers may be added to ``call.headers``."""
        del call

    def end(self, call: CallInfo) -> None:
        """Record that a call has its answer, or that a stream has ended or was closed."""
        del call

    def error(self, call: CallInfo, error: BaseException) -> None:
        """Record that a call or stream has failed.

        An ordinary call that is cancelled fails by ``asyncio.CancelledError``. A stream whose reader is cancelled is
        closed early, which is not a failure.
        """
        del call, error


class LogCalls(Hook):
    """Log every call, when it has ended: ``POST /containers/web/stop: 204 in 0.213 s``.

    Args:
        level: The level of the records; failures are logged at ``WARNING`` at least, cancelled calls as any other.
        logger: Where to; the logger ``aiodockerpy.calls`` if not given.
    """

    @checked
    def __init__(self, level: int = logging.DEBUG, logger: logging.Logger | None = None) -> None:
        self._level = level
        self._log = logger or logging.getLogger("aiodockerpy.calls")

    def end(self, call: CallInfo) -> None:
        """Log a call that has its answer."""
        self._write(self._level, call, "closed early" if call.closed_early else str(call.status))

    def error(self, call: CallInfo, error: BaseException) -> None:
        """Log a failed call with the class of the error, and the status if the engine refused it."""
        level = max(self._level, logging.WARNING) if isinstance(error, Exception) else self._level
        name = type(error).__name__
        self._write(level, call, name if call.status is None else f"{call.status} {name}")

    def _write(self, level: int, call: CallInfo, outcome: str) -> None:
        again = f", sent {call.attempts} times" if call.attempts > 1 else ""
        self._log.log(
            level,
            "%s %s: %s in %.3f s (%d bytes sent, %d received%s)",
            call.method,
            call.path,
            outcome,
            call.duration or 0,
            call.sent,
            call.received,
            again,
            extra={"docker_operation": call.operation},
        )


def read_hooks(given: Any) -> tuple[Hook, ...]:
    """Return the hooks that a client was given: one, several, or none.

    Raises:
        WrongType: One of them is not a hook.
    """
    hooks = cast("Sequence[Hook]", given if isinstance(given, list | tuple) else () if given is None else (given,))
    for hook in hooks:
        _check(hook)
    return tuple(hooks)


def _check(hook: object) -> None:
    from inspect import iscoroutinefunction

    from aiodockerpy._protocol.unfit import shown
    from aiodockerpy.errors import WrongType

    for name in ("begin", "end", "error"):
        method = getattr(hook, name, None)
        if isinstance(hook, type) or not callable(method):
            raise WrongType(
                f"hooks must be objects with the methods begin, end, error (aiodockerpy.hooks.Hook), not {shown(hook)}"
            )
        if iscoroutinefunction(method):
            raise WrongType(f"hooks must be plain functions, but {type(hook).__name__}.{name} is a coroutine function")
