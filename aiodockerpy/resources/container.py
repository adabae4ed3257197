"""A container as an object."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from aiodockerpy import errors
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._docker_py import ANY, Removed, refuses_keywords
from aiodockerpy._options.containers import environment_list, port_key, update_request
from aiodockerpy.models import ContainerConfig, ContainerInspect, ContainerSummary, ExecCreateRequest
from aiodockerpy.resources._following.logs import LogFollower, LogQuery
from aiodockerpy.resources._following.stats import StatsStream
from aiodockerpy.resources._processes.attach import AttachedProcess
from aiodockerpy.resources._processes.exec import (
    DemuxedOutput,
    DetachedExec,
    ExecProcess,
    demuxed,
    joined,
    run_in_background,
)
from aiodockerpy.resources._processes.until import is_healthy, published, until
from aiodockerpy.resources._processes.wait import wait_for_container
from aiodockerpy.resources.files import ContainerFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
    from typing import Self

    from aiodockerpy._options.containers import UpdateOptions
    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy._protocol.units import Seconds
    from aiodockerpy.api.containers import WaitCondition
    from aiodockerpy.models import ContainerTop, ContainerUpdate, ContainerWait, FilesystemChange
    from aiodockerpy.resources.images import Image
    from aiodockerpy.streams.output import LogStream

__all__ = ["Container"]

T = TypeVar("T")


@checks_arguments
class Container(ContainerFiles):
    """A container.

    Its snapshot is what the engine told when it was last looked at: `reload` looks again. `start`, `stop` and the like
    cost one request and leave the snapshot alone.

    Example:
        .. code-block:: python

            web = await client.containers.run("nginx:1.29", detach=True, ports={"80/tcp": 8080})
            print(web.name, web.status, web.ports)
            await web.stop(timeout=3)
            await web.remove()
    """

    # ---- the snapshot

    @property
    def sparse(self) -> bool:
        """Whether only the entry of a listing is known: ``list(sparse=True)``. `reload` completes it."""
        return isinstance(self._info, ContainerSummary)

    @property
    def info(self) -> ContainerInspect:
        """The snapshot as a typed model.

        Raises:
            InvalidArgument: The object is sparse.
        """
        if isinstance(self._info, ContainerSummary):
            raise errors.InvalidArgument("only the entry of a listing is known of this container: reload() it first")
        return self._info

    @property
    def summary(self) -> ContainerSummary | None:
        """The entry of the listing that this object came from, if it is sparse."""
        return self._info if isinstance(self._info, ContainerSummary) else None

    @property
    def name(self) -> str:
        """The name, without the engine's leading slash."""
        if isinstance(self._info, ContainerSummary):  # a linked container has names with two slashes too
            return next((name[1:] for name in self._info.names or () if name.count("/") == 1), "")
        return (self._info.name or "").removeprefix("/")

    @property
    def labels(self) -> dict[str, str]:
        """The labels."""
        holder = self._info if isinstance(self._info, ContainerSummary) else self._info.config
        return dict(holder.labels or {}) if holder is not None else {}

    @property
    def status(self) -> str:
        """``"created"``, ``"running"``, ``"paused"``, ``"restarting"``, ``"removing"``, ``"exited"`` or ``"dead"``."""
        if isinstance(self._info, ContainerSummary):
            return str(self._info.state or "")
        return str(self._info.state.status or "") if self._info.state is not None else ""

    @property
    def health(self) -> str:
        """``"starting"``, ``"healthy"`` or ``"unhealthy"``; ``"unknown"`` without a health check."""
        holder = self._info if isinstance(self._info, ContainerSummary) else self._info.state
        health = holder.health if holder is not None else None
        return str(health.status or "unknown") if health is not None else "unknown"

    @property
    def ports(self) -> dict[str, list[dict[str, str]] | None]:
        """The published ports: ``{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/tcp": None}``."""
        settings: dict[str, Any] = self.attrs.get("NetworkSettings") or {}
        ports: dict[str, list[dict[str, str]] | None] = settings.get("Ports") or {}
        return dict(ports)

    @property
    def image(self) -> Coroutine[Any, Any, Image]:
        """The image it was made from: ``await container.image``.

        Raises:
            ImageNotFound: The image was removed meanwhile.
        """
        id = self.attrs.get("ImageID", self.attrs.get("Image")) or ""
        return self.client.images.get(str(id))

    async def reload(self) -> Self:
        """Look at the container again and replace the snapshot.

        Raises:
            NotFound: It was removed.
        """
        self._replace(await self.client.api.containers.inspect(self.id))
        return self

    # ---- its life

    async def start(self) -> None:
        """Start it; that it runs already is fine.

        Raises:
            NotFound: It was removed.
            APIError: It cannot be started, for example since the command does not exist.
        """
        await self.client.api.containers.start(self.id)

    async def stop(self, timeout: Seconds | None = None, *, signal: str | None = None) -> None:
        """Stop it; that it is stopped already is fine.

        Args:
            timeout: Seconds until SIGKILL; ``-1`` waits for ever; the container's own (mostly 10) if not given.
            signal: Sent first; the container's own stop signal if not given. API 1.42+.

        Raises:
            NotFound: It was removed.
        """
        await self.client.api.containers.stop(self.id, stop_timeout=timeout, signal=signal)

    async def restart(self, timeout: Seconds | None = None, *, signal: str | None = None) -> None:
        """Stop it and start it again; the arguments are those of `stop`."""
        await self.client.api.containers.restart(self.id, stop_timeout=timeout, signal=signal)

    async def kill(self, signal: str | int | None = None) -> None:
        """Send a signal to its main process.

        Args:
            signal: Name or number; ``SIGKILL`` if not given.

        Raises:
            Conflict: It does not run.
        """
        await self.client.api.containers.kill(self.id, signal=signal)

    async def pause(self) -> None:
        """Suspend all its processes."""
        await self.client.api.containers.pause(self.id)

    async def unpause(self) -> None:
        """Let its processes go on."""
        await self.client.api.containers.unpause(self.id)

    async def rename(self, name: str) -> None:
        """Give it another name.

        Raises:
            Conflict: The name is taken.
        """
        await self.client.api.containers.rename(self.id, name)

    async def update(self, **limits: Unpack[UpdateOptions]) -> ContainerUpdate:
        """Change its limits, or when it is restarted; the snapshot stays as it is.

        Args:
            limits: See `UpdateOptions`; what is given is sent, ``0`` included, and the rest stays.

        Returns:
            The engine's warnings: ``result.warnings``, or ``result["Warnings"]``.

        Raises:
            Conflict: Limits that contradict each other or what the container uses.
        """
        return await self.client.api.containers.update(self.id, update_request(limits))

    async def resize(self, height: int, width: int) -> None:
        """Change the size of its terminal, in rows and columns.

        Raises:
            Conflict: It does not run.
        """
        await self.client.api.containers.resize(self.id, height=height, width=width)

    async def diff(self) -> list[FilesystemChange]:
        """List the files that differ from the image's: ``change.path`` and ``change.kind``, or ``change["Path"]``.

        The kind is 0 for what was changed, 1 for what was added, and 2 for what was removed. Without a change the list
        is empty.
        """
        return await self.client.api.containers.changes(self.id)

    async def commit(
        self,
        repository: str | None = None,
        tag: str | None = None,
        message: str | None = None,
        author: str | None = None,
        pause: bool = True,
        changes: str | Sequence[str] | None = None,
        conf: ContainerConfig | Mapping[str, Any] | None = None,
    ) -> Image:
        """Make an image of its file system and configuration.

        Args:
            repository: The image's name; none if not given.
            tag: Its tag; ``latest`` if not given.
            message: Text kept with it.
            author: Who made it, for example ``"Ada <ada@example.com>"``.
            pause: Pause the container meanwhile.
            changes: Dockerfile instructions, for example ``["CMD sh"]``; in one text, one a line.
            conf: What replaces the container's own configuration: a model, or a mapping by the names of the wire.
        """
        made = await self.client.api.images.commit(
            self.id,
            repo=repository,
            tag=tag,
            comment=message,
            author=author,
            pause=pause,
            changes=[changes] if isinstance(changes, str) else changes,
            config=conf
            if isinstance(conf, ContainerConfig) or conf is None
            else ContainerConfig.model_validate(dict(conf)),
        )
        return await self.client.images.get(str(made.id))

    async def remove(self, *, v: bool = False, link: bool = False, force: bool = False) -> None:
        """Remove it.

        Args:
            v: Also its anonymous volumes.
            link: Remove the link of that name instead.
            force: Also if it runs; it is killed.

        Raises:
            Conflict: It runs.
        """
        await self.client.api.containers.remove(self.id, v=v, link=link, force=force)

    async def wait(self, timeout: float | None = None, condition: WaitCondition | None = None) -> ContainerWait:
        """Wait until it stops.

        Args:
            timeout: Seconds; ``None`` for no limit.
            condition: ``"not-running"`` (the default), ``"next-exit"`` or ``"removed"``.

        Returns:
            The exit code: ``result.status_code``, or ``result["StatusCode"]`` as in docker-py.

        A connection that breaks is made again, and the container is looked at in between.

        Raises:
            DeadlineExceeded: The time is over; it goes on running.
            NotFound: It was removed.
            StreamInterrupted: The connection broke, and the exit code was lost meanwhile.
        """
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                return await wait_for_container(self.client.api, self.id, condition)
        except TimeoutError:
            if not limit.expired():
                raise
            raise errors.DeadlineExceeded(f"the container did not stop within {timeout:g} s (timeout)") from None

    async def wait_until(self, look: Callable[[Container], T], timeout: float | None = None) -> T:
        """Wait until it is as wanted, as its own snapshot tells.

        It is looked at now, and again whenever something has happened to it; nobody polls. A connection that breaks is
        made again.

        Example:
            .. code-block:: python

                await web.wait_until(lambda web: web.status == "paused", timeout=10)

        Args:
            look: Returns something true if it is as wanted, from the snapshot of the object it gets: this one.
            timeout: Seconds; ``None`` for no limit.

        Returns:
            What ``look`` returned.

        Raises:
            ContainerNotReady: It has ended, and is not as wanted.
            DeadlineExceeded: The time is over.
            NotFound: It was removed.
        """
        return await until(self, look, timeout, "as wanted")

    async def wait_healthy(self, timeout: float | None = None) -> None:
        """Wait until its health check reports that it is healthy, and replace the snapshot.

        "Unhealthy" ends the waiting: the engine reports it after ``retries`` failures in a row. It does not count those
        within the ``start_period`` of a container that has not been healthy yet, which is "starting", however often the
        check fails.

        Args:
            timeout: Seconds; ``None`` for no limit.

        Raises:
            ContainerNotReady: It is unhealthy, or has ended; with the last runs of the health check.
            DeadlineExceeded: The time is over; with what the health check said last.
            InvalidArgument: It has no health check.
            NotFound: It was removed.
        """
        await until(self, is_healthy, timeout, "healthy")

    async def wait_ports(self, *ports: int | str, timeout: float | None = None) -> dict[str, list[dict[str, str]]]:
        """Wait until ports of it are published, and replace the snapshot.

        That the program in it listens already is not looked at: a health check tells that.

        Args:
            ports: ``80`` or ``"53/udp"``, as they are called inside.
            timeout: Seconds; ``None`` for no limit.

        Returns:
            Where they are: ``{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "49153"}]}``.

        Raises:
            ContainerNotReady: It has ended.
            DeadlineExceeded: The time is over; a port that is not published, for example.
            NotFound: It was removed.
        """
        if not ports:
            raise errors.InvalidArgument("which ports are waited for?")
        wanted = tuple(port_key(port) for port in ports)
        return await until(self, lambda seen: published(seen, wanted), timeout, f"published at {', '.join(wanted)}")

    # ---- what goes on in it

    @refuses_keywords(
        stream=Removed("'async for line in container.logs(follow=True)' is the stream", harmless=(False, None))
    )
    def logs(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        timestamps: bool = False,
        tail: int | str | None = None,
        since: TimeBound = None,
        follow: bool = False,
        until: TimeBound = None,
        details: bool = False,
        idle_timeout: float | None = None,
        stream: Literal[False] | None = None,  # noqa: ARG002
    ) -> LogStream:
        """Read what it wrote: awaited as bytes, iterated as lines.

        Args:
            stdout: Standard output.
            stderr: Standard error.
            timestamps: With the time of each line.
            tail: So many lines from the end; ``"all"`` if not given.
            since: Not what is older: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            follow: Go on with what will be written, until it stops.
            until: Not what is newer.
            details: With what the log driver noted.
            idle_timeout: Seconds without a byte after which the stream is closed and `~aiodockerpy.errors.StreamIdle`
                raised; no limit if not given.

        Raises:
            NotImplementedByEngine: The log driver cannot be read.
            StreamInterrupted: The connection ended before the logs did.
        """
        handle = self.client.api.containers.logs(
            self.id,
            tty=self._tty(),
            stdout=stdout,
            stderr=stderr,
            timestamps=timestamps,
            tail=tail,
            since=since,
            follow=follow,
            until=until,
            details=details,
        )
        handle.idle_timeout = idle_timeout
        return handle

    def follow_logs(
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        tail: int | str | None = None,
        since: TimeBound = None,
        details: bool = False,
        idle_timeout: float | None = None,
    ) -> LogFollower:
        """Follow its logs for as long as it exists: across its restarts, cut connections and restarts of the engine.

        No line is lost and none comes twice. ``logs(follow=True)`` is the plain form: it ends when the container stops.

        Args:
            stdout: Standard output.
            stderr: Standard error.
            tail: Begin with so many lines from the end; with all of them if not given.
            since: Begin there: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            details: With what the log driver noted.
            idle_timeout: Seconds without a line after which it is closed and `~aiodockerpy.errors.StreamIdle` raised;
                no limit if not given.

        Returns:
            A handle: iterated it gives lines, each with its time; awaited all bytes until the container is removed.

        Raises:
            StreamInterrupted: Lines may be missing: the log was rotated, or the container removed, while the connection
                was broken.
        """
        query = LogQuery(tty=self._tty(), stdout=stdout, stderr=stderr, since=since, tail=tail, details=details)
        handle = LogFollower(self.client.api, self.id, query)
        handle.idle_timeout = idle_timeout
        return handle

    @refuses_keywords(
        demux=Removed("'async for chunk in container.attach()' tells chunk.stream with chunk.data", harmless=(False,)),
        stream=Removed("'await' is the whole, 'async for' the stream", harmless=(ANY,)),
    )
    def attach(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        live: bool = True,
        logs: bool = False,
        ws: bool = False,
        detach_keys: str | None = None,
        idle_timeout: float | None = None,
        stream: bool | None = None,  # noqa: ARG002
        demux: Literal[False] = False,  # noqa: ARG002
    ) -> AttachedProcess:
        """Connect to its main process.

        A container that does not run has no output to wait for: awaited the result is ``b""`` (or its logs), and
        iterated there is nothing. Enter the handle with ``async with`` to attach before `start`, and start the
        container before its output is read.

        Args:
            stdout: Read its standard output.
            stderr: Read its standard error.
            stdin: Write to its standard input, if it was made with ``stdin_open=True``.
            live: What is written from now on; without it only ``logs``.
            logs: What was written before.
            ws: Connect by a websocket: standard output and standard error come mixed, and the standard input cannot be
                ended alone.
            detach_keys: The keys that detach from its terminal, for example ``"ctrl-x,x"``; those of the docker CLI's
                ``config.json``, or the engine's default (``"ctrl-p,ctrl-q"``), if not given.
            idle_timeout: Seconds without a byte after which the stream is closed and `~aiodockerpy.errors.StreamIdle`
                raised; no limit if not given.

        Returns:
            A handle: awaited it gives all output as bytes, iterated it gives chunks; inside ``async with`` it is used
            like ``asyncio.subprocess.Process``.

        Raises:
            StreamInterrupted: The connection ended before the process did.
        """
        handle = AttachedProcess(
            self.client.api,
            self.id,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            stream=live,
            logs=logs,
            websocket=ws,
            detach_keys=detach_keys,
            configured_keys=self.client.detach_keys,
        )
        handle.idle_timeout = idle_timeout
        return handle

    def _tty(self) -> bool:
        config = self.info.config
        return bool(config is not None and config.tty)

    @overload
    def exec_run(
        self,
        cmd: str | Sequence[str],
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int = "",
        *,
        environment: Mapping[str, str | None] | Sequence[str] | None = None,
        workdir: str | None = None,
        demux: Literal[False] = False,
        detach: Literal[False] = False,
        console_size: tuple[int, int] | None = None,
        detach_keys: str | None = None,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: float | None = None,
        stream: Literal[False] = False,
        socket: Literal[False] = False,
    ) -> ExecProcess[bytes]: ...
    @overload
    def exec_run(
        self,
        cmd: str | Sequence[str],
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int = "",
        *,
        environment: Mapping[str, str | None] | Sequence[str] | None = None,
        workdir: str | None = None,
        demux: Literal[True],
        detach: Literal[False] = False,
        console_size: tuple[int, int] | None = None,
        detach_keys: str | None = None,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: float | None = None,
        stream: Literal[False] = False,
        socket: Literal[False] = False,
    ) -> ExecProcess[DemuxedOutput]: ...
    @overload
    def exec_run(
        self,
        cmd: str | Sequence[str],
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int = "",
        *,
        environment: Mapping[str, str | None] | Sequence[str] | None = None,
        workdir: str | None = None,
        demux: bool = False,
        detach: Literal[True],
        console_size: tuple[int, int] | None = None,
        detach_keys: str | None = None,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: float | None = None,
        stream: Literal[False] = False,
        socket: Literal[False] = False,
    ) -> Coroutine[Any, Any, DetachedExec]: ...
    @refuses_keywords(
        stream=Removed("'async for chunk in container.exec_run(cmd)' is the stream", harmless=(False,)),
        socket=Removed(
            "'async with container.exec_run(cmd, stdin=True) as process' reads and writes", harmless=(False,)
        ),
    )
    def exec_run(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        cmd: str | Sequence[str],
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int = "",
        *,
        environment: Mapping[str, str | None] | Sequence[str] | None = None,
        workdir: str | None = None,
        demux: bool = False,
        detach: bool = False,
        console_size: tuple[int, int] | None = None,
        detach_keys: str | None = None,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: float | None = None,
        stream: Literal[False] = False,  # noqa: ARG002
        socket: Literal[False] = False,  # noqa: ARG002
    ) -> ExecProcess[bytes] | ExecProcess[DemuxedOutput] | Coroutine[Any, Any, DetachedExec]:
        """Run a command in it.

        Args:
            cmd: The command as a list, or as text that is split as a shell splits it (no shell runs).
            stdout: Attach its standard output.
            stderr: Attach its standard error.
            stdin: Attach its standard input.
            tty: Give it a terminal.
            privileged: Run it with extended privileges.
            user: As whom: name or number, with ``:group`` if wanted; the container's user if not given.
            environment: Variables as a mapping (``None`` takes the variable's name only) or as ``NAME=value`` texts.
            workdir: Where it runs.
            demux: Make the output of the result a pair of standard output and standard error.
            detach: Start it and return without waiting for it; the result has its ``exec_id``, and no exit code.
            console_size: Rows and columns of its terminal. API 1.42+.
            detach_keys: The keys that detach from its terminal, for example ``"ctrl-x,x"``; those of the docker CLI's
                ``config.json``, or the engine's default (``"ctrl-p,ctrl-q"``), if not given.
            kill_after: When awaited: seconds after which it is ended inside the container, with SIGTERM and then
                SIGKILL. The result has what it wrote until then, ``timed_out``, and ``still_running`` if it could not
                be ended.
            kill_on_cancel: End it inside the container when the task is cancelled, or the block is left before its end;
                otherwise it goes on running, as the engine has it. Both need a shell in the image and give the process
                a variable more, ``AIODOCKERPY_EXEC``, by which it is found again.
            idle_timeout: Seconds without output after which the connection is closed and
                `~aiodockerpy.errors.StreamIdle` raised; no limit if not given. ``kill_on_cancel`` ends it then.

        Returns:
            A handle. Awaited it gives ``(exit_code, output)``; a command that does not exist gives 126 or 127 with the
            engine's text as output. Iterated it gives chunks; in ``async with`` it can be written to.

        Raises:
            Conflict: The container does not run.
            StreamInterrupted: The connection ended before the process did.
        """
        request = ExecCreateRequest(
            cmd=shlex.split(cmd) if isinstance(cmd, str) else list(cmd),
            attach_stdin=stdin,
            attach_stdout=stdout,
            attach_stderr=stderr,
            tty=tty,
            privileged=privileged,
            user=str(user),
            env=environment_list(environment),
            working_dir=workdir,
            detach_keys=detach_keys,
            console_size=list(console_size) if console_size is not None else None,
        )
        api = self.client.api
        if detach:
            return run_in_background(api, self.id, request)
        assemble: Callable[[Iterable[Chunk]], Any] = demuxed if demux else joined
        process = ExecProcess(
            api,
            self.id,
            request,
            assemble,
            kill_after=kill_after,
            kill_on_cancel=kill_on_cancel,
            configured_keys=self.client.detach_keys,
        )
        process.idle_timeout = idle_timeout
        return process

    @refuses_keywords(
        stream=Removed("'await' is one sample, 'async for' the stream", harmless=(ANY,)),
        decode=Removed("samples are decoded: sample.cpu_stats, or sample['cpu_stats']", harmless=(True, None)),
    )
    def stats(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        *,
        one_shot: bool = False,
        idle_timeout: float | None = None,
        stream: bool | None = None,  # noqa: ARG002
        decode: Literal[True] | None = None,  # noqa: ARG002
    ) -> StatsStream:
        """Read statistics: awaited one sample, iterated about one a second; ``sample.figures`` are those of the CLI.

        Args:
            one_shot: When awaited: do not wait a second for the sample before, so that rates cannot be computed.
            idle_timeout: When iterated: seconds without a sample after which it is closed and
                `~aiodockerpy.errors.StreamIdle` raised; no limit if not given.
        """
        handle = StatsStream(self.client.api.containers, self.id, one_shot=one_shot)
        handle.idle_timeout = idle_timeout
        return handle

    async def top(self, ps_args: str | None = None) -> ContainerTop:
        """List its processes.

        Args:
            ps_args: Arguments of ``ps``, which runs on the engine's machine.
        """
        return await self.client.api.containers.top(self.id, ps_args=ps_args)
