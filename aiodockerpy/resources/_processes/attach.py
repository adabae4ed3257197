"""The main process of a container, attached to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakMethod

from aiodockerpy import errors
from aiodockerpy.resources._processes.handle import ConfirmedOutput, ProcessHandle, joined
from aiodockerpy.resources._processes.wait import wait_for_container
from aiodockerpy.streams.output import Attached, join

if TYPE_CHECKING:
    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy._transport.base import Duplex
    from aiodockerpy.api import Api
    from aiodockerpy.models import ContainerInspect
    from aiodockerpy.streams.source import Source

__all__ = ["AttachedProcess"]


class AttachedProcess(ProcessHandle[bytes, bytes]):
    """The main process of a container.

    Awaited, it returns all output until the process ends. Iterated, it gives the output as it comes. Inside ``async
    with`` it can also be written to, resized and waited for.

    Args:
        api: The operations.
        container: Its id.
        stdin: Whether to write to its standard input.
        stdout: Whether to read its standard output.
        stderr: Whether to read its standard error.
        stream: Whether to read what is written from now on.
        logs: Whether to read what was written before.
        websocket: Whether to connect by a websocket, whose standard output and standard error come mixed.
    """

    def __init__(
        self,
        api: Api,
        container: str,
        *,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        stream: bool = True,
        logs: bool = False,
        websocket: bool = False,
    ) -> None:
        self._api = api
        self._container = container
        self._has_stdin = stdin
        self._wanted = stdout, stderr, stream, logs
        self._websocket = websocket
        self._assemble = joined
        self._before: ContainerInspect | None = None
        super().__init__(self._begin, join, name="containers.attach")

    async def resize(self, height: int, width: int) -> None:
        """Change the size of its terminal, in rows and columns."""
        await self._api.containers.resize(self._container, height=height, width=width)

    async def wait(self) -> int:
        """Read what is left of the output, wait until the process has ended, and return its exit code.

        Raises:
            StreamInterrupted: The exit code was lost while the connection was broken.
        """
        await self._drain()
        if self.exit_code is None:
            self.exit_code: int | None = (await wait_for_container(self._api.containers, self._container)).status_code
        if self.exit_code is None:
            raise errors.UnexpectedResponse("the engine told the end of the container without its exit code")
        return self.exit_code

    async def _begin(self) -> Source[Chunk]:
        self._before = await self._api.containers.inspect(self._container)
        config = self._before.config
        tty = bool(config is not None and config.tty)
        self._attached = self._connection(tty=tty)
        await self._attached.__aenter__()
        return ConfirmedOutput(self._attached, WeakMethod(self.check_end))

    def _connection(self, *, tty: bool) -> Attached:
        stdout, stderr, stream, logs = self._wanted
        if not self._websocket:
            return self._api.containers.attach(
                self._container,
                tty=tty,
                stdin=self._has_stdin,
                stdout=stdout,
                stderr=stderr,
                stream=stream,
                logs=logs,
            )

        async def connect() -> Duplex:
            return await self._api.containers.attach_websocket(
                self._container, stdin=self._has_stdin, stdout=stdout, stderr=stderr, stream=stream, logs=logs
            )

        return Attached(connect, tty=True, name="containers.attach")  # a websocket has no frames

    async def check_end(self) -> None:
        """Judge the end of the output, which looks the same whether the process or the connection has ended.

        Raises:
            StreamInterrupted: The process goes on, or cannot be looked at.
        """
        _, _, stream, _ = self._wanted
        if not stream or self._has_left():
            return
        attached = self._attached
        received, peer = (attached.received, attached.peer) if attached is not None else (0, "the engine")
        try:
            now = (await self._api.containers.inspect(self._container)).state
        except errors.NotFound:
            return  # it was removed at its end
        except errors.ConnectionFailed as error:
            raise errors.StreamInterrupted(
                f"the connection to the process on {peer} ended, and it cannot be looked at: {error}", received=received
            ) from error
        before = self._before.state if self._before is not None else None
        if now is not None and now.running and before is not None and before.started_at == now.started_at:
            raise errors.StreamInterrupted(
                f"the connection to the process on {peer} ended while it still runs", received=received
            )

    def _has_left(self) -> bool:
        """Whether the engine ends the output because of what was written while the process goes on.

        It does that for the keys to leave a terminal, and for the end of an input that others may write to afterwards.
        """
        if self._stdin is None:
            return False
        config = self._before.config if self._before is not None else None
        only_writer = config is not None and bool(config.stdin_once) and not config.tty
        return self._stdin.has_left or (self._stdin.is_closing() and not only_writer)
