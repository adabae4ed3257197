"""Operations on containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.lines import MAX_LINE
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.timestamps import TimeBound, bound
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.api._container_state import ContainerState
from aiodockerpy.api._results import runs
from aiodockerpy.api._verbs import fetch, fetch_list, json_stream, one
from aiodockerpy.streams.archives import BytesStream
from aiodockerpy.streams.output import Attached, LogStream

if TYPE_CHECKING:
    import builtins

    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import PositiveInt, Seconds
    from aiodockerpy._transport.base import Duplex
    from aiodockerpy.models import (
        ContainerCreate,
        ContainerCreateRequest,
        ContainerInspect,
        ContainerPrune,
        ContainerStats,
        ContainerSummary,
        ContainerTop,
        ContainerUpdate,
        ContainerUpdateRequest,
        ContainerWait,
        FilesystemChange,
    )
    from aiodockerpy.models.filters import ContainerListFilters, ContainerPruneFilters, Filters
    from aiodockerpy.streams.stream import Stream

__all__ = ["ContainersApi", "WaitCondition"]

WaitCondition: TypeAlias = Literal["not-running", "next-exit", "removed"]
"""What `ContainersApi.wait` waits for."""

_ATTACHES_BY_CHOICE = ApiVersion(1, 42)
"""From here on a websocket is attached to what it asks for; before, to all three streams without being asked."""


@checks_arguments
class ContainersApi(ContainerState):
    """Containers, their logs, files and checkpoints.

    Every ``container`` is an id, a unique beginning of one, or a name.

    Example:
        .. code-block:: python

            for summary in await client.api.containers.list(all=True, filters={"status": "exited"}):
                await client.api.containers.remove(summary.id, v=True)
    """

    async def create(
        self, request: ContainerCreateRequest, *, name: str | None = None, platform: str | None = None
    ) -> ContainerCreate:
        """Create a container without starting it.

        Operation: ``ContainerCreate``, ``POST /containers/create``.

        Args:
            request: The image, command, resources, networks and volumes.
            name: Its name; the engine makes one up if not given.
            platform: ``os[/arch[/variant]]`` of the image, where it has several.

        Returns:
            The id and the engine's warnings.

        Raises:
            ImageNotFound: The image is not on the engine; it is not pulled.
            Conflict: The name is taken.
        """
        request_value = call("ContainerCreate", values={"name": name, "platform": platform}, json=request)
        return await fetch(self._transport, request_value, lambda: models.ContainerCreate)

    async def inspect(self, container: IdOrName, *, size: bool | None = None) -> ContainerInspect:
        """Return everything the engine knows of a container.

        Operation: ``ContainerInspect``, ``GET /containers/{id}/json``.

        Args:
            container: ID or name.
            size: Measure its file system, which takes long.

        Raises:
            NotFound: No such container.
        """
        return await fetch(
            self._transport,
            call("ContainerInspect", {"id": container}, {"size": size}),
            lambda: models.ContainerInspect,
        )

    async def top(self, container: IdOrName, *, ps_args: str | None = None) -> ContainerTop:
        """List the processes of a running container.

        Operation: ``ContainerTop``, ``GET /containers/{id}/top``.

        Args:
            container: ID or name.
            ps_args: Arguments of ``ps``, which runs on the engine's machine; ``-ef`` if not given.

        Raises:
            NotFound: No such container.
            APIError: It does not run.
        """
        return await fetch(
            self._transport, call("ContainerTop", {"id": container}, {"ps_args": ps_args}), lambda: models.ContainerTop
        )

    def logs(
        self,
        container: IdOrName,
        *,
        tty: bool = False,
        follow: bool | None = None,
        stdout: bool = True,
        stderr: bool = True,
        since: TimeBound = None,
        until: TimeBound = None,
        timestamps: bool = False,
        tail: int | str | None = None,
        details: bool = False,
        max_line: PositiveInt = MAX_LINE,
    ) -> LogStream:
        """Read what a container wrote: awaited as bytes, iterated as lines.

        Operation: ``ContainerLogs``, ``GET /containers/{id}/logs``.

        Args:
            container: ID or name.
            tty: Whether the container has a terminal (``config.tty`` of its inspection); its output is framed
                otherwise.
            follow: Go on with what will be written, until the container stops.
            stdout: Standard output.
            stderr: Standard error.
            since: Not what is older: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            until: Not what is newer; the same forms.
            timestamps: With the time of each line, which is in ``LogLine.time`` (and in front of the line in the
                bytes).
            tail: So many lines from the end; ``"all"`` if not given.
            details: With what the log driver noted, in ``LogLine.details``.
            max_line: Bytes up to which a line is kept together.

        Raises:
            NotFound: No such container.
            NotImplementedByEngine: The log driver cannot be read.
            BadRequest: Neither ``stdout`` nor ``stderr``.
            StreamInterrupted: The connection ended before the logs did.
        """
        values = {
            "follow": follow or None,
            "stdout": stdout,
            "stderr": stderr,
            "since": bound(since),
            "until": bound(until),
            "timestamps": timestamps or None,
            "tail": tail,
            "details": details or None,
        }
        request = call("ContainerLogs", {"id": container}, values)
        return LogStream(
            lambda: self._transport.open(request),
            tty=tty,
            name=request.operation.name,
            max_size=self._transport.max_response_size,
            timestamps=timestamps,
            details=details,
            max_line=max_line,
        )

    async def changes(self, container: IdOrName) -> builtins.list[FilesystemChange]:
        """List the files that differ from the image's.

        Operation: ``ContainerChanges``, ``GET /containers/{id}/changes``.

        Raises:
            NotFound: No such container.
        """
        return await fetch_list(
            self._transport, call("ContainerChanges", {"id": container}), lambda: models.FilesystemChange
        )

    def export(self, container: IdOrName) -> BytesStream:
        """Read the whole file system of a container as a tar archive.

        Operation: ``ContainerExport``, ``GET /containers/{id}/export``.

        Returns:
            A handle: iterated it gives the bytes as they come, awaited all of them.

        Raises:
            NotFound: No such container.
            StreamInterrupted: The connection ended before the archive did.
        """
        return BytesStream(self._transport, call("ContainerExport", {"id": container}))

    def stats(
        self, container: IdOrName, *, stream: bool | None = None, one_shot: bool | None = None
    ) -> Stream[ContainerStats, ContainerStats]:
        """Read statistics of a container.

        Operation: ``ContainerStats``, ``GET /containers/{id}/stats``.

        Args:
            container: ID or name.
            stream: ``False`` for one sample; otherwise about one a second, also of a stopped container.
            one_shot: With ``stream=False``: do not wait a second for the sample before, so that rates cannot be
                computed.

        Returns:
            A handle: iterated it gives samples, awaited the first one.

        Raises:
            NotFound: No such container.
        """
        request = call("ContainerStats", {"id": container}, {"stream": stream, "one-shot": one_shot})
        return json_stream(self._transport, request, lambda: models.ContainerStats, one)

    async def resize(self, container: IdOrName, *, height: int, width: int) -> None:
        """Change the size of a container's terminal.

        Operation: ``ContainerResize``, ``POST /containers/{id}/resize``.

        Args:
            container: ID or name.
            height: Rows.
            width: Columns.
        """
        await self._transport.request(call("ContainerResize", {"id": container}, {"h": height, "w": width}))

    async def start(
        self,
        container: IdOrName,
        *,
        detach_keys: str | None = None,
        checkpoint: str | None = None,
        checkpoint_dir: str | None = None,
    ) -> bool:
        """Start a container.

        Operation: ``ContainerStart``, ``POST /containers/{id}/start``.

        Args:
            container: ID or name.
            detach_keys: The keys that detach from its terminal, for example ``"ctrl-p,ctrl-q"``.
            checkpoint: Restore this checkpoint (experimental engines only).
            checkpoint_dir: Where the checkpoint is, if not in the engine's own place.

        Returns:
            ``False`` if it was already running (304).

        Raises:
            NotFound: No such container.
            APIError: It cannot be started, for example since the command does not exist.
        """
        values = {"detachKeys": detach_keys, "checkpoint": checkpoint, "checkpoint-dir": checkpoint_dir}
        reply = await self._transport.request(call("ContainerStart", {"id": container}, values))
        return reply.status != 304

    async def stop(
        self, container: IdOrName, *, signal: str | None = None, stop_timeout: Seconds | None = None
    ) -> bool:
        """Stop a running container.

        Operation: ``ContainerStop``, ``POST /containers/{id}/stop``.

        Args:
            container: ID or name.
            signal: Sent first, for example ``"SIGINT"``; the container's own stop signal if not given. API 1.42+.
            stop_timeout: Seconds until SIGKILL; ``-1`` waits forever, ``0`` kills at once; the container's own if not
                given.

        Returns:
            ``False`` if it was already stopped (304).

        Raises:
            NotFound: No such container.
        """
        values = {"t": cast("int | None", stop_timeout), "signal": signal}
        reply = await self._transport.request(call("ContainerStop", {"id": container}, values))
        return reply.status != 304

    async def restart(
        self, container: IdOrName, *, signal: str | None = None, stop_timeout: Seconds | None = None
    ) -> None:
        """Stop a container and start it again.

        Operation: ``ContainerRestart``, ``POST /containers/{id}/restart``.

        Args:
            container: ID or name.
            signal: As for `stop`. API 1.42+.
            stop_timeout: As for `stop`.

        Raises:
            NotFound: No such container.
        """
        values = {"t": cast("int | None", stop_timeout), "signal": signal}
        await self._transport.request(call("ContainerRestart", {"id": container}, values))

    async def kill(self, container: IdOrName, *, signal: str | int | None = None) -> None:
        """Send a signal to the main process of a container.

        Operation: ``ContainerKill``, ``POST /containers/{id}/kill``.

        Args:
            container: ID or name.
            signal: Its name or number; ``SIGKILL`` if not given.

        Raises:
            NotFound: No such container.
            Conflict: It does not run.
        """
        await self._transport.request(call("ContainerKill", {"id": container}, {"signal": signal}))

    async def update(self, container: IdOrName, request: ContainerUpdateRequest) -> ContainerUpdate:
        """Change the resources or the restart policy of a container.

        Operation: ``ContainerUpdate``, ``POST /containers/{id}/update``.

        Args:
            container: ID or name.
            request: What changes; the rest stays.

        Returns:
            The engine's warnings.

        Raises:
            NotFound: No such container.
        """
        return await fetch(
            self._transport, call("ContainerUpdate", {"id": container}, json=request), lambda: models.ContainerUpdate
        )

    async def rename(self, container: IdOrName, name: str) -> None:
        """Rename a container.

        Operation: ``ContainerRename``, ``POST /containers/{id}/rename``.

        Raises:
            NotFound: No such container.
            Conflict: The name is taken.
        """
        await self._transport.request(call("ContainerRename", {"id": container}, {"name": name}))

    async def pause(self, container: IdOrName) -> None:
        """Suspend every process of a container.

        Operation: ``ContainerPause``, ``POST /containers/{id}/pause``.

        Raises:
            NotFound: No such container.
            APIError: It does not run, or is paused already.
        """
        await self._transport.request(call("ContainerPause", {"id": container}))

    async def unpause(self, container: IdOrName) -> None:
        """Resume the processes of a paused container.

        Operation: ``ContainerUnpause``, ``POST /containers/{id}/unpause``.

        Raises:
            NotFound: No such container.
            APIError: It is not paused.
        """
        await self._transport.request(call("ContainerUnpause", {"id": container}))

    def attach(
        self,
        container: IdOrName,
        *,
        tty: bool = False,
        stdin: bool = False,
        stdout: bool = True,
        stderr: bool = True,
        stream: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
    ) -> Attached:
        """Connect to the main process of a container.

        Operation: ``ContainerAttach``, ``POST /containers/{id}/attach``.

        Args:
            container: ID or name.
            tty: Whether the container has a terminal (``config.tty`` of its inspection).
            stdin: Write to its standard input, if it was created with ``open_stdin``.
            stdout: Read its standard output.
            stderr: Read its standard error.
            stream: What is written from now on.
            logs: What was written before.
            detach_keys: The keys that detach; looked for only with a terminal.

        Returns:
            A handle; enter it before the container is started to lose nothing. Awaited or iterated, it ends at once if
            the container does not run; entered, it lasts until the container has run, as the engine does it.
            `aiodockerpy.resources.ContainerProcesses.attach` also ends if the container was removed or ended
            meanwhile.

        Raises:
            NotFound: No such container.
            Conflict: It is paused or restarting.
        """
        values = _attach_values(detach_keys, logs, stream, stdin, stdout, stderr)
        request = call("ContainerAttach", {"id": container}, values)
        past = call("ContainerAttach", {"id": container}, {**values, "stream": None})

        async def unless_it_ended() -> Duplex:
            may_last = not stream or runs((await self.inspect(container)).state)
            return await self._transport.upgrade(request if may_last else past)

        return Attached(
            lambda: self._transport.upgrade(request),
            tty=tty,
            name=request.operation.name,
            max_size=self._transport.max_response_size,
            start_unentered=unless_it_ended,
        )

    async def attach_websocket(
        self,
        container: IdOrName,
        *,
        stdin: bool = True,
        stdout: bool = True,
        stderr: bool = True,
        stream: bool = True,
        logs: bool = False,
        detach_keys: str | None = None,
    ) -> Duplex:
        """Connect to the main process of a container by a websocket.

        Operation: ``ContainerAttachWebsocket``, ``GET /containers/{id}/attach/ws``.

        Args:
            container: ID or name.
            stdin: Write to its standard input. Below API 1.42 the engine always attaches it.
            stdout: Read its standard output; ``False`` needs API 1.42, as for the next one.
            stderr: Read its standard error.
            stream: What is written from now on.
            logs: What was written before.
            detach_keys: The keys that detach; looked for only with a terminal.

        Returns:
            A connection. Standard output and standard error come mixed, always without framing.

        Raises:
            NotFound: No such container.
        """
        values = _attach_values(detach_keys, logs, stream, stdin, stdout, stderr)
        if stdout and stderr and await self._transport.version() < _ATTACHES_BY_CHOICE:
            values = {name: value for name, value in values.items() if name not in {"stdin", "stdout", "stderr"}}
        return await self._transport.websocket(call("ContainerAttachWebsocket", {"id": container}, values))

    def wait(
        self, container: IdOrName, *, condition: WaitCondition | None = None
    ) -> Stream[ContainerWait, ContainerWait]:
        """Wait until a container stops.

        Operation: ``ContainerWait``, ``POST /containers/{id}/wait``.

        Args:
            container: ID or name.
            condition: ``"not-running"`` (the default), ``"next-exit"`` or ``"removed"``.

        Returns:
            A handle: awaited it gives the exit code. Entered with ``async with`` the engine watches already, so
            that the container can be started then without missing its end.

        Raises:
            NotFound: No such container.
            StreamInterrupted: The connection ended before the container did.
        """
        request = call("ContainerWait", {"id": container}, {"condition": condition})
        return json_stream(self._transport, request, lambda: models.ContainerWait, one)

    async def remove(
        self, container: IdOrName, *, v: bool | None = None, force: bool | None = None, link: bool | None = None
    ) -> None:
        """Remove a container.

        Operation: ``ContainerDelete``, ``DELETE /containers/{id}``.

        Args:
            container: ID or name.
            v: Also its anonymous volumes.
            force: Also if it runs; it is killed.
            link: Remove the link of that name instead of the container.

        Raises:
            NotFound: No such container.
            Conflict: It runs, or is being removed.
        """
        await self._transport.request(
            call("ContainerDelete", {"id": container}, {"v": v, "force": force, "link": link})
        )

    async def prune(self, *, filters: ContainerPruneFilters | Filters | None = None) -> ContainerPrune:
        """Remove every stopped container.

        Operation: ``ContainerPrune``, ``POST /containers/prune``.

        Args:
            filters: Which of them.

        Returns:
            What was removed and how much space that gave.
        """
        return await fetch(
            self._transport, call("ContainerPrune", values={"filters": filters}), lambda: models.ContainerPrune
        )

    # `list` stands last: in a class body its name hides the type from what follows.
    async def list(
        self,
        *,
        all: bool | None = None,
        limit: int | None = None,
        size: bool | None = None,
        filters: ContainerListFilters | Filters | None = None,
    ) -> list[ContainerSummary]:
        """List containers, the newest first.

        Operation: ``ContainerList``, ``GET /containers/json``.

        Args:
            all: Also those that do not run; without it only running ones.
            limit: The newest ones only, whatever their state.
            size: Measure their file systems, which takes long.
            filters: Which containers.

        Raises:
            InvalidArgument: An unknown filter.
        """
        values = {"all": all, "limit": limit, "size": size, "filters": filters}
        return await fetch_list(self._transport, call("ContainerList", values=values), lambda: models.ContainerSummary)


def _attach_values(
    detach_keys: str | None, logs: bool, stream: bool, stdin: bool | None, stdout: bool | None, stderr: bool | None
) -> dict[str, str | bool | None]:
    return {
        "detachKeys": detach_keys,
        "logs": logs or None,
        "stream": stream or None,
        "stdin": stdin,
        "stdout": stdout,
        "stderr": stderr,
    }
