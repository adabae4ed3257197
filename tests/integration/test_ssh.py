"""``ssh://`` to a real sshd: by the program and by the library, to the engine's socket and by ``dial-stdio``."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._transport.sockets.dial import stays_open
from tests.lab import packages, paths
from tests.lab.faults import FaultProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.lab.state import LabState, SshState

IMAGE = "busybox:1"
HOST = "ssh://lab-engine"
WAYS = ("openssh", "asyncssh")
FORWARD, STDIO = "id", "no-forwarding-id"


@dataclass
class Home:
    """A user's home with a configuration of ssh, whose host ``lab-engine`` is reached through a proxy."""

    folder: Path
    lab: SshState
    proxy: FaultProxy

    def configure(self, *, key: str | None = FORWARD, host_key: str | None = "host", more: str = "") -> None:
        """Write the configuration: which key is shown, and which one the host is known by."""
        folder, lab = self.folder / ".ssh", Path(self.lab.folder)
        lines = [
            "Host lab-engine",
            "  HostName 127.0.0.1",
            f"  Port {self.proxy.url.rpartition(':')[2]}",
            "  User root",
            "  HostKeyAlias lab-engine",
            f"  UserKnownHostsFile {folder / 'known_hosts'}",
            "  GlobalKnownHostsFile none",
            *([f"  IdentityFile {lab / key}", "  IdentitiesOnly yes"] if key else []),
            more,
        ]
        (folder / "config").write_text("\n".join(lines) + "\n")
        known = " ".join((lab / f"{host_key}.pub").read_text().split()[:2]) if host_key else ""
        (folder / "known_hosts").write_text(f"lab-engine {known}\n" if known else "")

    def client(self, way: str, url: str = HOST, **options: object) -> aiodockerpy.DockerClient:
        """Make a client that goes by this home."""
        return aiodockerpy.DockerClient(url, ssh=way, **{"connect_timeout": 30, **options})


