"""What is sent twice, and what never is."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from aiodockerpy import errors
from aiodockerpy._transport.retries import send_again_if_safe

CUT = errors.RequestMaybeSent("cut")
AWAY = errors.EngineUnreachable("away")
REFUSED = errors.BadRequest("too new")


class Engine:
    """Fails as it is told, then answers."""

    def __init__(self, *failures):
        self._failures = list(failures)
        self.tries = []

    async def send(self, new):
        self.tries.append(new)
        if self._failures:
            raise self._failures.pop(0)
        return "answer"


@pytest.mark.parametrize(
    ("failures", "tries"),
    [
        ([], [False]),
        ([CUT], [False, True]),
        ([AWAY], [False, False]),
        ([REFUSED], [False, False]),
        ([AWAY, REFUSED, CUT], [False, False, False, True]),
    ],
)
async def test_once_for_each_reason(failures, tries):
    engine = Engine(*failures)
    answer = await send_again_if_safe(engine.send, method="GET", reopen=lambda: True, replaced=lambda _: True)
    assert (answer, engine.tries) == ("answer", tries)


@pytest.mark.parametrize("failure", [CUT, AWAY, REFUSED])
async def test_not_twice_for_the_same_reason(failure):
    engine = Engine(failure, failure)
    with pytest.raises(type(failure)):
        await send_again_if_safe(engine.send, method="HEAD", reopen=lambda: True, replaced=lambda _: True)
    assert len(engine.tries) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("failure", [CUT, REFUSED])
async def test_what_changes_something_is_sent_once(method, failure):
    engine = Engine(failure)
    noted = []
    with pytest.raises(type(failure)):
        await send_again_if_safe(engine.send, method=method, replaced=lambda error: not noted.append(error))
    assert engine.tries == [False]
    assert noted == [REFUSED] * (failure is REFUSED)  # the next call is negotiated anew


async def test_nothing_is_repeated_once_the_client_is_closed():
    engine = Engine(CUT)
    with pytest.raises(errors.RequestMaybeSent):
        await send_again_if_safe(engine.send, method="GET", may_go_on=lambda: False)
    assert engine.tries == [False]


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE])
async def test_no_file_descriptor_left(code):
    with pytest.raises(errors.ConnectionFailed, match="nothing was sent: Too many open files"):
        await send_again_if_safe(Engine(OSError(code, os.strerror(code))).send, method="POST")


async def test_other_errors_of_the_system_are_the_callers():
    with pytest.raises(FileNotFoundError):
        await send_again_if_safe(Engine(FileNotFoundError(2, "content")).send, method="POST")


EXHAUSTED = """
import asyncio, os, resource, sys
import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.models import ContainerInspect
from aiodockerpy.resources import Container

CALLS = {
    "exec_run": lambda client, container: container.exec_run(["true"]),
    "put_archive": lambda client, container: container.put_archive("/", bytes(300_000)),
    "copy_in": lambda client, container: container.copy_in(sys.argv[1], "/"),
    "copy_out": lambda client, container: container.copy_out("/etc", sys.argv[1]),
    "read_bytes": lambda client, container: container.read_bytes("/etc/hosts"),
    "write_bytes": lambda client, container: container.write_bytes("/file", b""),
    "wait": lambda client, container: container.wait(),
    "create": lambda client, container: client.containers.create("busybox"),
    "wait_until": lambda client, container: container.wait_until(lambda container: True),
    "wait_healthy": lambda client, container: container.wait_healthy(),
    "wait_ports": lambda client, container: container.wait_ports(80),
    "wait_log": lambda client, container: container.wait_log("ready"),
    "wait_listening": lambda client, container: container.wait_listening(80),
    "wait_exec": lambda client, container: container.wait_exec(["true"]),
    "endpoint": lambda client, container: container.endpoint(80),
    "supports": lambda client, container: client.supports("ContainerList"),
    "warm": lambda client, container: client.warm("containers", "builds"),
    "build": lambda client, container: client.images.build(path=sys.argv[1]),
    "classic": lambda client, container: client.images.build(path=sys.argv[1], builder="classic"),
    "load": lambda client, container: client.images.load(b"tar"),
    "run": lambda client, container: client.containers.run("busybox", ["true"]),
    "logs": lambda client, container: container.logs(),
    "events": lambda client, container: client.events(until=5),
    "update": lambda client, container: container.update(cpu_shares=5),
    "login": lambda client, container: client.login("user", "password", registry="registry.invalid"),
    "logout": lambda client, container: client.logout("registry.invalid"),
    "proxies": lambda client, container: client.proxies(),
    "pull": lambda client, container: client.images.pull("registry.invalid/image"),
    "distribution": lambda client, container: client.images.get_registry_data("registry.invalid/image"),
    "subscription": lambda client, container: client.events().open(),
    "view": lambda client, container: client.containers.watch().__aenter__(),
    "reap": lambda client, container: client.reap("name"),
    "contexts": lambda client, container: aiodockerpy.ContextAPI.contexts(environment={}),
    "ssh": lambda client, container: aiodockerpy.DockerClient("ssh://user@host.invalid", environment={}).ping(),
}

async def main(name):
    client = aiodockerpy.DockerClient("unix:///nowhere/docker.sock", version="1.51", environment={})
    container = Container(client, ContainerInspect(id="a" * 64))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    caught = None
    try:
        await CALLS[name](client, container)
    except BaseException as error:
        caught = error
    for fd in held:
        os.close(fd)
    print(f"{name}: {type(caught).__name__} {caught}", flush=True)

for name in CALLS:
    if not (child := os.fork()):  # each is the first call of a process
        asyncio.run(main(name))
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_the_first_call_of_a_process_without_file_descriptors(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXHAUSTED, tmp_path], capture_output=True, text=True, check=False
    )
    outcomes = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert set(outcomes.values()) == {"ConnectionFailed nothing was sent: Too many open files"}, done
    assert len(outcomes) == 34, done.stderr
