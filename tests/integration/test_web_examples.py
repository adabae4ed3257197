"""The examples for web services and sandboxes on real engines, with their failures; JSON through both frameworks."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fastapi import FastAPI

from aiodockerpy import errors, models, utils
from aiodockerpy.streams import LogLine
from tests.integration.conftest import GIVEN_HOST
from tests.lab.private import PrivateEngine

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Asked:
    """One request to an ASGI application, whose client may go away."""

    def __init__(self, app, method, path, body=None):
        self._body = b"" if body is None else json.dumps(body).encode()
        self._received = False
        self.gone = asyncio.Event()
        self.sent = asyncio.Queue()
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http",
            "server": ("test", 80), "client": ("test", 1), "app": app, "asgi": {"version": "3.0", "spec_version": "2.3"},
        }  # fmt: skip
        self.task = asyncio.create_task(app(scope, self._receive, self.sent.put))

    async def _receive(self):
        if not self._received:
            self._received = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def answer(self):
        await self.task
        messages = [self.sent.get_nowait() for _ in range(self.sent.qsize())]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return messages[0]["status"], json.loads(body)


async def ask(app, method, path, body=None):
    return await Asked(app, method, path, body).answer()


async def until(condition):
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.05)


# ---- examples/fastapi_service.py


@pytest.fixture
def service(engine, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    return load("fastapi_service").app


async def jobs_on(client):
    return await client.containers.list(all=True, filters={"label": "aiodockerpy.jobs"}, sparse=True)


async def test_the_service_runs_a_container_for_each_request(service, client, prefix):
    async with service.router.lifespan_context(service):
        answers = await asyncio.gather(
            *(ask(service, "POST", "/run", {"command": ["echo", str(number)]}) for number in range(3)),
            ask(service, "POST", "/run", {"command": ["sleep", "60"], "seconds": 0.5}),
        )
        assert [(status, answer["stdout"]) for status, answer in answers] == [
            (200, "0\n"),
            (200, "1\n"),
            (200, "2\n"),
            (200, ""),
        ]
        assert [answer["ending"] for _, answer in answers] == ["exited"] * 3 + ["timed_out"]
        assert (await ask(service, "POST", "/run", {"command": []}))[0] == 422
        kept = await client.containers.run("busybox:1", ["sleep", "60"], name=f"{prefix}a", detach=True)
        status, listed = await ask(service, "GET", "/containers")
        assert status == 200
        assert kept.id not in {entry["Id"] for entry in listed}  # it is none of the service's
        status, found = await ask(service, "GET", f"/containers/{prefix}a")
        assert found["Config"] == kept.attrs["Config"]
        status, answer = await ask(service, "GET", "/containers/none-such")
        assert status == 404
        assert "none-such" in answer["detail"]
    assert await jobs_on(client) == []


async def test_a_client_that_goes_away_ends_its_container(service, client):
    async with service.router.lifespan_context(service):
        asked = Asked(service, "POST", "/run", {"command": ["sleep", "60"], "seconds": 50})
        await until(lambda: jobs_on(client))
        asked.gone.set()
        status, _ = await asked.answer()
        assert status == 499

        async def none():
            return not await jobs_on(client)

        await until(none)


async def test_a_container_that_others_remove_is_an_ending_of_its_own(service, client):
    async with service.router.lifespan_context(service):
        asked = Asked(service, "POST", "/run", {"command": ["sleep", "60"], "seconds": 50})
        await until(lambda: jobs_on(client))
        (job,) = await jobs_on(client)
        await job.wait_until(lambda found: found.status == "running", timeout=20)
        await job.remove(force=True)
        status, answer = await asked.answer()
        assert (status, answer["ending"], answer["exit_code"]) == (200, "removed", None)


@pytest.mark.skipif(GIVEN_HOST is not None, reason="needs an engine that may be killed")
async def test_the_service_works_again_when_the_engine_is_back(monkeypatch):
    async with PrivateEngine("new") as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        app = load("fastapi_service").app
        async with app.router.lifespan_context(app):
            asked = Asked(app, "POST", "/run", {"command": ["sleep", "60"], "seconds": 50})

            async def running():
                return "Up" in str((await ask(app, "GET", "/containers"))[1])

            await until(running)
            await engine.kill()
            status, answer = await ask(app, "GET", "/containers")
            assert (status, "docker.sock" in answer["detail"]) == (503, True)
            await engine.start()
            status, answer = await asked.answer()
            assert status == 503
            assert "the engine was restarted while the job ran" in answer["detail"]
            status, answer = await ask(app, "POST", "/run", {"command": ["echo", "back"]})
            assert (status, answer["stdout"]) == (200, "back\n")
            assert await ask(app, "GET", "/containers") == (200, [])


async def test_events_are_sent_as_they_happen(service, client, prefix):
    async with service.router.lifespan_context(service):
        asked = Asked(service, "GET", "/events")
        assert (await asked.sent.get())["status"] == 200
        container = await client.containers.create("busybox:1", ["true"], name=f"{prefix}a")
        while True:
            event = (await asked.sent.get())["body"].decode()
            assert event.startswith("data: ")
            assert event.endswith("\n\n")
            if json.loads(event[6:])["Actor"]["ID"] == container.id:
                break
        asked.gone.set()
        await asked.task


async def test_an_engine_that_is_away_is_a_503_with_its_reason(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    app = load("fastapi_service").app
    async with app.router.lifespan_context(app):
        for method, path, body in (
            ("GET", "/containers", None),
            ("GET", "/events", None),
            ("POST", "/run", {"command": ["true"]}),
        ):
            status, answer = await ask(app, method, path, body)
            assert status == 503, path
            assert "none.sock" in answer["detail"]
    assert "nothing is cleaned up" in capsys.readouterr().out


def test_the_schema_of_the_service_has_the_models(service):
    assert "State" in service.openapi()["components"]["schemas"]["ContainerInspect"]["properties"]


@pytest.mark.parametrize(
    "words",
    [
        ["fastapi_service.py", "--port"],
        ["console/server.py", "--port"],
        ["exporter.py", "--port"],
        ["monitor.py", "--metrics-port"],
    ],
    ids=lambda words: words[0],
)
async def test_a_server_listens_on_127_0_0_1_alone_by_default(words, unused_tcp_port, tmp_path):
    script, *option = words
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / script), *option, str(unused_tcp_port),
        cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
    )  # fmt: skip

    async def listens(address="127.0.0.1"):
        try:
            _, writer = await asyncio.open_connection(address, unused_tcp_port)
        except ConnectionRefusedError:
            return False
        writer.close()
        return True

    try:
        await until(listens)
        assert not await listens("127.0.0.2")
    finally:
        process.kill()
        await process.wait()


# ---- examples/sandbox.py


@pytest.fixture
def sandbox():
    return load("sandbox")


@asynccontextmanager
async def opened(sandbox, client, **limits):
    async with client.scope(sandbox.SCOPE) as scope:
        async with sandbox.Sandbox.open(scope, "busybox:1", sandbox.Limits(**limits)) as made:
            yield made
    assert await leftovers(sandbox, client) == []


async def leftovers(sandbox, client):
    label = {"label": f"aiodockerpy.scope={sandbox.SCOPE}"}
    return [
        *await client.containers.list(all=True, filters=label, sparse=True),
        *await client.images.list(all=True, filters=label),
    ]


async def test_a_sandbox_has_no_network_no_rights_and_takes_files(sandbox, client):
    async with opened(sandbox, client) as box:
        await box.write("in.txt", b"hello")
        result = await box.run(
            ["sh", "-c", "id -u; ls /sys/class/net; tr a-z A-Z < in.txt > out.txt; touch /root/x || echo denied"]
        )
        assert (result.ending, result.exit_code) == ("exited", 0)
        assert result.output.decode().split("\n")[:2] == ["65534", "lo"]
        assert "denied" in result.output.decode()
        assert await box.read("out.txt") == b"HELLO"
        found = await client.api.containers.inspect(box.container.id)
        assert found.host_config.cap_drop == ["ALL"]
        assert (await box.run(["grep", "CapEff", "/proc/self/status"])).output.split() == [b"CapEff:", b"0" * 16]


async def test_a_sandbox_ends_what_goes_beyond_its_limits(sandbox, client):
    async with opened(sandbox, client, output=10_000, disk=4 << 20, processes=32, memory=32 << 20) as box:
        assert (await box.run(["sh", "-c", "sleep 1000 & exec sleep 1000"], seconds=1)).ending == "timed out"
        assert b"1000" not in (await box.run(["ps"])).output
        result = await box.run(["yes"])
        assert (result.ending, len(result.output)) == ("too much output", 10_000)
        assert b"yes" not in (await box.run(["ps"])).output
        full = await box.run(["sh", "-c", "for i in 1 2 3 4; do dd if=/dev/zero of=$i bs=1M count=3; done; sleep 20"])
        assert full.ending == "disk full"
        assert (
            await box.run(["sh", "-c", "rm -f 1 2 3 4; dd if=/dev/zero of=big bs=1M count=9; rm big"])
        ).ending == "exited"
        forks = await box.run(
            ["sh", "-c", "i=0; while [ $i -lt 100 ]; do sleep 2 & i=$((i+1)); done; wait"], seconds=30
        )
        assert b"can't fork" in forks.output
        oom = await box.run(["dd", "if=/dev/zero", "of=/dev/null", "bs=100M"], seconds=30)
        assert oom.exit_code == 137


async def test_a_sandbox_goes_back_to_a_snapshot(sandbox, client):
    async with opened(sandbox, client) as box:
        await box.write("file", b"before")
        snapshot = await box.snapshot()
        assert (await box.run(["sh", "-c", "echo after > file; touch more"])).exit_code == 0
        await box.restore(snapshot)
        assert await box.read("file") == b"before"
        assert (await box.run(["ls"])).output == b"file\n"
        assert (await box.run(["sh", "-c", "echo again > file"])).exit_code == 0


async def test_a_sandbox_that_others_remove_says_so_and_leaves_nothing(sandbox, client):
    async with opened(sandbox, client) as box:
        running = asyncio.create_task(box.run(["sleep", "20"]))
        await until(lambda: running_in(box.container, "sleep 20"))
        await box.container.remove(force=True)
        with suppress(errors.NotFound):
            assert (await running).exit_code == 137
        with pytest.raises(errors.NotFound, match="No such container"):
            await box.run(["true"])


async def running_in(container, command):
    _, processes = await container.exec_run(["ps", "-o", "args"])
    return command.encode() in processes


async def test_nothing_is_left_of_a_sandbox_that_was_killed(sandbox, client, engine):
    code = (
        "import asyncio, sys, importlib.util as u\n"
        f"s = u.spec_from_file_location('sandbox', {str(EXAMPLES / 'sandbox.py')!r}); m = u.module_from_spec(s)\n"
        "sys.modules['sandbox'] = m; s.loader.exec_module(m)\n"
        "async def main():\n"
        "    async with m.docker.from_env() as client, client.scope(m.SCOPE) as scope:\n"
        "        async with m.Sandbox.open(scope, 'busybox:1') as box:\n"
        "            await box.snapshot()\n"
        "            print('there', flush=True)\n"
        "            await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env={**os.environ, "DOCKER_HOST": engine.url}
    )
    assert await process.stdout.readline() == b"there\n"
    process.kill()
    await process.wait()
    process._transport.close()
    assert len(await leftovers(sandbox, client)) == 2
    await client.reap(sandbox.SCOPE)
    assert await leftovers(sandbox, client) == []


@pytest.mark.slow
async def test_many_sandboxes_at_once(engine, sandbox, client):
    copies = 8 if engine.role == "old" else 50
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLES / "sandbox.py"), "--image", "busybox:1", "--copies", str(copies), "--", "echo", "hello",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, "DOCKER_HOST": engine.url},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert sorted(line.split(b":", 1)[1] for line in out.splitlines()) == [b" exited, exit code 0: hello"] * copies
    assert await leftovers(sandbox, client) == []


# ---- JSON through both frameworks


async def results(client, prefix):
    """Get one of each kind of result from an engine."""
    container = await client.containers.run(
        "busybox:1", ["sh", "-c", "echo hello; sleep 60"], name=f"{prefix}a", detach=True
    )
    async with container.follow_logs() as lines:
        line = await anext(lines)
    async with client.jobs() as jobs:
        job = await (await jobs.submit("busybox:1", ["echo", "hello"], key="a", network_mode="none"))
    async with client.events(since=0, until=5) as events:
        noted = [event async for event in events]
    stats = await container.stats(stream=False)
    return {
        "container": container,
        "containers": await client.containers.list(),
        "info": await client.info(),
        "version": await client.version(),
        "df": await client.df(),
        "exec": await container.exec_run(["echo", "hi"]),
        "stat": await container.stat("/bin/sh"),
        "line": line,
        "job": job,
        "events": noted,
        "stats": stats,
        "figures": stats.figures,
        "images": await client.images.list(),
        "networks": await client.networks.list(),
        "diagnostics": client.diagnostics(),
    }


async def test_every_result_goes_through_both_frameworks(client, prefix):
    found = await results(client, prefix)
    assert isinstance(found["line"], LogLine)
    plain = json.loads(utils.dumps(found))
    assert plain["container"] == found["container"].attrs
    assert plain["exec"]["output"] == "hi\n"
    assert plain["job"]["stdout"] == "hello\n"

    async def handler(_):
        return web.json_response(found, dumps=utils.dumps)

    async def lines(request):
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        async with found["container"].logs(follow=True) as followed:
            async for line in followed:
                await answer.write(f"data: {utils.dumps(line)}\n\n".encode())
        return answer

    served = web.Application()
    served.router.add_get("/", handler)
    served.router.add_get("/lines", lines)
    async with TestClient(TestServer(served)) as asked:
        async with asked.get("/") as answer:
            assert await answer.json() == plain
        async with asked.get("/lines") as answer:
            first = await answer.content.readuntil(b"\n\n")
            assert json.loads(first.removeprefix(b"data: "))["data"] == "hello"
            await found["container"].kill()
            assert await answer.content.read() == b""

    app = FastAPI()
    for name, value in found.items():
        kind = list[type(value[0])] if isinstance(value, list) and value else type(value)
        app.get(f"/{name}", response_model=kind)(_answering(value))
    for name in found:
        assert await ask(app, "GET", f"/{name}") == (200, plain[name]), name
    assert models.ContainerInspect.from_value(plain["container"]).to_dict() == plain["container"]


def _answering(value):
    async def answer():
        return value

    return answer
