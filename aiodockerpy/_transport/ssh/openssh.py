"""``ssh://`` by the user's own ``ssh``: its configuration, keys, agent, jump hosts and known hosts.

One master process holds the login; every further ``ssh`` only hands its streams over to it (``ControlMaster``), without
configuration, environment or way to connect by itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import weakref
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodockerpy._config.process import end_process, kill_process, start_process
from aiodockerpy.errors import EngineUnreachable

if TYPE_CHECKING:
    import socket
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Mapping
    from pathlib import Path

    from aiodockerpy._config.hosts import Host
    from aiodockerpy._transport.ssh.login import LastWords

_POLL = 0.02
_LAST_WORDS = 0.25
"""Seconds to read the error output of an ``ssh`` that has ended: what it has started may keep that open for ever."""
_PIPE = asyncio.subprocess.PIPE
_NOWHERE = asyncio.subprocess.DEVNULL
_QUIET = ("-T", "-a", "-x", "-oBatchMode=yes", "-oLogLevel=INFO", "-oPermitLocalCommand=no", "-oRemoteCommand=none")
_MASTER = (
    *_QUIET,
    *("-N", "-n", "-M", "-oControlPersist=no", "-oClearAllForwardings=yes"),
    *("-oStrictHostKeyChecking=yes", "-oServerAliveInterval=30"),
)
# Runs ssh beside a watcher in its process group. The watcher kills the group when the pipe from this process closes,
# that is when this process ends, however it does.
_WATCHED = """exec 3<&0
(read -r _ <&3; kill -s KILL 0) >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-"""
_GUEST = (*_QUIET, "-F", "none", "-oControlMaster=no", "-oProxyCommand=false")
_HOST_KEY = "Host key verification failed"
_LONGEST = 2**31 - 1
"""Seconds that ``ssh`` can count; it refuses more."""
READ_SECONDS = 10.0
"""Seconds that reading the configuration may take, with the programs that it runs."""


class OpenSsh:
    """Logs in to one host.

    Args:
        host: The engine's host.
        environment: The environment variables of ``ssh``; none of them is sent. ``ssh`` is looked up on its ``PATH``.
        timeout: Seconds for the connection; ``None`` leaves it to the configuration.
    """

    def __init__(self, host: Host, environment: Mapping[str, str], timeout: float | None) -> None:
        self._host = host
        self._environment = {**environment, "SSH_ASKPASS_REQUIRE": "never"}
        self._timeout = timeout
        self._number = 0

    async def log_in(self, folder: Path, words: LastWords) -> OpenSshLogin:
        """Make one login.

        Raises:
            EngineUnreachable: There is no ``ssh``, or it could not log in.
        """
        program = find_ssh(self._environment)
        if program is None:
            raise EngineUnreachable(
                f"no connection to the engine at {self._host}: there is no program 'ssh' on PATH; "
                "install OpenSSH's client, or aiodockerpy[ssh] for ssh='asyncssh'"
            )
        self._number += 1
        control = folder / f"control-{self._number}"
        ssh = (program, *_MASTER, *self._limits(), *_where(self._host, control))
        master = await self._start("/bin/sh", "-c", _WATCHED, "ssh", *ssh)
        login = OpenSshLogin(self._host, program, control, self._environment, _Child(master, words), words)
        try:
            await login.until_ready()
        except BaseException:
            await login.aclose()
            raise
        return login

    async def _start(self, program: str, *arguments: str) -> Process:
        try:
            return await start_process(program, *arguments, environment=self._environment, stdout=_NOWHERE)
        except OSError as error:
            raise EngineUnreachable(
                f"no connection to the engine at {self._host}: {program} cannot be started: {error.strerror}"
            ) from error

    def _limits(self) -> tuple[str, ...]:
        if self._timeout is None:
            return ()
        return (f"-oConnectTimeout={min(max(round(self._timeout), 1), _LONGEST)}",)


def find_ssh(environment: Mapping[str, str]) -> str | None:
    """Return the path of the program ``ssh``."""
    return shutil.which("ssh", path=environment.get("PATH") or os.defpath)


async def real_name(host: Host, environment: Mapping[str, str]) -> str:
    """Return the name or address that the user's ssh configuration has for a host, which may be an alias there.

    Args:
        host: The engine's host.
        environment: The environment variables of ``ssh``.

    Raises:
        EngineUnreachable: The configuration was not read in time: it may run programs (``Match exec``).
    """
    program = find_ssh(environment)
    if program is None:
        return host.name
    user = ("-l", host.user) if host.user else ()
    process = await start_process(program, "-G", *user, "--", host.name, environment=environment, stdout=_PIPE)
    try:
        async with asyncio.timeout(READ_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        text = f"ssh did not read its configuration for {host} within {READ_SECONDS:g} s ('ssh -G {host.name}' hangs)"
        raise EngineUnreachable(text) from None
    finally:
        await end_process(process)
    found = re.search(rb"^hostname (\S+)$", output, re.MULTILINE)
    return found[1].decode(errors="replace") if found is not None else host.name


def _where(host: Host, control: Path) -> list[str]:
    arguments = ["-S", str(control).replace("%", "%%")]
    if host.user:
        arguments += ["-l", host.user]
    if host.port:
        arguments += ["-p", str(host.port)]
    return [*arguments, "--", host.name]


class _Child:
    """A process whose standard error output is read until it ends. Nothing of it outlives the loop."""

    def __init__(self, process: Process, words: LastWords) -> None:
        self.process = process
        self._words = words
        self._kill = weakref.finalize(self, kill_process, process)
        self._listening = asyncio.create_task(self._listen(), name=f"ssh {process.pid}")

    async def _listen(self) -> None:
        stderr = self.process.stderr
        try:
            while stderr is not None and (said := await stderr.read(4096)):
                self._words.add(said)
            if self.process.stdin is not None:
                self.process.stdin.close()  # its watcher ends too
            await self.process.wait()
        finally:
            self._kill()

    async def ended(self, most: float | None = None) -> int:
        """Wait until it has ended and its error output was read, ``most`` seconds for this; return its exit status."""
        await asyncio.wait([self._listening], timeout=most)
        return await self.process.wait()

    async def end(self) -> None:
        """Kill it unless it has ended."""
        await end_process(self.process)
        await asyncio.wait([self._listening])


@dataclass(eq=False, slots=True)
class OpenSshLogin:
    """A login: a master process."""

    _host: Host
    _program: str
    _control: Path
    _environment: Mapping[str, str]
    _master: _Child
    _words: LastWords

    @property
    def alive(self) -> bool:
        """Whether the master runs."""
        return self._master.process.returncode is None

    async def until_ready(self) -> None:
        """Wait for the master's socket, which appears after the login.

        Raises:
            EngineUnreachable: The master ended.
        """
        while not os.access(self._control, os.F_OK):
            if not self.alive:
                status = await self._master.ended(_LAST_WORDS)
                said = str(self._words) or f"ssh ended with status {status}"
                raise EngineUnreachable(f"no connection to the engine at {self._host}: {said}{self._fix(said)}")
            await asyncio.sleep(_POLL)

    def _fix(self, said: str) -> str:
        if _HOST_KEY not in said:
            return ""
        port = f"-p {self._host.port} " if self._host.port else ""
        return (
            f" (the host's key is unknown or has changed: compare it with the one the host should have, "
            f"and put it into known_hosts, for example by one login with 'ssh {port}{self._host.name}')"
        )

    async def run(self, command: str) -> tuple[int, bytes]:
        """Run a command there; return its exit status and output."""
        async with self._guest(command, stdin=_NOWHERE) as child:
            stdout = child.process.stdout
            output = await stdout.read() if stdout is not None else b""
            return await child.ended(), output

    async def forward(self, local: str, remote: str) -> None:
        """Let the master listen on a socket here, and connect to one there, whose refusal shows with the first use."""
        await self._control_command("forward", f"{local}:{remote}")

    async def unforward(self, local: str, remote: str) -> None:
        """Undo `forward`."""
        await self._control_command("cancel", f"{local}:{remote}")

    async def _control_command(self, order: str, what: str) -> None:
        async with self._guest(options=("-O", order, "-L", what), stdin=_NOWHERE) as child:
            await child.ended()

    async def carry(self, command: str, sock: socket.socket) -> None:
        """Hand the socket, which is closed here, to an ``ssh``, which hands it to the master: nothing is copied."""
        async with self._guest(command, stdin=sock.fileno(), stdout=sock.fileno()) as child:
            sock.close()
            await child.ended()

    @asynccontextmanager
    async def _guest(
        self, *command: str, options: tuple[str, ...] = (), stdin: int = _PIPE, stdout: int = _PIPE
    ) -> AsyncGenerator[_Child]:
        """Run an ``ssh`` that uses the master, and end it with the block."""
        where = _where(self._host, self._control)
        process = await start_process(
            self._program,
            *_GUEST,
            *options,
            *where,
            *command,
            environment=self._environment,
            stdin=stdin,
            stdout=stdout,
        )
        child = _Child(process, self._words)
        try:
            yield child
        finally:
            await child.end()

    async def aclose(self) -> None:
        """End the master, and with it every channel."""
        await self._master.end()
