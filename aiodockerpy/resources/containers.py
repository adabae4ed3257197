"""Containers as objects, and the collection of them."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack, overload

from aiodockerpy import errors
from aiodockerpy.models import ContainerConfig, ContainerInspect, ContainerSummary, ExecCreateRequest
from aiodockerpy.resources._base import Collection, gather_present
from aiodockerpy.resources._ported import ANY, Gone, ported
from aiodockerpy.resources._run import RunStream, Wanted, create, run_detached
from aiodockerpy.resources._until import is_healthy, published, until
from aiodockerpy.resources.attach import AttachedProcess
from aiodockerpy.resources.exec import DemuxedOutput, ExecProcess, ExecResult, demuxed, joined, run_in_background
from aiodockerpy.resources.files import ContainerFiles
from aiodockerpy.resources.logs import LogFollower, LogQuery
from aiodockerpy.resources.options import container_request, environment_list, port_key, update_request
from aiodockerpy.resources.stats import StatsStream
from aiodockerpy.resources.wait import wait_for_container

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from typing import Self

    from aiodockerpy._protocol.timestamps import TimeBound
    from aiodockerpy._transport.output import LogStream
    from aiodockerpy.api.containers import WaitCondition
    from aiodockerpy.models import ContainerPrune, ContainerTop, ContainerUpdate, ContainerWait, FilesystemChange
    from aiodockerpy.models.filters import ContainerListFilters, ContainerPruneFilters
    from aiodockerpy.resources.images import Image
    from aiodockerpy.resources.options import ContainerOptions, UpdateOptions
    from aiodockerpy.resources.watch import View

__all__ = ["Container", "ContainerCollection", "ExecResult"]

T = TypeVar("T")


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

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            hint = ": 'async with container.attach(stdin=True) as process' reads and writes"
            where = hint if name == "attach_socket" else ""
            raise AttributeError(f"'Container' object has no attribute {name!r}{where}", name=name, obj=self)

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

    async def stop(self, timeout: int | None = None, *, signal: str | None = None) -> None:
        """Stop it; that it is stopped already is fine.

        Args:
            timeout: Seconds until SIGKILL; ``-1`` waits for ever; the container's own (mostly 10) if not given.
            signal: Sent first; the container's own stop signal if not given. API 1.42+.

        Raises:
            NotFound: It was removed.
        """
        await self.client.api.containers.stop(self.id, stop_timeout=timeout, signal=signal)

    async def restart(self, timeout: int | None = None, *, signal: str | None = None) -> None:
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
                return await wait_for_container(self.client.api.containers, self.id, condition)
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
        """Wait until its health check says that it is healthy, and replace the snapshot.

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

    @ported(stream=Gone("'async for line in container.logs(follow=True)' is the stream", harmless=(False, None)))
    def logs(
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

    @ported(
        demux=Gone("'async for chunk in container.attach()' tells chunk.stream with chunk.data", harmless=(False,)),
        stream=Gone("'await' is the whole, 'async for' the stream", harmless=(ANY,)),
    )
    def attach(
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        live: bool = True,
        logs: bool = False,
        ws: bool = False,
        idle_timeout: float | None = None,
    ) -> AttachedProcess:
        """Connect to its main process.

        Args:
            stdout: Read its standard output.
            stderr: Read its standard error.
            stdin: Write to its standard input, if it was made with ``stdin_open=True``.
            live: What is written from now on; without it only ``logs``.
            logs: What was written before.
            ws: Connect by a websocket: standard output and standard error come mixed, and the standard input cannot be
                ended alone.
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
    ) -> Coroutine[Any, Any, ExecResult[bytes]]: ...
    @ported(
        stream=Gone("'async for chunk in container.exec_run(cmd)' is the stream", harmless=(False,)),
        socket=Gone("'async with container.exec_run(cmd, stdin=True) as process' reads and writes", harmless=(False,)),
    )
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
        detach: bool = False,
        console_size: tuple[int, int] | None = None,
        detach_keys: str | None = None,
        kill_after: float | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: float | None = None,
    ) -> ExecProcess[bytes] | ExecProcess[DemuxedOutput] | Coroutine[Any, Any, ExecResult[bytes]]:
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
            detach_keys: The keys that detach from its terminal.
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
        process: ExecProcess[bytes] | ExecProcess[DemuxedOutput]
        if demux:
            process = ExecProcess(api, self.id, request, demuxed, kill_after=kill_after, kill_on_cancel=kill_on_cancel)
        else:
            process = ExecProcess(api, self.id, request, joined, kill_after=kill_after, kill_on_cancel=kill_on_cancel)
        process.idle_timeout = idle_timeout
        return process

    @ported(
        stream=Gone("'await' is one sample, 'async for' the stream", harmless=(ANY,)),
        decode=Gone("samples are decoded: sample.cpu_stats, or sample['cpu_stats']", harmless=(True, None)),
    )
    def stats(self, *, one_shot: bool = False, idle_timeout: float | None = None) -> StatsStream:
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


class ContainerCollection(Collection):
    """The containers of the engine.

    Example:
        .. code-block:: python

            print(await client.containers.run("busybox", ["echo", "hello world"]))
            for container in await client.containers.list(all=True):
                print(container.name, container.status)
    """

    @overload
    def run(
        self,
        image: str | Image,
        command: str | Sequence[str] | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: Literal[False] = False,
        **options: Unpack[ContainerOptions],
    ) -> RunStream: ...
    @overload
    def run(
        self,
        image: str | Image,
        command: str | Sequence[str] | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: Literal[True],
        **options: Unpack[ContainerOptions],
    ) -> Coroutine[Any, Any, Container]: ...
    @ported(stream=Gone("'async for chunk in client.containers.run(image)' is the stream", harmless=(False,)))
    def run(
        self,
        image: str | Image,
        command: str | Sequence[str] | None = None,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        *,
        detach: bool = False,
        **options: Unpack[ContainerOptions],
    ) -> RunStream | Coroutine[Any, Any, Container]:
        """Run a container; its image is pulled if it is missing.

        Args:
            image: What is run.
            command: The command as a list, or as text that is split as a shell splits it (no shell runs).
            stdout: Return its standard output.
            stderr: Return its standard error too.
            remove: Remove it at its end; with ``detach`` the engine does that.
            detach: Return the container once it is started, instead of its output once it has ended.
            options: See `ContainerOptions`.

        Returns:
            A handle: awaited it gives the output as bytes, iterated the output as it is written. With ``detach`` a
            coroutine that gives the container, with a snapshot taken after the start.

        Raises:
            ContainerError: The exit code is not 0 (without ``detach``).
            ImageNotFound: The image is neither here nor in the registry.
            APIError: It cannot be created or started; nothing is left behind then.
            RuntimeError: Options that exclude each other.
        """
        if detach and remove:
            options["auto_remove"] = True
        wanted = self._wanted(
            image, command, options, detach=detach, stdout=stdout, stderr=stderr, remove=remove, function="run"
        )
        return run_detached(self.client, wanted) if detach else RunStream(self.client, wanted)

    def create(
        self,
        image: str | Image,
        command: str | Sequence[str] | None = None,
        *,
        detach: bool = False,
        **options: Unpack[ContainerOptions],
    ) -> Coroutine[Any, Any, Container]:
        """Create a container without starting it; its image must be there.

        Args:
            image: What will be run.
            command: The command as a list, or as text that is split as a shell splits it (no shell runs).
            detach: Note in its configuration that nobody is going to attach to it.
            options: See `ContainerOptions`.

        Raises:
            ImageNotFound: The image is not on the engine.
            Conflict: The name is taken.
        """
        return self._create(self._wanted(image, command, options, detach=detach))

    async def _create(self, wanted: Wanted) -> Container:
        return await self.get(await create(self.client, wanted))

    def _wanted(
        self,
        image: str | Image,
        command: str | Sequence[str] | None,
        options: ContainerOptions,
        *,
        stdout: bool = True,
        stderr: bool = False,
        remove: bool = False,
        detach: bool = False,
        function: str = "create",
    ) -> Wanted:
        name = image if isinstance(image, str) else image.id
        request = container_request(name, command, options, detach=detach, function=function)
        return Wanted(
            image=name,
            command=command,
            request=request,
            name=options.get("name"),
            platform=options.get("platform"),
            config_proxy=options.get("use_config_proxy", True),
            stdout=stdout,
            stderr=stderr,
            remove=remove,
        )

    def prepare_model(self, attrs: ContainerInspect | ContainerSummary | Mapping[str, Any]) -> Container:
        """Make an object of what an operation of the Engine API returned: a model, or its JSON.

        Nothing is asked of the engine.
        """
        if isinstance(attrs, ContainerInspect | ContainerSummary):
            return Container(self.client, attrs)
        kind = ContainerSummary if "Names" in attrs else ContainerInspect
        return Container(self.client, kind.from_value(dict(attrs)))

    async def get(self, container_id: str) -> Container:
        """Return a container by its id, the unique beginning of one, or its name.

        Raises:
            NotFound: No such container.
            NullResource: The id is empty.
        """
        return Container(self.client, await self.client.api.containers.inspect(container_id))

    async def list(
        self,
        all: bool = False,
        before: str | None = None,
        filters: ContainerListFilters | None = None,
        limit: int = -1,
        since: str | None = None,
        sparse: bool = False,
        ignore_removed: bool = True,
    ) -> list[Container]:
        """List containers, the newest first.

        Args:
            all: Also those that do not run.
            before: Only those created before this one (id or name).
            filters: Which containers.
            limit: The newest ones only; ``-1`` for no limit.
            since: Only those created after this one (id or name).
            sparse: One request in all: the objects know what the listing tells, and `Container.reload` completes them.
                Otherwise each container is looked at, side by side; one that vanishes meanwhile is left out.
            ignore_removed: Accepted for docker-py's sake: a vanished container never fails the list.
        """
        del ignore_removed
        wanted: ContainerListFilters = {**(filters or {})}
        if before is not None:
            wanted["before"] = before
        if since is not None:
            wanted["since"] = since
        found = await self.client.api.containers.list(
            all=all, limit=limit if limit >= 0 else None, filters=wanted or None
        )
        if sparse:
            return [Container(self.client, summary) for summary in found]
        return await gather_present([str(summary.id) for summary in found], self.get)

    def watch(self, filters: ContainerListFilters | None = None, *, all: bool = True) -> View[Container]:
        """Keep a live view of containers; its objects are sparse.

        Args:
            filters: Which containers.
            all: Also those that do not run.

        Returns:
            A view: entered with ``async with`` it lists, watches, and stays right over cut connections and restarts of
            the engine.
        """
        from aiodockerpy.resources.watch import View

        async def load(ids: Sequence[str] | None) -> builtins.list[Container]:
            wanted: ContainerListFilters = {**(filters or {})}
            if ids is not None and "id" not in wanted:
                wanted["id"] = [*ids]
            return await self.list(all=all, filters=wanted or None, sparse=True)

        return View(self.client.api.system, "container", load)

    async def prune(self, filters: ContainerPruneFilters | None = None) -> ContainerPrune:
        """Remove every stopped container.

        Args:
            filters: Which of them.
        """
        return await self.client.api.containers.prune(filters=filters)
