"""docker-py, aiodocker and the docker command line on the fake engine: clients that share no code with it."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import subprocess
import threading
import time

import pytest

from aiodockerpy.testing import FakeEngine, Process
from tests.lab import state

pytestmark = [  # docker-py leaves sockets open
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
docker = pytest.importorskip("docker")
aiodocker = pytest.importorskip("aiodocker")


@pytest.fixture
def threaded():
    with FakeEngine.in_thread(images=["busybox:latest"]) as engine:
        engine.registry.add("shop:1", layers=2)
        yield engine


@pytest.fixture(scope="module", autouse=True)
def collected():
    """Collect the sockets that docker-py leaves open while their warnings are ignored, once: it takes long."""
    yield
    gc.collect()


# ---- docker-py


def test_docker_py(threaded):
    client = docker.DockerClient(threaded.url)
    assert client.ping()
    assert client.containers.run("busybox", ["echo", "hello"], remove=True) == b"hello\n"
    with pytest.raises(docker.errors.ContainerError):
        client.containers.run("busybox", ["sh", "-c", "exit 3"])
    client.images.pull("shop", tag="1")
    box = client.containers.run("shop:1", ["sh", "-c", "echo a; echo b >&2; sleep 1000"], detach=True, name="box")
    assert box.exec_run(["sh", "-c", "echo out; exit 4"], demux=True) == (4, (b"out\n", None))
    assert sorted(box.logs(stream=False).splitlines()) == [b"a", b"b"]
    assert [found.name for found in client.containers.list(filters={"status": "running"})] == ["box"]
    bits, stat = box.get_archive("/etc/passwd")
    assert b"root" in b"".join(bits)
    assert stat["name"] == "passwd"
    assert next(box.stats(decode=True))["id"] == box.id
    socket = box.exec_run(["cat"], stdin=True, socket=True, tty=True).output
    socket._sock.sendall(b"typed\n")
    time.sleep(0.1)
    assert b"typed" in socket._sock.recv(100)
    socket.close()
    box.stop(timeout=0)
    assert box.wait() == {"StatusCode": 137}
    network = client.networks.create("net")
    network.connect(box)
    volume = client.volumes.create("vol")
    assert client.df()["Volumes"][0]["Name"] == "vol"
    assert client.info()["ContainersStopped"] == 2
    box.remove(v=True)
    network.remove()
    volume.remove()
    assert client.containers.prune()["ContainersDeleted"]
    client.images.remove("shop:1")
    client.close()
    assert threaded.leftovers() == []


def test_docker_py_follows_logs_and_events(threaded):
    client = docker.DockerClient(threaded.url)
    events = client.events(decode=True)
    seen: list[str] = []

    def follow() -> None:
        seen.extend(event["Action"] for event in events)

    follower = threading.Thread(target=follow)
    follower.start()
    box = client.containers.run("busybox", ["sh", "-c", "echo 1; sleep 0.05; echo 2"], detach=True)
    assert b"".join(box.logs(stream=True, follow=True)) == b"1\n2\n"
    box.remove()
    while "destroy" not in seen:
        time.sleep(0.01)
    events.close()
    follower.join(5)
    assert [action for action in seen if action in {"create", "start", "die", "destroy"}] == [
        "create", "start", "die", "destroy",
    ]  # fmt: skip
    client.close()


def test_an_engine_in_a_thread_serves_synchronous_clients():
    with FakeEngine.in_thread() as engine:
        client = docker.DockerClient(engine.url)
        assert client.containers.run("busybox", "echo hello") == b"hello\n"
        engine.clock.advance(60)
        client.close()
    with pytest.raises(AssertionError, match=r"swarm\.inspect"), FakeEngine.in_thread(tcp=True) as engine:
        client = docker.DockerClient(engine.url)
        with pytest.raises(docker.errors.APIError):
            _ = client.swarm.attrs
            client.swarm.reload()
        client.close()


# ---- aiodocker


async def test_aiodocker():
    async with FakeEngine() as engine:
        engine.registry.add("shop:1")
        client = aiodocker.Docker(engine.url)
        try:
            await client.images.pull("shop:1")
            config = {"Image": "shop:1", "Cmd": ["sh", "-c", "echo out; read x; echo got $x"], "OpenStdin": True}
            box = await client.containers.create(config | {"AttachStdin": True, "StdinOnce": True}, name="box")
            async with box.attach(stdin=True, stdout=True, stderr=True) as stream:
                await box.start()
                assert (await stream.read_out()).data == b"out\n"
                await stream.write_in(b"this\n")
                assert (await stream.read_out()).data == b"got this\n"
            assert await box.wait() == {"StatusCode": 0}
            assert await box.log(stdout=True) == ["out\n", "got this\n"]
            await box.delete()
        finally:
            await client.close()
        assert engine.leftovers() == []


# ---- the command line


@pytest.fixture
def cli(threaded, tmp_path):
    """Run ``docker`` on the fake engine; it is the lab's, or the one of this machine."""
    engines = state.load().engines.values()
    path = next((engine.docker_cli for engine in engines if engine.role == "new"), None) or shutil.which("docker")
    if path is None or not os.path.exists(path):
        pytest.skip("there is no docker command line")
    env = {"PATH": os.environ["PATH"], "DOCKER_HOST": threaded.url, "DOCKER_CONFIG": str(tmp_path / "config")}

    def run(*words: str, stdin: bytes | None = None, status: int = 0) -> str:
        source = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run([path, *words], env=env, capture_output=True, timeout=30, check=False, **source)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout.decode()

    run.start = lambda *words: subprocess.Popen([path, *words], env=env, stdout=subprocess.PIPE)
    return run


