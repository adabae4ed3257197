"""A container as an object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aiodockerpy import errors, models, resources
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._docker_py import ANY, Removed, refuses_keywords
from aiodockerpy._exhausted import reporting_exhaustion
from aiodockerpy._protocol.units import Duration, as_seconds
from aiodockerpy.resources._lifecycle import ContainerLifecycle
from aiodockerpy.resources.files import ContainerFiles
from aiodockerpy.resources.processes import ContainerProcesses

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Coroutine

    from aiodockerpy import streams
    from aiodockerpy._options.keywords import Command, Environment
    from aiodockerpy._protocol.timestamps import TimeBound

T = TypeVar("T")


@checks_arguments
class Container(ContainerLifecycle, ContainerFiles, ContainerProcesses):
    """A container.

    Its snapshot is the state that the engine reported when the object was made; `reload` replaces it. Methods such as
    `start` and `stop` send one request and do not change the snapshot.

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
        """Whether only the entry of a list is known (``list(sparse=True)``); `reload` completes it."""
        return isinstance(self._info, models.ContainerSummary)

    @property
    def info(self) -> models.ContainerInspect:
        """The snapshot as a typed model.

        Raises:
            InvalidArgument: The object is sparse.
        """
        if isinstance(self._info, models.ContainerSummary):
            raise errors.InvalidArgument("this container is sparse, an entry of a list: reload() it first")
        return self._info

    @property
    def summary(self) -> models.ContainerSummary | None:
        """The entry of the list that this object came from, if it is sparse."""
        return self._info if isinstance(self._info, models.ContainerSummary) else None

    @property
    def name(self) -> str:
        """The name, without the engine's leading slash."""
        if isinstance(self._info, models.ContainerSummary):  # a linked container has names with two slashes too
            return next((name[1:] for name in self._info.names or () if name.count("/") == 1), "")
        return (self._info.name or "").removeprefix("/")

    @property
    def labels(self) -> dict[str, str]:
        """The labels."""
        holder = self._info if isinstance(self._info, models.ContainerSummary) else self._info.config
        return dict(holder.labels or {}) if holder is not None else {}

    @property
    def status(self) -> str:
        """``"created"``, ``"running"``, ``"paused"``, ``"restarting"``, ``"removing"``, ``"exited"`` or ``"dead"``."""
        if isinstance(self._info, models.ContainerSummary):
            return str(self._info.state or "")
        return str(self._info.state.status or "") if self._info.state is not None else ""

    @property
    def health(self) -> str:
        """``"starting"``, ``"healthy"`` or ``"unhealthy"``; ``"unknown"`` without a health check."""
        holder = self._info if isinstance(self._info, models.ContainerSummary) else self._info.state
        health = holder.health if holder is not None else None
        return str(health.status or "unknown") if health is not None else "unknown"

    @property
    def ports(self) -> dict[str, list[dict[str, str]] | None]:
        """The published ports: ``{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "81/tcp": None}``."""
        settings: dict[str, Any] = self.attrs.get("NetworkSettings") or {}
        ports: dict[str, list[dict[str, str]] | None] = settings.get("Ports") or {}
        return dict(ports)

    @property
    def image(self) -> Coroutine[Any, Any, resources.Image]:
        """The image the container was created from: ``await container.image``.

        Raises:
            ImageNotFound: The image was removed meanwhile.
        """
        id = self.attrs.get("ImageID", self.attrs.get("Image")) or ""
        return self.client.images.get(str(id))

    async def reload(self) -> Self:
        """Inspect the container and replace the snapshot.

        Raises:
            NotFound: The container was removed.
        """
        self._replace(await self.client.api.containers.inspect(self.id))
        return self

    # ---- readiness

    async def wait_until(self, look: Callable[[Container], T], timeout: Duration | None = None) -> T:
        """Wait until a condition on the container's snapshot holds.

        The container is inspected now, and again after each of its events; there is no polling. A broken connection is
        reopened.

        Example:
            .. code-block:: python

                await web.wait_until(lambda web: web.status == "paused", timeout=10)

        Args:
            look: The condition: gets this object with a new snapshot, and returns something true if it holds.
            timeout: Seconds; ``None`` for no limit.

        Returns:
            What ``look`` returned.

        Raises:
            ContainerNotReady: The container ended, and the condition does not hold; with its last lines.
            DeadlineExceeded: The timeout expired.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._readiness.watch import until

        return await until(self, look, as_seconds(timeout), "as wanted")

    async def wait_healthy(self, timeout: Duration | None = None) -> None:
        """Wait until its health check reports that it is healthy, and replace the snapshot.

        "Unhealthy" ends the waiting: the engine reports it after ``retries`` failures in a row. It does not count those
        within the ``start_period`` of a container that has not been healthy yet, which is "starting", however often the
        check fails.

        Args:
            timeout: Seconds; ``None`` for no limit.

        Raises:
            ContainerNotReady: The container is unhealthy, or has ended; with the last runs of the health check.
            DeadlineExceeded: The timeout expired; with the last output of the health check.
            InvalidArgument: The container has no health check.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._readiness.watch import is_healthy, until

        await until(self, is_healthy, as_seconds(timeout), "healthy")

    async def wait_ports(self, *ports: int | str, timeout: Duration | None = None) -> dict[str, list[dict[str, str]]]:
        """Wait until ports of the container are published, and replace the snapshot.

        This does not show that the program listens: the engine's proxy accepts connections to a published port before
        that, and closes them at once. Use `wait_listening`, `wait_log`, `wait_exec` or `wait_healthy` for that.

        Args:
            ports: The ports inside the container: ``80`` or ``"53/udp"``.
            timeout: Seconds; ``None`` for no limit.

        Returns:
            Where they are published: ``{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "49153"}]}``.

        Raises:
            ContainerNotReady: The container ended.
            DeadlineExceeded: The timeout expired, for example since a port is not published.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._readiness.watch import wait_published

        return await wait_published(self, ports, as_seconds(timeout))

    async def wait_log(
        self,
        pattern: str | re.Pattern[str],
        times: int = 1,
        stream: Literal["stdout", "stderr"] | None = None,
        timeout: Duration | None = None,
    ) -> re.Match[str]:
        r"""Wait until the container has written a line that matches a pattern.

        What it wrote since its last start counts, so that it may be called at any time. A container that is created is
        waited for, and so is one that the engine restarts: each run counts from the beginning. A broken connection is
        reopened.

        Example:
            .. code-block:: python

                match = await server.wait_log(r"listening on port (\d+)", timeout=60)
                print(match[1])

        Args:
            pattern: A regular expression, searched for in each line.
            times: Number of lines that have to match.
            stream: ``"stdout"`` or ``"stderr"`` only; both if not given.
            timeout: Seconds; ``None`` for no limit.

        Returns:
            The match in the last of these lines.

        Raises:
            ContainerNotReady: The container ended, and too few lines match; with its last lines.
            DeadlineExceeded: The timeout expired; with the last lines.
            InvalidArgument: A container with a terminal has no standard error of its own.
            NotFound: The container was removed.
            NotImplementedByEngine: The log driver cannot be read.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._readiness.logs import wait_log

        return await wait_log(self, pattern, times, stream, as_seconds(timeout))

    async def wait_listening(self, *ports: int | str, timeout: Duration | None = None) -> None:
        """Wait until programs in the container listen on TCP ports.

        The kernel's table of sockets is read by ``cat`` in the container. A socket at a loopback address does not
        count, since it cannot be reached from outside, unless the container has the network of the host or of
        another container. If the image has no ``cat``, the published port is connected to, and the connection has to
        stay open for 50 ms.

        Args:
            ports: The ports inside the container: ``80`` or ``"80/tcp"``.
            timeout: Seconds; ``None`` for no limit.

        Raises:
            ContainerNotReady: The container ended; with its last lines.
            DeadlineExceeded: The timeout expired; with the addresses that are listened on.
            InvalidArgument: No port, or one that is not TCP; or the image has no ``cat`` and the port is not published.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy.resources._readiness.attempts import ListeningWait

        await ListeningWait(self, ports).run(as_seconds(timeout))

    async def wait_exec(
        self,
        command: Command,
        *,
        timeout: Duration | None = None,
        interval: Duration = 0.25,
        user: str | int = "",
        environment: Environment | None = None,
        workdir: str | None = None,
    ) -> resources.ExecResult[bytes]:
        """Wait until a command in the container exits with 0: it is run again and again.

        Example:
            .. code-block:: python

                await database.wait_exec("pg_isready -U postgres", timeout=60)

        Args:
            command: The command as a list, or as text that is split as a shell splits it (without running a shell).
            timeout: Seconds; ``None`` for no limit. A command that still runs then is killed, if the image has a shell.
            interval: Seconds between the end of an attempt and the next one.
            user: The user, by name or number, optionally with ``:group``; the container's user if not given.
            environment: Variables as a mapping (``None`` takes the variable's name only) or as ``NAME=value`` texts.
            workdir: The working directory.

        Returns:
            The exit code and the output of the attempt that succeeded.

        Raises:
            ContainerNotReady: The container ended; with its last lines.
            DeadlineExceeded: The timeout expired; with the exit code and the output of the last attempt.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy._options.shapes import PROGRAM, read
            from aiodockerpy.resources._readiness.attempts import wait_exec

        words: list[str] = read(PROGRAM, command, "command")

        def start() -> resources.ExecProcess[bytes]:
            process = self.exec_run(words, user=user, environment=environment, workdir=workdir, kill_on_cancel=True)
            process._cancel_grace = 0  # noqa: SLF001 - the timeout is over then
            return process

        return await wait_exec(self, words, start, as_seconds(timeout), as_seconds(interval))

    async def endpoint(self, port: int | str, family: Literal[4, 6] | None = None) -> resources.Endpoint:
        """Inspect the container, and return the host and port at which a port of it is reached from this program.

        From the engine's machine that is a loopback address, or the address that the port is published at; from another
        machine (``tcp://``, ``ssh://``) the name of the engine's machine; from a container of the same engine the
        container's own address in a network that both are in, or else the gateway. A container with the host's network
        is reached at the port itself. Ask again after a restart: the engine may choose another port.

        Example:
            .. code-block:: python

                web = await client.containers.run("nginx:1.29", detach=True, ports={"80/tcp": None})
                await web.wait_listening(80, timeout=30)
                host, port = await web.endpoint(80)

        Args:
            port: The port inside the container: ``80`` or ``"53/udp"``.
            family: ``4`` or ``6`` for an address of IPv4 or IPv6; if not given, IPv4 is preferred.

        Raises:
            ContainerNotReady: The container does not run.
            InvalidArgument: The port is not published, or not at an address that is reached from here.
            NotFound: The container was removed.
        """
        with reporting_exhaustion():
            from aiodockerpy._options.containers import single_port
            from aiodockerpy.resources._readiness.endpoint import find_endpoint

        return await find_endpoint(self, single_port(port, "port"), family)

    # ---- processes and output

    @refuses_keywords(
        stream=Removed("'async for line in container.logs(follow=True)' is the stream", harmless=(False, None))
    )
    def logs(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        *,
        stdout: bool = True,
        stderr: bool = True,
        timestamps: bool = False,
        tail: int | Literal["all"] | None = None,
        since: TimeBound = None,
        follow: bool = False,
        until: TimeBound = None,
        details: bool = False,
        idle_timeout: Duration | None = None,
        stream: Literal[False] | None = None,  # noqa: ARG002
    ) -> streams.LogStream:
        """Read the logs: awaited they are bytes, iterated they are lines.

        Args:
            stdout: Standard output.
            stderr: Standard error.
            timestamps: Whether each line has its time.
            tail: Number of lines from the end; ``"all"`` if not given.
            since: Only newer lines: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            follow: Continue with new lines until the container stops.
            until: Only older lines.
            details: Whether each line has the details that the log driver recorded.
            idle_timeout: Seconds without a byte after which the stream is closed and `~aiodockerpy.errors.StreamIdle`
                raised; no limit if not given.

        Raises:
            NotFound: The container was removed.
            NotImplementedByEngine: The log driver cannot be read.
            StreamInterrupted: The connection ended before the logs did.
        """
        handle = self.client.api.containers.logs(
            self.id,
            tty=self._tty,
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
        tail: int | Literal["all"] | None = None,
        since: TimeBound = None,
        details: bool = False,
        idle_timeout: Duration | None = None,
    ) -> resources.LogFollower:
        """Follow the logs as long as the container exists, across its restarts, broken connections and engine restarts.

        No line is lost and none is repeated. ``logs(follow=True)``, the plain form, ends when the container stops.

        Args:
            stdout: Standard output.
            stderr: Standard error.
            tail: Number of lines from the end to begin with; all of them if not given.
            since: When to begin: a datetime, a timedelta back from now, unix seconds, or RFC 3339 text.
            details: Whether each line has the details that the log driver recorded.
            idle_timeout: Seconds without a line after which it is closed and `~aiodockerpy.errors.StreamIdle` raised;
                no limit if not given.

        Returns:
            A handle: iterated it yields lines, each with its time; awaited it returns all bytes until the container is
            removed.

        Raises:
            StreamInterrupted: Lines may be missing: the log was rotated, or the container removed, while the connection
                was broken.
        """
        from aiodockerpy.resources._following.logs import LogQuery

        query = LogQuery(tty=self._tty, stdout=stdout, stderr=stderr, since=since, tail=tail, details=details)
        handle = resources.LogFollower(self.client.api, self.id, query)
        handle.idle_timeout = idle_timeout
        return handle

    @cached_property
    def _tty(self) -> bool:
        """Whether it has a terminal, which is chosen with its creation."""
        config = self.info.config
        return bool(config is not None and config.tty)

    @refuses_keywords(
        stream=Removed("'await' is one sample, 'async for' the stream", harmless=(ANY,)),
        decode=Removed("samples are decoded: sample.cpu_stats, or sample['cpu_stats']", harmless=(True, None)),
    )
    def stats(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        *,
        one_shot: bool = False,
        idle_timeout: Duration | None = None,
        stream: bool | None = None,  # noqa: ARG002
        decode: Literal[True] | None = None,  # noqa: ARG002
    ) -> resources.StatsStream:
        """Read statistics: awaited one sample, iterated about one a second.

        ``sample.figures`` are those of ``docker stats``.

        Args:
            one_shot: When awaited: do not wait a second for a previous sample; rates cannot be computed then.
            idle_timeout: When iterated: seconds without a sample after which it is closed and
                `~aiodockerpy.errors.StreamIdle` raised; no limit if not given.

        Raises:
            NotFound: The container was removed.
        """
        handle = resources.StatsStream(self.client.api.containers, self.id, one_shot=one_shot)
        handle.idle_timeout = idle_timeout
        return handle