@pytest.fixture
async def home(lab_up: Callable[..., LabState], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs the sshd of the lab")
    lab = lab_up("sshd").ssh
    assert lab is not None
    (tmp_path / ".ssh").mkdir()
    wrapper = tmp_path / "bin" / "ssh"  # the program itself takes no other home
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {_real("ssh")} -F {tmp_path}/.ssh/config "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("AIODOCKERPY_LAB", str(paths.root()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    async with FaultProxy(f"tcp://{lab.host}:{lab.port}", tcp=True) as proxy:
        made = Home(tmp_path, lab, proxy)
        made.configure()
        yield made
    assert not children(), "processes of ssh are left"


def _real(program: str) -> str:
    own = packages.SSH.path / "usr" / "bin" / program
    return str(own) if own.exists() else f"/usr/bin/{program}"


def children() -> list[str]:
    """The command lines of this process's living children."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
            line = Path(f"/proc/{entry}/cmdline").read_text().replace("\0", " ")
            if int(parent) == os.getpid() and state != "Z" and "lab-engine" in line:
                found.append(line)
    return found


@contextlib.asynccontextmanager
async def container(client, name: str, command: list[str] | None = None):
    made = await client.containers.run(IMAGE, command or ["sleep", "600"], name=name, detach=True)
    try:
        yield made
    finally:
        await made.remove(force=True)


@pytest.fixture
def name(tmp_path) -> str:
    return f"adp-ssh-{os.getpid()}-{abs(hash(tmp_path)) % 10**8}"


@pytest.fixture(params=WAYS)
def way(request) -> str:
    return request.param


@pytest.fixture(params=[FORWARD, STDIO], ids=["forward", "stdio"])
def key(request) -> str:
    return request.param


async def test_calls_streams_and_the_end_of_input(home, way, key, name, engine):
    """Each engine is reached by the path of its socket over there."""
    home.configure(key=key)
    async with home.client(way, HOST + engine.socket) as client:
        assert client.host.url == HOST + engine.socket
        assert (await client.version())["ApiVersion"] == engine.api_version
        assert await client.api_version() == engine.spoken
        command = ["sh", "-c", "for i in $(seq 1000); do echo line $i; done; sleep 600"]
        async with container(client, name, command) as made:
            lines = []
            async with made.logs(follow=True) as log:
                while len(lines) < 1000:
                    lines.append((await anext(log)).text)
            assert lines[-1] == "line 1000"
            process = made.exec_run(["sh", "-c", "wc -c; echo late; head -c 300000 /dev/zero"], stdin=True)
            async with process:
                await process.write(b"x" * 3_000_000)
                await process.write_eof()
                output = b"".join([chunk.data async for chunk in process])
            assert output == b"3000000\nlate\n" + bytes(300_000)


@pytest.mark.parametrize(("which", "most"), [(FORWARD, 1), (STDIO, 5)], ids=["forward", "stdio"])
async def test_a_hundred_calls_need_few_logins_and_processes(home, way, which, most):
    home.configure(key=which)
    async with home.client(way) as client:
        await client.ping()
        assert await asyncio.gather(*(client.ping() for _ in range(100))) == [True] * 100
        assert home.proxy.accepted <= most
        # The pool's 32 connections are carried by one process each, but only where the socket cannot be reached.
        assert len(children()) <= (0 if way == "asyncssh" else most if which == FORWARD else most + 33)


async def test_nothing_happens_before_the_first_call(home, way):
    client = home.client(way)
    assert client.host.url == HOST
    await asyncio.sleep(0.1)
    assert (home.proxy.accepted, children()) == (0, [])
    await client.aclose()


async def test_a_cut_connection_ends_streams_and_the_next_call_opens_another(home, way, key, name):
    home.configure(key=key)
    async with home.client(way) as client:
        async with container(client, name, ["sh", "-c", "echo begun; sleep 600"]) as made:
            async with made.logs(follow=True) as lines:
                assert (await anext(lines)).text == "begun"
                await home.proxy.cut_all(reset=True)
                with pytest.raises(errors.ConnectionFailed):
                    await anext(lines)
            tunnel = client._session._opened.route.tunnel
            while tunnel.alive:
                await asyncio.sleep(0.01)
            assert await client.ping() is True
            assert home.proxy.accepted == 2


async def test_a_cut_connection_is_no_normal_end_of_a_process(home, way, key, name):
    """The near end of a dead tunnel looks like one."""
    home.configure(key=key)
    async with home.client(way) as client, container(client, name) as made:
        process = made.exec_run(["sh", "-c", "echo begun; sleep 600"])
        async with process:
            assert (await anext(process)).data == b"begun\n"
            await home.proxy.cut_all(reset=True)
            with pytest.raises(errors.StreamInterrupted):
                [chunk async for chunk in process]


async def test_the_other_machine_cannot_be_reached_and_then_can(home, way):
    home.configure(more="  ConnectTimeout 5")
    good = (home.folder / ".ssh" / "config").read_text()
    (home.folder / ".ssh" / "config").write_text(good.replace("HostName 127.0.0.1", "HostName 127.0.0.2"))
    async with home.client(way) as client:
        with pytest.raises(
            errors.EngineUnreachable, match=r"(?i)ssh://lab-engine.*(connection refused|connect call failed)"
        ):
            await client.ping()
        (home.folder / ".ssh" / "config").write_text(good)
        assert await client.ping() is True


@pytest.mark.parametrize("known", [None, "other-host"], ids=["unknown", "changed"])
@pytest.mark.parametrize("told", ["", "  StrictHostKeyChecking no"], ids=["default", "lax"])
async def test_promise_40_a_host_that_is_not_known_is_refused(home, way, known, told, engine):
    """Whatever the configuration says."""
    home.configure(host_key=known, more=told)
    async with home.client(way, HOST + engine.socket) as client:
        with pytest.raises(errors.EngineUnreachable, match=rf"{HOST + engine.socket} \(base_url\).*known_hosts"):
            await client.ping()
    assert "ssh-" not in (home.folder / ".ssh" / "known_hosts").read_text() or known


async def test_a_key_that_is_not_accepted(home, way):
    home.configure(key="unknown-id")
    async with home.client(way) as client:
        with pytest.raises(errors.EngineUnreachable, match=r"(?i)permission denied"):
            await client.ping()


async def test_a_key_that_only_the_agent_has(home, way, monkeypatch):
    home.configure(key=None)
    socket = home.folder / "agent"
    agent = subprocess.Popen([_real("ssh-agent"), "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            await asyncio.sleep(0.01)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        async with home.client(way) as client:
            with pytest.raises(errors.EngineUnreachable, match=r"(?i)permission denied"):
                await client.ping()
        subprocess.run([_real("ssh-add"), "-q", str(Path(home.lab.folder) / "id")], env=environment, check=True)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        async with home.client(way) as client:
            assert await client.ping() is True
    finally:
        agent.terminate()
        agent.wait()


async def test_a_jump_host_on_the_way(home, way):
    home.configure(more="  ProxyJump lab-jump")
    config = home.folder / ".ssh" / "config"
    direct = config.read_text()
    jump = direct.replace("Host lab-engine", "Host lab-jump").replace("  ProxyJump lab-jump\n", "")
    config.write_text(
        direct.replace(f"Port {home.proxy.url.rpartition(':')[2]}", f"Port {home.lab.port}").replace(
            "HostName 127.0.0.1", f"HostName {home.lab.host}"
        )
        + jump
    )
    async with home.client(way) as client:
        assert await client.ping() is True
        assert await asyncio.gather(*(client.ping() for _ in range(10))) == [True] * 10
    assert home.proxy.accepted == 1


async def test_a_published_port_is_reached_at_the_machine_that_an_alias_names(home, way, name, lab_up):
    """The alias names the engine's machine; the lab's sshd, which listens elsewhere, is reached by a command."""
    lab = lab_up("sshd", "new")
    config = home.folder / ".ssh" / "config"
    through = f"bash -c 'exec 3<>/dev/tcp/{lab.ssh.host}/{lab.ssh.port}; cat <&3 & exec cat >&3'"
    home.configure(more=f"  ProxyCommand {through}")
    config.write_text(config.read_text().replace("HostName 127.0.0.1", f"HostName {lab.engine('new').address}"))
    async with home.client(way) as client:
        made = await client.containers.run(IMAGE, ["httpd", "-f"], name=name, detach=True, ports={80: None})
        try:
            await made.wait_listening(80, timeout=60)
            host, port = await made.endpoint(80)
            assert host == lab.engine("new").address
            assert port == int(made.ports["80/tcp"][0]["HostPort"])
            assert await stays_open(host, port, seconds=0.05, timeout=5)
        finally:
            await made.remove(force=True)


@pytest.mark.parametrize("user", ["-oProxyCommand=touch%20{}@host", "-oProxyCommand=touch%20{}"])
async def test_promise_40_a_host_that_begins_with_a_dash_is_rejected(tmp_path, user):
    with pytest.raises(errors.InvalidArgument, match="begins with '-'"):
        aiodockerpy.DockerClient(f"ssh://{user.format(tmp_path / 'touched')}")
    with pytest.raises(errors.InvalidArgument, match="begins with '-'"):
        async with aiodockerpy.from_env(environment={"DOCKER_HOST": f"ssh://{user.format('x')}"}) as client:
            await client.ping()
    assert not (tmp_path / "touched").exists()


async def test_a_path_names_the_socket_there(home, way, key):
    home.configure(key=key)
    async with home.client(way, HOST + home.lab.socket) as client:
        assert await client.ping() is True
    async with home.client(way, f"{HOST}/nowhere/docker.sock") as client:
        with pytest.raises(errors.EngineUnreachable, match=r"/nowhere/docker\.sock: connect: no such file"):
            await client.ping()


async def test_no_variable_is_sent(home, way, key, monkeypatch):
    """The server would accept it, and the configuration asks for it."""
    monkeypatch.setenv("CANARY", "leaked")
    home.configure(key=key, more="  SendEnv CANARY*")
    async with home.client(way) as client:
        await client.ping()
        login = client._session._opened.route.tunnel._logins._first
        status, output = await login.run("env")
    assert status == 0
    assert b"DOCKER_HOST=" in output
    assert b"CANARY" not in output
    control = await asyncio.to_thread(
        subprocess.run, ["ssh", "lab-engine", "env"], stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    assert b"CANARY=leaked" in control.stdout


async def test_a_cancelled_first_call_leaves_nothing(home, way):
    async with home.client(way) as client:
        for delay in (0, 0.01, 0.05, 0.1, 0.2):
            call = asyncio.create_task(client.ping())
            await asyncio.sleep(delay)
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
        assert await client.ping() is True


async def test_closing_while_the_first_call_is_on_its_way(home, way):
    client = home.client(way)
    call = asyncio.create_task(client.ping())
    await asyncio.sleep(0.05)
    await client.aclose()
    with contextlib.suppress(errors.DockerException, RuntimeError):
        await call


async def test_the_client_in_front_of_an_ssh_that_is_not_there(home, monkeypatch, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    async with home.client("openssh") as client:
        with pytest.raises(errors.EngineUnreachable, match=r"no program 'ssh' on PATH.*aiodockerpy\[ssh\]"):
            await client.ping()
    async with home.client(None) as client:  # asyncssh is installed here
        assert await client.ping() is True


async def test_an_ssh_that_hangs_runs_into_the_deadline(home, way):
    home.proxy.faults.stall_after = 0
    async with home.client(way, connect_timeout=1) as client:
        with pytest.raises(errors.EngineUnreachable, match=r"ssh://lab-engine.*(within 1 s|timed? ?out)"):
            await client.ping()


PROGRAM = """
import asyncio, signal, sys, aiodockerpy
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if the tests run in the background of a shell
async def main():
    client = aiodockerpy.DockerClient("ssh://lab-engine", ssh="openssh", connect_timeout=30)
    made = await client.containers.get(sys.argv[2])
    process = made.exec_run(["sh", "-c", "echo begun; sleep 600"])
    async with process, client.events() as events:
        await anext(process)
        print("begun", flush=True)
        if sys.argv[1] == "error":
            raise SystemExit(3)
        if sys.argv[1] in {"interrupted", "killed"}:
            await asyncio.sleep(600)
asyncio.run(main())
"""
SIGNALS = {"interrupted": signal.SIGINT, "killed": signal.SIGKILL}


def processes_of(home: Home) -> set[str]:
    """The command lines of every living ``ssh`` of this home, whoever its parent is now."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = entry.read_text().replace("\0", " ")
            if f"{home.folder}/.ssh/config" in line:
                found.add(line)
    return found


@pytest.mark.parametrize(
    ("end", "which"), [*((end, FORWARD) for end in ("return", "error", *SIGNALS)), ("killed", STDIO)]
)
async def test_a_program_that_ends_without_closing_leaves_no_process(home, name, end, which):
    """Though what it watched and ran on the other machine goes on."""
    home.configure(key=which)
    project = Path(__file__).parents[2]
    async with home.client("openssh") as client, container(client, name):
        program = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, end, name],
            cwd=project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert program.stdout is not None
            assert await asyncio.to_thread(program.stdout.readline) == "begun\n"
            if end in SIGNALS:
                program.send_signal(SIGNALS[end])
            await asyncio.to_thread(program.wait)
            program.stdout.close()
        finally:
            program.kill()  # a thread that waits for it would hold up everything
    async with asyncio.timeout(10):
        while processes_of(home):
            await asyncio.sleep(0.05)