def test_the_command_line_runs_and_copies(threaded, cli, tmp_path):
    assert cli("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3", status=3) == "out\n"
    assert cli("pull", "-q", "shop:1").strip() == "docker.io/library/shop:1"
    assert "Downloaded newer image" in cli("pull", "shop:1") or threaded.images
    cli("run", "-d", "--name", "web", "-p", "8080:80", "-e", "A=b", "--label", "x=y", "shop:1", "sleep", "1000")
    assert cli("exec", "-i", "web", "cat", stdin=b"through\n") == "through\n"
    assert cli("exec", "-e", "C=d", "web", "sh", "-c", "echo $A$C") == "bd\n"
    (tmp_path / "file").write_text("content")
    cli("cp", str(tmp_path / "file"), "web:/tmp/file")
    assert threaded.container("web").read("/tmp/file") == b"content"
    cli("cp", "web:/tmp/file", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "content"
    assert cli("inspect", "-f", "{{.State.Status}} {{.Config.Image}}", "web") == "running shop:1\n"
    assert cli("ps", "-q", "--no-trunc", "--filter", "label=x=y", "--filter", "status=running").strip() == (
        threaded.container("web").id
    )
    assert cli("ps", "-q", "--filter", "name=nothing") == ""
    assert "0.0.0.0:8080->80/tcp" in cli("ps")
    assert cli("port", "web", "80/tcp").splitlines()[0] == "0.0.0.0:8080"
    assert cli("stop", "-t", "0", "web") == "web\n"
    assert cli("inspect", "-f", "{{.State.ExitCode}}", "web") == "137\n"
    assert cli("rm", "web") == "web\n"
    assert "fake" in cli("info", "-f", "{{.Name}}")
    cli("system", "df")


def test_the_command_line_follows_logs_and_events(threaded, cli):
    async def serve(process: Process) -> int:
        for number in range(3):
            process.stdout.write(f"line {number}\n")
            await asyncio.sleep(0.02)
        return 0

    threaded.program("shop:*", serve)
    events = cli.start("events", "--format", "{{.Type}} {{.Action}}", "--filter", "container=shop")
    while not any(call.operation == "system.events" for call in threaded.calls):
        time.sleep(0.01)
    cli("run", "-d", "--name", "shop", "shop:1")
    assert cli("logs", "-f", "shop") == "line 0\nline 1\nline 2\n"
    cli("rm", "shop")
    seen = []
    while not seen or seen[-1] != "container destroy":
        seen.append(events.stdout.readline().decode().strip())
    events.terminate()
    events.communicate(timeout=10)
    assert [line for line in seen if line.startswith("container")] == [
        "container create", "container start", "container die", "container destroy",
    ]  # fmt: skip


def test_the_command_line_hears_of_a_missing_command(threaded, cli):
    cli("run", "--rm", "busybox", "nosuch", status=127)
    assert threaded.leftovers() == []
    assert "ran 'nosuch'" in threaded.problems()[0]
    threaded.forgive()
