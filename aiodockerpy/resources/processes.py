"""The processes of a container: attaching to the main one, and running others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._docker_py import ANY, Removed, refuses_keywords
from aiodockerpy._protocol.units import Cells, Duration, as_seconds
from aiodockerpy.resources._base import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from aiodockerpy._options.keywords import Command, Environment
    from aiodockerpy._protocol.frames import Chunk
    from aiodockerpy.resources._processes.attach import AttachedProcess
    from aiodockerpy.resources._processes.exec import DetachedExec, ExecProcess
    from aiodockerpy.resources._processes.handle import DemuxedOutput


@checks_arguments
class ContainerProcesses(Resource["models.ContainerInspect | models.ContainerSummary"]):
    """What a container can do with its processes while it runs."""

    async def resize(self, height: Cells, width: Cells) -> None:
        """Change the size of the terminal, in rows and columns.

        Raises:
            Conflict: The container does not run.
        """
        await self.client.api.containers.resize(self.id, height=height, width=width)

    async def top(self, ps_args: str | None = None) -> models.ContainerTop:
        """List the processes of the container.

        Args:
            ps_args: Arguments of ``ps``, which runs on the engine's machine; ``-ef`` if not given.

        Raises:
            NotFound: The container was removed.
            APIError: The container does not run.
        """
        return await self.client.api.containers.top(self.id, ps_args=ps_args)

    @refuses_keywords(
        demux=Removed("'async for chunk in container.attach()' yields chunk.stream with chunk.data", harmless=(False,)),
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
        idle_timeout: Duration | None = None,
        stream: bool | None = None,  # noqa: ARG002
        demux: Literal[False] = False,  # noqa: ARG002
    ) -> AttachedProcess:
        """Connect to the main process.

        A container that does not run has no output to wait for: awaited the result is ``b""`` (or its logs), and
        iterated there is nothing. Enter the handle with ``async with`` to attach before
        `Container.start <aiodockerpy.resources.Container.start>`, and start the container before its output is read.

        Args:
            stdout: Read its standard output.
            stderr: Read its standard error.
            stdin: Write to its standard input, if the container was created with ``stdin_open=True``.
            live: Read what is written from now on; without it only ``logs``.
            logs: Read what was written before.
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
        from aiodockerpy.resources._processes.attach import AttachedProcess

        streams = {"stdin": stdin, "stdout": stdout, "stderr": stderr, "stream": live, "logs": logs}
        configured = self.client.detach_keys
        handle = AttachedProcess(
            self.client.api, self.id, streams, websocket=ws, detach_keys=detach_keys, configured_keys=configured
        )
        handle.idle_timeout = idle_timeout
        return handle

    @overload
    def exec_run(
        self,
        cmd: Command,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int | None = "",
        *,
        environment: Environment | None = None,
        workdir: str | None = None,
        demux: Literal[False] = False,
        detach: Literal[False] = False,
        console_size: tuple[Cells, Cells] | None = None,
        detach_keys: str | None = None,
        kill_after: Duration | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: Duration | None = None,
        stream: Literal[False] = False,
        socket: Literal[False] = False,
    ) -> ExecProcess[bytes]: ...
    @overload
    def exec_run(
        self,
        cmd: Command,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int | None = "",
        *,
        environment: Environment | None = None,
        workdir: str | None = None,
        demux: Literal[True],
        detach: Literal[False] = False,
        console_size: tuple[Cells, Cells] | None = None,
        detach_keys: str | None = None,
        kill_after: Duration | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: Duration | None = None,
        stream: Literal[False] = False,
        socket: Literal[False] = False,
    ) -> ExecProcess[DemuxedOutput]: ...
    @overload
    def exec_run(
        self,
        cmd: Command,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int | None = "",
        *,
        environment: Environment | None = None,
        workdir: str | None = None,
        demux: bool = False,
        detach: Literal[True],
        console_size: tuple[Cells, Cells] | None = None,
        detach_keys: str | None = None,
        kill_after: Duration | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: Duration | None = None,
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
        cmd: Command,
        stdout: bool = True,
        stderr: bool = True,
        stdin: bool = False,
        tty: bool = False,
        privileged: bool = False,
        user: str | int | None = "",
        *,
        environment: Environment | None = None,
        workdir: str | None = None,
        demux: bool = False,
        detach: bool = False,
        console_size: tuple[Cells, Cells] | None = None,
        detach_keys: str | None = None,
        kill_after: Duration | None = None,
        kill_on_cancel: bool = False,
        idle_timeout: Duration | None = None,
        stream: Literal[False] = False,  # noqa: ARG002
        socket: Literal[False] = False,  # noqa: ARG002
    ) -> ExecProcess[bytes] | ExecProcess[DemuxedOutput] | Coroutine[Any, Any, DetachedExec]:
        """Run a command in the container.

        Args:
            cmd: The command as a list, or as text that is split as a shell splits it (without running a shell).
            stdout: Attach its standard output.
            stderr: Attach its standard error.
            stdin: Attach its standard input.
            tty: Allocate a terminal.
            privileged: Run it with extended privileges.
            user: The user, by name or number, optionally with ``:group``; the container's user if not given.
            environment: Variables as a mapping (``None`` takes the variable's name only) or as ``NAME=value`` texts.
            workdir: The working directory.
            demux: Make the output of the result a pair of standard output and standard error.
            detach: Start it and return without waiting for it; the result has its ``exec_id``, and no exit code.
            console_size: Rows and columns of its terminal. API 1.42+.
            detach_keys: The keys that detach from its terminal, for example ``"ctrl-x,x"``; those of the docker CLI's
                ``config.json``, or the engine's default (``"ctrl-p,ctrl-q"``), if not given.
            kill_after: When awaited: seconds after which it is ended inside the container, with SIGTERM and then
                SIGKILL. The result has what it wrote until then, ``timed_out``, and ``still_running`` if it could not
                be ended.
            kill_on_cancel: End it inside the container when the task is cancelled, or the block is left before its end;
                otherwise it continues to run. Both need a shell in the image, and add a variable to
                the environment, ``AIODOCKERPY_EXEC``, by which the process is found again.
            idle_timeout: Seconds without output after which the connection is closed and
                `~aiodockerpy.errors.StreamIdle` raised; no limit if not given. ``kill_on_cancel`` ends it then.

        Returns:
            A handle. Awaited it gives ``(exit_code, output)``; a command that does not exist gives 126 or 127 with the
            engine's text as output. Iterated it gives chunks; in ``async with`` it can be written to.

        Raises:
            Conflict: The container does not run.
            StreamInterrupted: The connection ended before the process did.
        """
        from aiodockerpy._options.containers import format_environment
        from aiodockerpy._options.shapes import PROGRAM, read
        from aiodockerpy.api._paths import refuse_long_paths
        from aiodockerpy.resources._processes.exec import ExecProcess, run_in_background
        from aiodockerpy.resources._processes.handle import demuxed, joined

        request = models.ExecCreateRequest(
            cmd=read(PROGRAM, cmd, "cmd"),
            attach_stdin=stdin,
            attach_stdout=stdout,
            attach_stderr=stderr,
            tty=tty,
            privileged=privileged,
            user=str(user),
            env=format_environment(environment),
            working_dir=workdir,
            detach_keys=detach_keys,
            console_size=list(console_size) if console_size is not None else None,
        )
        refuse_long_paths(request, working_dir="workdir")
        api = self.client.api
        if detach:
            return run_in_background(api, self.id, request)
        assemble: Callable[[Iterable[Chunk]], Any] = demuxed if demux else joined
        process: ExecProcess[Any] = ExecProcess(
            api,
            self.id,
            request,
            assemble,
            kill_after=as_seconds(kill_after),
            kill_on_cancel=kill_on_cancel,
            configured_keys=self.client.detach_keys,
        )
        process.idle_timeout = idle_timeout
        return process
